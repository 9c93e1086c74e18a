-- Replication slots: what nobody fetches keeps WAL, and old rows.
SELECT s.slot_name, s.slot_type, s.active, s.wal_status,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - s.restart_lsn AS bytes,
       GREATEST(age(s.xmin), age(s.catalog_xmin)) AS snapshot_age,
       format('SELECT pg_drop_replication_slot(%L)', s.slot_name) AS remedy
  FROM pg_replication_slots s
 WHERE NOT s.temporary
 ORDER BY s.slot_name;
