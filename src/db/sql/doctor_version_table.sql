-- The version table, its schema, and how many characters its column holds.
SELECT format('%I.%I', :'version_schema'::text, :'version_table'::text) AS "table",
       CASE WHEN to_regnamespace(quote_ident(:'version_schema')) IS NULL
            THEN format('CREATE SCHEMA %I', :'version_schema'::text) END AS schema_remedy,
       c.oid IS NOT NULL AS is_there,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS width
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN pg_class c ON c.relnamespace = to_regnamespace(quote_ident(:'version_schema'))::oid
                      AND c.relname = :'version_table' AND c.relkind IN ('r', 'p', 'v')
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :'version_column' AND NOT a.attisdropped;
