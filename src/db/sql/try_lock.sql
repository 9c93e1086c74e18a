-- Try the lock, never wait for it: a waiter inside pg_advisory_lock would hold up CREATE INDEX CONCURRENTLY.
-- Tells who holds it if we do not get it.
WITH tried AS MATERIALIZED (
    SELECT pg_catalog.pg_try_advisory_lock(:'lock_key'::pg_catalog.int8) AS locked
)
SELECT tried.locked, holder.pid, holder.usename, holder.application_name, holder.state, holder.seconds
  FROM tried
  LEFT JOIN (
           SELECT a.pid, a.usename, a.application_name, a.state,
                  EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.backend_start) AS seconds
             FROM pg_catalog.pg_locks l
             JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
            WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory'
              AND l.granted
              AND l.objsubid OPERATOR(pg_catalog.=) 1
              AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
                                                      WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
              AND (l.classid::pg_catalog.int8 OPERATOR(pg_catalog.<<) 32) OPERATOR(pg_catalog.|) l.objid::pg_catalog.int8
                  OPERATOR(pg_catalog.=) :'lock_key'::pg_catalog.int8
            LIMIT 1
       ) AS holder ON NOT tried.locked;
