-- The version rows, sorted bytewise.
SELECT version_num::pg_catalog.text
  FROM :"version_schema".:"version_table"
 ORDER BY version_num::pg_catalog.text COLLATE pg_catalog."C";
