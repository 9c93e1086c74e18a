-- Our advisory lock: its key, and who holds it (a prepared transaction has no pid).
SELECT :'lock_key' AS key, holder.*
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN (
           SELECT true AS is_held, l.pid, a.usename, a.application_name,
                  EXTRACT(epoch FROM clock_timestamp() - a.backend_start) AS seconds
             FROM pg_locks l
             LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (l.classid::int8 << 32) | l.objid::int8 = :'lock_key'::int8
       ) AS holder ON true;
