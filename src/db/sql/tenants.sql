-- Of the schemas :'schemas' (an array) each one's digest of what Django has recorded there, whatever its order; NULL: nothing.
-- query_to_xml asks each schema's own table within one statement, without a function of ours.
SELECT tenant.name,
       pg_catalog.substring(asked.answer::pg_catalog.text, '<digest>([-0-9.]+)</digest>') AS digest
  FROM pg_catalog.unnest(:'schemas'::pg_catalog.text[]) WITH ORDINALITY AS tenant(name, position)
  LEFT JOIN LATERAL (
       SELECT pg_catalog.query_to_xml(pg_catalog.format(
              'SELECT pg_catalog.count(*)::pg_catalog.text OPERATOR(pg_catalog.||) ''.'' OPERATOR(pg_catalog.||)
                      pg_catalog.sum(pg_catalog.hashtextextended(name, pg_catalog.hashtextextended(app, 0)))
                      ::pg_catalog.text AS digest
                 FROM %I.django_migrations', tenant.name), false, true, '') AS answer
         FROM pg_catalog.pg_class c
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE n.nspname OPERATOR(pg_catalog.=) tenant.name::pg_catalog.name
          AND c.relname OPERATOR(pg_catalog.=) 'django_migrations'
       ) AS asked ON true
 ORDER BY tenant.position;
