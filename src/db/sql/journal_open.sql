-- Revisions with rows in the journal that are not closed, the oldest first; begun: statements are begun or done, not only
-- refused. The direction is that of the last of these.
SELECT word.revision,
       COALESCE((pg_catalog.array_agg(word.direction ORDER BY word.id DESC) FILTER (WHERE word.begun))[1],
                (pg_catalog.array_agg(word.direction ORDER BY word.id DESC))[1]) AS direction,
       pg_catalog.bool_or(word.begun) AS begun
  FROM (SELECT DISTINCT ON (j.revision, j.ordinal) j.revision, j.direction, j.id,
               j.state OPERATOR(pg_catalog.=) ANY (ARRAY['started', 'done']) AS begun
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
         ORDER BY j.revision, j.ordinal, j.id DESC) AS word
 GROUP BY word.revision
 ORDER BY pg_catalog.min(word.id);
