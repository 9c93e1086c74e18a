-- Which database this is, so that two addresses can be told apart: a standby has the system identifier and the oids of its
-- primary, a clone that was promoted has them too, but began at another time.
SELECT pg_catalog.current_database() AS database,
       (SELECT d.oid FROM pg_catalog.pg_database d
         WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) AS oid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8
           AS started_us,
       pg_catalog.current_schemas(false)::pg_catalog.text AS path,
       control.system_identifier::pg_catalog.text AS system
  FROM pg_catalog.pg_control_system() AS control;
