-- Before and after REINDEX :'kind' CONCURRENTLY :'name': what an earlier attempt left behind, and who is at work on it; of
-- a partitioned table or index in its partitions, of a table in its TOAST table too. `theirs`: this role may not drop it.
SELECT NULL AS present, pg_catalog.format('%I.%I', n.nspname, i.relname) AS name, false AS wanted, false AS valid,
       true AS known, worker.pid AS builder,
       NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND (pg_catalog.pg_has_role(i.relowner, 'USAGE') OR pg_catalog.pg_has_role(n.nspowner, 'USAGE'))) AS theirs
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class i ON i.oid OPERATOR(pg_catalog.=) x.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) i.relnamespace
  LEFT JOIN pg_catalog.pg_class toasted ON toasted.reltoastrelid OPERATOR(pg_catalog.=) x.indrelid
  JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) COALESCE(toasted.oid, x.indrelid)
  LEFT JOIN LATERAL (
       SELECT l.pid
         FROM pg_catalog.pg_locks l
         JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
        WHERE l.relation OPERATOR(pg_catalog.=) x.indrelid
          AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                                  WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
          AND l.mode OPERATOR(pg_catalog.=) 'ShareUpdateExclusiveLock' AND l.granted
          AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
          AND a.usesysid IS NOT NULL -- not autovacuum
        LIMIT 1) AS worker ON true
 WHERE NOT x.indisvalid AND i.relkind OPERATOR(pg_catalog.=) 'i'
   AND i.relname::pg_catalog.text OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'
   AND CASE :'kind'
       WHEN 'DATABASE' THEN true
       WHEN 'SCHEMA' THEN t.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(:'name')::pg_catalog.oid
       WHEN 'TABLE' THEN t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'name')
                         OR t.oid OPERATOR(pg_catalog.=) ANY (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(:'name')))
       ELSE EXISTS (SELECT FROM pg_catalog.pg_index y
                      JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) y.indexrelid
                     WHERE (c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'name')
                            OR c.oid OPERATOR(pg_catalog.=) ANY (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(:'name'))))
                       AND y.indrelid OPERATOR(pg_catalog.=) x.indrelid
                       AND pg_catalog.starts_with(i.relname::pg_catalog.text, c.relname::pg_catalog.text)
                       AND pg_catalog.substr(i.relname::pg_catalog.text, pg_catalog.length(c.relname::pg_catalog.text) OPERATOR(pg_catalog.+) 1)
                           OPERATOR(pg_catalog.~) '^_cc(new|old)[0-9]*$')
       END
 ORDER BY i.oid;
