-- Replicas and how far they are behind; a role without pg_read_all_stats sees that they are there.
SELECT r.pid, r.application_name, r.client_addr, r.state, r.state IS NULL AS is_hidden,
       EXTRACT(epoch FROM r.replay_lag) AS seconds,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - r.replay_lsn AS bytes
  FROM pg_stat_replication r
 ORDER BY r.pid;
