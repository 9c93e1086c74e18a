-- Before and after ALTER TABLE :'table' DETACH PARTITION :'name' CONCURRENTLY. inhdetachpending is not in 13.
SELECT NULL AS present, :'name' AS name, true AS wanted,
       NOT COALESCE((pg_catalog.to_jsonb(i) OPERATOR(pg_catalog.->>) 'inhdetachpending')::pg_catalog.bool, false) AS valid,
       true AS known, NULL AS builder
  FROM pg_catalog.pg_inherits i
 WHERE i.inhrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'name')
   AND i.inhparent OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'table');
