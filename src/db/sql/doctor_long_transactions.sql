-- Transactions in this database that began longer than :'older_than' seconds ago, the oldest first. Of other roles'
-- sessions a role without pg_read_all_stats sees no more than that they are there, and how old their snapshot is.
SELECT a.pid, a.usename, a.application_name, a.state, a.xact_start IS NULL AS is_hidden,
       EXTRACT(epoch FROM clock_timestamp() - a.xact_start) AS seconds, age(a.backend_xmin) AS snapshot_age,
       "left"(regexp_replace(a.query, '\s+', ' ', 'g'), 60) AS query
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL
   AND (a.xact_start < clock_timestamp() - make_interval(secs => :'older_than'::float8)
        OR a.query = '<insufficient privilege>')
   AND COALESCE(a.backend_type, '') NOT IN ('walsender', 'autovacuum worker')
 ORDER BY a.xact_start NULLS LAST, a.pid
 LIMIT 200;
