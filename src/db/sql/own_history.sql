-- What a run has really committed: a history row commits with its revision, or not at all.
SELECT revision
  FROM :"bookkeeping".history
 WHERE target OPERATOR(pg_catalog.=) :'target'
   AND version_table OPERATOR(pg_catalog.=) :'version_table_name'
   AND outcome OPERATOR(pg_catalog.=) 'applied'
   AND pg_catalog.starts_with(attempt, :'run')
 ORDER BY id;
