-- Revisions that were begun statement by statement and are not closed, the oldest first.
SELECT j.revision, (pg_catalog.array_agg(j.direction ORDER BY j.id DESC))[1] AS direction
  FROM :"bookkeeping".journal j
 WHERE j.target OPERATOR(pg_catalog.=) :'target'
   AND j.version_table OPERATOR(pg_catalog.=) :'version_table_name'
   AND j.state OPERATOR(pg_catalog.<>) 'closed'
   AND NOT EXISTS (SELECT FROM :"bookkeeping".journal c
                    WHERE c.target OPERATOR(pg_catalog.=) j.target
                      AND c.version_table OPERATOR(pg_catalog.=) j.version_table
                      AND c.revision OPERATOR(pg_catalog.=) j.revision
                      AND c.id OPERATOR(pg_catalog.>) j.id
                      AND c.state OPERATOR(pg_catalog.=) 'closed')
 GROUP BY j.revision
 ORDER BY pg_catalog.min(j.id);
