-- What must be known about the server before anything else. One row.
-- Variables: version_schema (a name or NULL: the first of search_path), version_table, bookkeeping.
WITH place AS (
    SELECT COALESCE(
               :'version_schema'::pg_catalog.text,
               (SELECT n.nspname
                  FROM pg_catalog.pg_class c
                  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                 WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(pg_catalog.quote_ident(:'version_table'))
                   AND c.relpersistence OPERATOR(pg_catalog.<>) 't')::pg_catalog.text,
               pg_catalog.current_schema()::pg_catalog.text) AS schema
)
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_database() AS database,
       place.schema AS version_schema,
       version.oid IS NOT NULL AS version_table_exists,
       COALESCE(version.width, 0) AS version_width,
       (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) 2 -- to_regclass would need USAGE on the schema
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         WHERE n.nspname OPERATOR(pg_catalog.=) :'bookkeeping'
           AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['revision', 'history']::pg_catalog.name[]))
           AS bookkeeping_exists,
       CURRENT_USER AS role,
       pg_catalog.current_setting('standard_conforming_strings') AS standard_conforming_strings
  FROM place
  LEFT JOIN LATERAL (
           SELECT c.oid,
                  CASE WHEN a.atttypmod OPERATOR(pg_catalog.>) 4 THEN a.atttypmod OPERATOR(pg_catalog.-) 4 END AS width
             FROM pg_catalog.pg_class c
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
                                                AND a.attname OPERATOR(pg_catalog.=) 'version_num'
                                                AND NOT a.attisdropped
            WHERE n.nspname OPERATOR(pg_catalog.=) place.schema
              AND c.relname OPERATOR(pg_catalog.=) :'version_table'
              AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v']::pg_catalog."char"[])
       ) AS version ON true;
