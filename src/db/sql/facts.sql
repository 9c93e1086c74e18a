-- What must be known about the server before anything else. One row. Asked by every new session, so written for a cold
-- backend: functions only, which look names up in its caches; joining the catalogs would cost it milliseconds of planning.
-- Variables: version_schema (a name or NULL: the first of search_path), version_table, bookkeeping.
-- Without USAGE on a schema what is in it cannot be told: then it counts as there, and reading it says why not.
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_database() AS database,
       place.schema AS version_schema,
       CASE pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident(place.schema))::pg_catalog.oid, 'USAGE')
            WHEN true THEN pg_catalog.to_regclass(pg_catalog.concat(
                pg_catalog.quote_ident(place.schema), '.', pg_catalog.quote_ident(:'version_table'))) IS NOT NULL
            WHEN false THEN true
            ELSE false END AS version_table_exists,
       CASE pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident(:'bookkeeping'))::pg_catalog.oid, 'USAGE')
            WHEN true THEN pg_catalog.to_regclass(pg_catalog.concat(pg_catalog.quote_ident(:'bookkeeping'), '.revision')) IS NOT NULL
                       AND pg_catalog.to_regclass(pg_catalog.concat(pg_catalog.quote_ident(:'bookkeeping'), '.history')) IS NOT NULL
                       AND pg_catalog.to_regclass(pg_catalog.concat(pg_catalog.quote_ident(:'bookkeeping'), '.journal')) IS NOT NULL
            WHEN false THEN true
            ELSE false END AS bookkeeping_exists,
       CURRENT_USER AS role,
       pg_catalog.current_setting('standard_conforming_strings') AS standard_conforming_strings
  FROM (SELECT COALESCE(:'version_schema'::pg_catalog.text,
                        (pg_catalog.parse_ident( -- it comes quoted
                             NULLIF(NULLIF((pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass,
                                         pg_catalog.to_regclass(pg_catalog.quote_ident(:'version_table'))::pg_catalog.oid, 0)).schema,
                                    'pg_temp'), '"pg_temp"')))[1],
                        pg_catalog.current_schema()::pg_catalog.text) AS schema
        OFFSET 0) AS place;
