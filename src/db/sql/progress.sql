-- What the server tells of the progress of the backend :'pid': at most one row, no percent where there is no total.
SELECT p.command, p.phase,
       pg_catalog.round(100.0 OPERATOR(pg_catalog.*) p.done OPERATOR(pg_catalog./) NULLIF(p.total, 0), 1) AS percent
  FROM (SELECT pid, command, phase,
               CASE WHEN blocks_total OPERATOR(pg_catalog.>) 0 THEN blocks_done ELSE tuples_done END AS done,
               CASE WHEN blocks_total OPERATOR(pg_catalog.>) 0 THEN blocks_total ELSE tuples_total END AS total
          FROM pg_catalog.pg_stat_progress_create_index
         UNION ALL
        SELECT pid, CASE WHEN param5 OPERATOR(pg_catalog.=) 1 THEN 'COPY FROM' ELSE 'COPY TO' END, 'copying', param1, param2
          FROM pg_catalog.pg_stat_get_progress_info( -- as pg_stat_progress_copy, which 13 does not have
                   CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 140000
                        THEN 'COPY' END)
         UNION ALL
        SELECT pid, command, phase, heap_blks_scanned, heap_blks_total FROM pg_catalog.pg_stat_progress_cluster
         UNION ALL
        SELECT pid, 'VACUUM', phase, heap_blks_scanned, heap_blks_total FROM pg_catalog.pg_stat_progress_vacuum) AS p
 WHERE p.pid OPERATOR(pg_catalog.=) :'pid'::pg_catalog.int4
 LIMIT 1;
