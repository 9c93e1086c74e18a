-- Is the index :'found' what the statement would have made? The server made that on an empty copy of the table.
SELECT a.indisunique OPERATOR(pg_catalog.=) b.indisunique
       AND pg_catalog.substr(pg_catalog.pg_get_indexdef(a.indexrelid), pg_catalog.strpos(pg_catalog.pg_get_indexdef(a.indexrelid), ' USING '))
           OPERATOR(pg_catalog.=)
           pg_catalog.substr(pg_catalog.pg_get_indexdef(b.indexrelid), pg_catalog.strpos(pg_catalog.pg_get_indexdef(b.indexrelid), ' USING '))
       AS same
  FROM pg_catalog.pg_index a, pg_catalog.pg_index b
 WHERE a.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'found')
   AND b.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('pg_temp.migrated_compare_index');
