-- What must be known about the server before anything else. One row. Asked by every new session, so written for a cold
-- backend: names are looked up in its caches (functions, one index), not joined from the catalogs, which would cost it
-- milliseconds of planning.
-- Variables: version_schema (a name or NULL: the first of search_path), version_table, bookkeeping.
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_database() AS database,
       place.schema AS version_schema,
       version.oid IS NOT NULL AS version_table_exists,
       (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) 3 -- to_regclass would need USAGE on the schema
          FROM pg_catalog.pg_class c
         WHERE c.relnamespace OPERATOR(pg_catalog.=)
               pg_catalog.to_regnamespace(pg_catalog.quote_ident(:'bookkeeping'))::pg_catalog.oid
           AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['revision', 'history', 'journal']::pg_catalog.name[]))
           AS bookkeeping_exists,
       CURRENT_USER AS role,
       pg_catalog.current_setting('standard_conforming_strings') AS standard_conforming_strings
  FROM (SELECT COALESCE(:'version_schema'::pg_catalog.text,
                        CASE WHEN seen.schema OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_temp', '"pg_temp"']) -- it comes quoted
                             THEN (pg_catalog.parse_ident(seen.schema))[1] END,
                        pg_catalog.current_schema()::pg_catalog.text) AS schema
          FROM pg_catalog.pg_identify_object(
                   'pg_catalog.pg_class'::pg_catalog.regclass,
                   pg_catalog.to_regclass(pg_catalog.quote_ident(:'version_table'))::pg_catalog.oid, 0) AS seen
       ) AS place
  LEFT JOIN pg_catalog.pg_class version
    ON version.relnamespace OPERATOR(pg_catalog.=)
       pg_catalog.to_regnamespace(pg_catalog.quote_ident(place.schema))::pg_catalog.oid
   AND version.relname OPERATOR(pg_catalog.=) :'version_table'::pg_catalog.name
   AND version.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v']::pg_catalog."char"[]);
