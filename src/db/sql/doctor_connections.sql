-- How many connections there are, and may be: of the server (without those kept for superusers), database and role.
SELECT 'server' AS of, count(a.pid) AS used,
       current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
           - COALESCE(current_setting('reserved_connections', true)::int4, 0) AS most
  FROM pg_stat_activity a WHERE a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usename IS NOT NULL
 UNION ALL
SELECT format('database %I', d.datname), (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname),
       d.datconnlimit
  FROM pg_database d WHERE d.datname = current_database() AND d.datconnlimit >= 0
 UNION ALL
SELECT format('role %I', r.rolname), (SELECT count(*) FROM pg_stat_activity a WHERE a.usename = r.rolname),
       r.rolconnlimit
  FROM pg_roles r WHERE r.rolname = SESSION_USER AND r.rolconnlimit >= 0;
