-- Primary or standby; of a standby, where its WAL comes from (that needs pg_read_all_stats).
SELECT pg_is_in_recovery() AS in_recovery, receiver.sender_host, receiver.sender_port
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN pg_stat_wal_receiver receiver ON true;
