-- Which standbys have not replayed the position :'position' (NULL: what is flushed now), the furthest behind first; one row
-- with the position alone when none is. A role without pg_read_all_stats sees only that they are there.
-- Not counted: what replays nothing of its own (pg_receivewal, backups, logical decoding).
WITH mark AS MATERIALIZED (
    SELECT COALESCE(:'position'::pg_catalog.pg_lsn, pg_catalog.pg_current_wal_flush_lsn()) AS position
)
SELECT mark.position, r.pid IS NOT NULL AS present, r.state IS NULL AS hidden, r.application_name,
       pg_catalog.pg_wal_lsn_diff(mark.position, r.replay_lsn)::pg_catalog.int8 AS bytes
  FROM mark
  LEFT JOIN pg_catalog.pg_stat_replication r
    ON (r.state IS NULL OR r.replay_lsn OPERATOR(pg_catalog.<) mark.position)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
                    WHERE s.active_pid OPERATOR(pg_catalog.=) r.pid AND s.slot_type OPERATOR(pg_catalog.=) 'logical')
 ORDER BY bytes DESC NULLS LAST
 LIMIT 20;
