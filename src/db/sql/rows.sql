-- The version rows, sorted bytewise. The second column is there for its type: how many characters it holds.
SELECT version_num::pg_catalog.text, version_num
  FROM :"version_schema".:"version_table"
 ORDER BY version_num::pg_catalog.text COLLATE pg_catalog."C";
