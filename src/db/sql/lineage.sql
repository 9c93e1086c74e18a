-- Which server this is, by its WAL, and what its history has: all of the run :'run', or else of :'revisions' (joined by
-- commas) since :'since_us' (microseconds since 1970). Applied: what runs have applied, and not taken back. On a primary
-- only.
SELECT control.system_identifier::pg_catalog.text AS system,
       pg_catalog."left"(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) AS timeline,
       own.rows, own.since_us,
       (SELECT pg_catalog.string_agg(last.revision, ',')
          FROM (SELECT DISTINCT ON (h.revision) h.revision, h.direction
                  FROM :"bookkeeping".history h
                 WHERE h.target OPERATOR(pg_catalog.=) :'target'
                   AND h.version_table OPERATOR(pg_catalog.=) :'version_table_name'
                   AND h.outcome OPERATOR(pg_catalog.=) 'applied'
                 ORDER BY h.revision, h.id DESC) AS last
         WHERE last.direction OPERATOR(pg_catalog.=) 'upgrade') AS applied
  FROM pg_catalog.pg_control_system() AS control,
       (SELECT pg_catalog.count(*) AS rows, pg_catalog.min(entry.us) AS since_us
          FROM (SELECT h.revision, h.attempt,
                       (EXTRACT(epoch FROM h.started) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 AS us
                  FROM :"bookkeeping".history h
                 WHERE h.target OPERATOR(pg_catalog.=) :'target'
                   AND h.version_table OPERATOR(pg_catalog.=) :'version_table_name'
                   AND h.outcome OPERATOR(pg_catalog.=) 'applied') AS entry
         WHERE pg_catalog.starts_with(entry.attempt, :'run')
            OR (entry.us OPERATOR(pg_catalog.>=) :'since_us'::pg_catalog.int8 AND
                entry.revision OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(:'revisions', ',')))) AS own;
