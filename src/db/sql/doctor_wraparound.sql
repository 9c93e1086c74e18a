-- How old this database's oldest row is, in transactions, when autovacuum steps in, and where it is at work for that
-- reason: then it does not give way to a revision that wants the table. Without pg_read_all_stats its reason is hidden.
SELECT age(d.datfrozenxid) AS age, current_setting('autovacuum_freeze_max_age') AS most, worker.pid, worker.query,
       worker.query = '<insufficient privilege>' AS is_hidden
  FROM pg_database d
  LEFT JOIN pg_stat_activity worker
    ON worker.datname = d.datname
   AND (worker.query LIKE 'autovacuum:%(to prevent wraparound)%'
        OR worker.query = '<insufficient privilege>' AND worker.usename IS NULL)
 WHERE d.datname = current_database();
