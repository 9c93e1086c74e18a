-- Which backend answers and how many transactions it has run, and what became of the one whose pid is :'other' (0: none),
-- which was asked with the same :'nonce'.
SELECT :'nonce' AS nonce,
       mine.pid,
       pg_catalog.split_part(mine.virtualtransaction, '/', 2) AS transactions,
       CASE WHEN other.pid IS NULL THEN 'gone'
            WHEN other.state IS NULL OR other.state OPERATOR(pg_catalog.=) 'disabled' THEN 'unseen'
            WHEN other.state OPERATOR(pg_catalog.=) 'idle' AND pg_catalog.strpos(other.query, :'nonce') OPERATOR(pg_catalog.>) 0
                 THEN 'untouched'
            WHEN other.query OPERATOR(pg_catalog.~*) '\ydiscard\s+all\y'
                 OR other.query OPERATOR(pg_catalog.~*) '\yreset\s+all\y'
                    AND other.query OPERATOR(pg_catalog.~*) '\ypg_advisory_unlock_all\y' THEN 'cleaned'
            WHEN other.query OPERATOR(pg_catalog.~*) '^\s*(reset|deallocate|unlisten|close)\y|\ypg_advisory_unlock_all\y' THEN 'left'
            ELSE 'used' END AS other
  FROM pg_catalog.pg_locks AS mine
  LEFT JOIN pg_catalog.pg_stat_activity AS other ON other.pid OPERATOR(pg_catalog.=) :'other'::pg_catalog.int4
 WHERE mine.locktype OPERATOR(pg_catalog.=) 'virtualxid'
   AND mine.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid();
