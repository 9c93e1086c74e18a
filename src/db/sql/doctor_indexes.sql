-- Indexes that are not valid: remains of CREATE INDEX CONCURRENTLY (of REINDEX, where the name ends in _ccnew or
-- _ccold), or being made just now by whoever holds the lock that making takes.
SELECT i.indexrelid::regclass AS index, c.relname AS name, i.indrelid::regclass AS "table", c.relkind = 'I' AS is_partitioned,
       c.relname ~ '_cc(new|old)\d*$' AS is_remains,
       (SELECT min(l.pid) FROM pg_locks l
         WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS maker
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
 WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
 ORDER BY i.indexrelid::regclass::text
 LIMIT 20;
