-- Who waits for a lock in this database now, and for whom (pid 0 is a prepared transaction).
SELECT a.pid, a.usename, a.application_name, array_to_string(blockers.pids, ', ') AS blockers,
       EXTRACT(epoch FROM clock_timestamp() - a.query_start) AS seconds
  FROM pg_stat_activity a
 CROSS JOIN LATERAL (SELECT pg_blocking_pids(a.pid) AS pids) AS blockers
 WHERE a.datname = current_database()
   AND a.pid IN (SELECT pid FROM pg_locks WHERE NOT granted)
   AND blockers.pids <> '{}'
 ORDER BY a.query_start NULLS LAST, a.pid
 LIMIT 20;
