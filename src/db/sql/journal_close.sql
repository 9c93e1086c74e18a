-- Settles what was begun statement by statement: of :'revisions' (ids joined by commas).
INSERT INTO :"bookkeeping".journal
       (attempt, target, version_table, revision, direction, ordinal, state, hash, words, host, program, reason)
SELECT pg_catalog.concat(:'attempt', '/', pg_catalog.row_number() OVER ()), :'target', :'version_table_name', open.revision,
       open.direction, 0, 'closed', '', '', :'host', :'program', :'reason'
  FROM (SELECT j.revision, (pg_catalog.array_agg(j.direction ORDER BY j.id DESC))[1] AS direction
          FROM :"bookkeeping".journal j
         WHERE j.target OPERATOR(pg_catalog.=) :'target'
           AND j.version_table OPERATOR(pg_catalog.=) :'version_table_name'
           AND j.revision OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(:'revisions', ','))
           AND j.id OPERATOR(pg_catalog.>)
               (SELECT COALESCE(pg_catalog.max(c.id), 0)
                  FROM :"bookkeeping".journal c
                 WHERE c.target OPERATOR(pg_catalog.=) :'target'
                   AND c.version_table OPERATOR(pg_catalog.=) :'version_table_name'
                   AND c.revision OPERATOR(pg_catalog.=) j.revision
                   AND c.state OPERATOR(pg_catalog.=) 'closed')
         GROUP BY j.revision) AS open;
