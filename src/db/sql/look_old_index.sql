-- Before and after DROP INDEX CONCURRENTLY :'name'.
SELECT pg_catalog.array_agg(x.indexrelid::pg_catalog.int8) OVER () AS present,
       pg_catalog.format('%I.%I', n.nspname, i.relname) AS name, true AS wanted, x.indisvalid AS valid,
       COALESCE(x.indexrelid::pg_catalog.int8 OPERATOR(pg_catalog.=) ANY (:'known'::pg_catalog.int8[]), true) AS known,
       NULL AS builder
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class i ON i.oid OPERATOR(pg_catalog.=) x.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) i.relnamespace
 WHERE x.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'name');
