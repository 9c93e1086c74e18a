-- The graph as runners of any version left it.
SELECT revision, down_revisions, depends_on, phase
  FROM :"bookkeeping".revision
 WHERE target OPERATOR(pg_catalog.=) :'target'
   AND version_table OPERATOR(pg_catalog.=) :'version_table_name';
