-- Does a COMMIT wait for standbys, and are there some to wait for?
SELECT commit.reset_val AS synchronous_commit, current_setting('synchronous_standby_names') AS names,
       (SELECT count(*) FROM pg_stat_replication r WHERE r.sync_state IN ('sync', 'quorum')) AS standbys,
       (SELECT count(*) FROM pg_stat_replication r WHERE r.sync_state IS NULL) AS hidden,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.wait_event = 'SyncRep') AS waiting
  FROM pg_settings commit
 WHERE commit.name = 'synchronous_commit' AND NOT pg_is_in_recovery();
