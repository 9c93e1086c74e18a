-- The last word on each statement of :'revision' since it was last closed, whatever the direction it was in.
SELECT DISTINCT ON (j.ordinal) j.ordinal, j.direction, j.state, j.hash, j.words, j.known, j.id, j.attempt, j.role, j.host,
       j.reason, pg_catalog.to_char(pg_catalog.timezone('UTC', j.noted), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS noted
  FROM :"bookkeeping".journal j
 WHERE j.target OPERATOR(pg_catalog.=) :'target'
   AND j.version_table OPERATOR(pg_catalog.=) :'version_table_name'
   AND j.revision OPERATOR(pg_catalog.=) :'revision'
   AND j.id OPERATOR(pg_catalog.>)
       (SELECT COALESCE(pg_catalog.max(c.id), 0)
          FROM :"bookkeeping".journal c
         WHERE c.target OPERATOR(pg_catalog.=) :'target'
           AND c.version_table OPERATOR(pg_catalog.=) :'version_table_name'
           AND c.revision OPERATOR(pg_catalog.=) :'revision'
           AND c.state OPERATOR(pg_catalog.=) 'closed')
 ORDER BY j.ordinal, j.id DESC;
