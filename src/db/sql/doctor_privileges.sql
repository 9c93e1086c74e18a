-- Rights that the role lacks, a row each: what cannot be done without it (to read the version rows, to apply, to see
-- what others do, to end it), its words, and the GRANT to type.
WITH place AS (
    SELECT to_regnamespace(quote_ident(:'version_schema'))::oid AS version_schema,
           to_regnamespace(quote_ident(:'bookkeeping'))::oid AS books,
           format('%I', CURRENT_USER) AS role
), tables AS (
    SELECT c.oid, place.role, format('%I.%I', n.nspname, c.relname) AS name,
           n.oid = place.books AND c.relname <> :'version_table' AS is_ours
      FROM place
      JOIN pg_class c ON c.relkind IN ('r', 'p', 'v')
                     AND (c.relnamespace = place.books AND c.relname IN ('revision', 'history', 'journal')
                          OR c.relnamespace = place.version_schema AND c.relname = :'version_table')
      JOIN pg_namespace n ON n.oid = c.relnamespace
), lacking (need, what, remedy) AS (
    SELECT 'read', format('USAGE on schema %I', n.nspname), format('GRANT USAGE ON SCHEMA %I TO %s', n.nspname, role)
      FROM place JOIN pg_namespace n ON n.oid IN (place.version_schema, place.books)
     WHERE NOT has_schema_privilege(n.oid, 'USAGE')
     UNION ALL
    SELECT 'apply', format('CREATE on schema %I', n.nspname),
           format('GRANT CREATE ON SCHEMA %I TO %s', n.nspname, role)
      FROM place JOIN pg_namespace n ON n.oid = place.version_schema
     WHERE NOT has_schema_privilege(n.oid, 'CREATE')
     UNION ALL
    SELECT 'apply', format('CREATE on database %I, where schema %I is to be made', current_database(), :'bookkeeping'),
           format('GRANT CREATE ON DATABASE %I TO %s', current_database(), role)
      FROM place
     WHERE books IS NULL AND NOT has_database_privilege(current_database(), 'CREATE')
     UNION ALL
    SELECT 'apply', format('CREATE on schema %I, where tables are to be made', :'bookkeeping'),
           format('GRANT CREATE ON SCHEMA %I TO %s', :'bookkeeping', role)
      FROM place
     WHERE NOT has_schema_privilege(books, 'CREATE') AND (SELECT count(*) FROM tables WHERE is_ours) < 3
     UNION ALL
    SELECT CASE WHEN t.is_ours THEN 'graph' ELSE 'read' END, 'SELECT on ' || t.name,
           format('GRANT SELECT ON %s TO %s', t.name, t.role)
      FROM tables t
     WHERE NOT has_table_privilege(t.oid, 'SELECT')
     UNION ALL
    SELECT 'apply', string_agg(wanted.right, ', ' ORDER BY wanted.right) || ' on ' || t.name,
           format('GRANT %s ON %s TO %s', string_agg(wanted.right, ', ' ORDER BY wanted.right), t.name, t.role)
      FROM tables t
      JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE')) AS wanted ("right")
        ON NOT (t.is_ours AND wanted.right = 'DELETE') AND NOT has_table_privilege(t.oid, wanted.right)
     GROUP BY t.name, t.role
     UNION ALL
    SELECT wanted.need, 'membership in ' || wanted.role, format('GRANT %I TO %s', wanted.role, place.role)
      FROM place
     CROSS JOIN (VALUES ('see', 'pg_read_all_stats'), ('end', 'pg_signal_backend')) AS wanted (need, role)
     WHERE NOT pg_has_role(CURRENT_USER, wanted.role, 'USAGE')
)
SELECT need, what, remedy FROM lacking;
