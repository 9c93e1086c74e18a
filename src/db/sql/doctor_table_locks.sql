-- Who holds a lock on the version table or our own tables that a run would wait for.
SELECT l.relation::regclass AS "table", l.mode, l.pid, a.usename, a.application_name,
       EXTRACT(epoch FROM clock_timestamp() - a.xact_start) AS seconds
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (c.relnamespace = to_regnamespace(quote_ident(:'version_schema'))::oid AND c.relname = :'version_table'
        AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
        OR c.relnamespace = to_regnamespace(quote_ident(:'bookkeeping'))::oid AND c.relname IN ('revision', 'history', 'journal')
        AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
 ORDER BY l.relation, l.pid
 LIMIT 20;
