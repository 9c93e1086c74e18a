-- As lineage.sql, on a server that has no history at all.
SELECT control.system_identifier::pg_catalog.text AS system,
       pg_catalog."left"(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) AS timeline,
       0 AS rows, NULL AS since_us, NULL AS applied
  FROM pg_catalog.pg_control_system() AS control;
