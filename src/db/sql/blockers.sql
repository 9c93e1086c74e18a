-- Who holds up the backend :'pid', up to the root of the chain; the nearest first. pid 0 is a prepared transaction.
-- What the role may not see of another role's session comes as NULL, the query as a fixed text.
WITH RECURSIVE chain (pid, distance) AS (
    SELECT blocker, 1
      FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(:'pid'::pg_catalog.int4)) AS blocker
     UNION
    SELECT blocker, chain.distance OPERATOR(pg_catalog.+) 1
      FROM chain, pg_catalog.unnest(pg_catalog.pg_blocking_pids(chain.pid)) AS blocker
     WHERE chain.distance OPERATOR(pg_catalog.<) 10
), nearest AS (
    SELECT pid, pg_catalog.min(distance) AS distance FROM chain GROUP BY pid
)
SELECT nearest.pid, a.usename, a.application_name, a.state,
       pg_catalog."left"(NULLIF(a.query, '<insufficient privilege>'), 200) AS query,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) COALESCE(a.xact_start, a.query_start))
           AS seconds
  FROM nearest
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) nearest.pid
 ORDER BY nearest.distance, nearest.pid
 LIMIT 20;
