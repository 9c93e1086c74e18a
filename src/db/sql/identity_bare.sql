-- As identity.sql, for a role that may not call pg_control_system().
SELECT pg_catalog.current_database() AS database,
       (SELECT d.oid FROM pg_catalog.pg_database d
         WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AS oid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8
           AS started_us,
       pg_catalog.current_schemas(false)::pg_catalog.text AS path,
       NULL AS system;
