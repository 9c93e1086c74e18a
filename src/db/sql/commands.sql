-- Sessions of the command that applies a target's revisions: libpq tells PGAPPNAME as their name.
SELECT a.pid, a.usename, a.application_name, a.state,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.backend_start) AS seconds
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
   AND a.application_name OPERATOR(pg_catalog.=) :'application'
 ORDER BY a.backend_start
 LIMIT 1;
