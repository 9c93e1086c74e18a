-- Before and after CREATE or DROP of a :'kind' called :'name'. A database whose creation or removal broke off has
-- datconnlimit -2.
SELECT pg_catalog.array_agg(found.oid::pg_catalog.int8) OVER () AS present, pg_catalog.quote_ident(found.name) AS name,
       true AS wanted, found.valid,
       COALESCE(found.oid::pg_catalog.int8 OPERATOR(pg_catalog.=) ANY (:'known'::pg_catalog.int8[]), true) AS known,
       NULL AS builder
  FROM (SELECT 'DATABASE' AS kind, d.oid, d.datname::pg_catalog.text AS name,
               d.datconnlimit OPERATOR(pg_catalog.<>) -2 AS valid
          FROM pg_catalog.pg_database d
         UNION ALL
        SELECT 'TABLESPACE', t.oid, t.spcname::pg_catalog.text, true FROM pg_catalog.pg_tablespace t
         UNION ALL
        SELECT 'SUBSCRIPTION', s.oid, s.subname::pg_catalog.text, true
          FROM pg_catalog.pg_subscription s
         WHERE s.subdbid OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                                  WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) AS found
 WHERE found.kind OPERATOR(pg_catalog.=) :'kind'
   AND found.name OPERATOR(pg_catalog.=) (pg_catalog.parse_ident(:'name'))[1]::pg_catalog.name::pg_catalog.text;
