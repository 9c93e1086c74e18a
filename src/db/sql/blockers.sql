-- Who holds up the backend :'pid' or will (the virtual transactions :'holders', '3/117,4/12' or ''), and who holds these
-- up, to the root of the chain; the nearest first. pid 0 is a prepared transaction; where it is known, its name stands for
-- the query. What the role may not see of another role's session comes as NULL, the query as a fixed text.
WITH RECURSIVE holder (pid, transaction) AS (
    SELECT DISTINCT l.pid, l.virtualtransaction
      FROM pg_catalog.pg_locks l
     WHERE l.virtualtransaction OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(:'holders', ','))
), chain (pid, distance) AS (
    (SELECT pid, 1 FROM holder WHERE pid IS NOT NULL
      UNION
     SELECT blocker, 1
       FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(:'pid'::pg_catalog.int4)) AS blocker)
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
           AS seconds, nearest.distance,
       EXTRACT(epoch FROM pg_catalog.current_setting('deadlock_timeout')::pg_catalog.interval)
           OPERATOR(pg_catalog.*) 1000 AS deadlock_ms
  FROM nearest
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) nearest.pid
 UNION ALL
SELECT 0, p.owner, NULL, NULL, pg_catalog."left"(p.gid, 200),
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) p.prepared), 1, 0
  FROM holder
  JOIN pg_catalog.pg_locks own
    ON own.virtualtransaction OPERATOR(pg_catalog.=) holder.transaction AND own.pid IS NULL
  JOIN pg_catalog.pg_prepared_xacts p ON p.transaction OPERATOR(pg_catalog.=) own.transactionid
 WHERE holder.pid IS NULL
 ORDER BY 7, 1
 LIMIT 20;
