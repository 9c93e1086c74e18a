-- How many sessions wait behind the backend :'pid'.
SELECT pg_catalog.count(*) AS waiting
  FROM (SELECT DISTINCT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted AND l.pid IS NOT NULL) AS waiter
 WHERE :'pid'::pg_catalog.int4 OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(waiter.pid));
