-- Before and after CREATE INDEX CONCURRENTLY :'name' ON :'table': the index, and what REINDEX left beside it. At least
-- one row: `present` are all indexes of the table, for the journal. Without a name every index that is not :'known' counts.
SELECT present.oids AS present, found.name, found.wanted, found.valid, found.known, found.builder
  FROM (SELECT pg_catalog.array_agg(indexrelid::pg_catalog.int8) AS oids
          FROM pg_catalog.pg_index
         WHERE indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'table')) AS present
  LEFT JOIN (
    SELECT pg_catalog.format('%I.%I', n.nspname, i.relname) AS name, kind.wanted,
           x.indisvalid AND x.indisready AND x.indislive AS valid, kind.known, worker.pid AS builder
      FROM pg_catalog.pg_index x
      JOIN pg_catalog.pg_class i ON i.oid OPERATOR(pg_catalog.=) x.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) i.relnamespace
     CROSS JOIN (SELECT (pg_catalog.parse_ident(:'name'))[1]::pg_catalog.name AS name) AS meant
     CROSS JOIN LATERAL (
           SELECT COALESCE(i.relname OPERATOR(pg_catalog.=) meant.name,
                           x.indexrelid::pg_catalog.int8 OPERATOR(pg_catalog.<>) ALL (:'known'::pg_catalog.int8[]), false) AS wanted,
                  COALESCE(x.indexrelid::pg_catalog.int8 OPERATOR(pg_catalog.=) ANY (:'known'::pg_catalog.int8[]), true) AS known,
                  NOT x.indisvalid AND pg_catalog.starts_with(i.relname::pg_catalog.text, meant.name::pg_catalog.text)
                  AND pg_catalog.substr(i.relname::pg_catalog.text, pg_catalog.length(meant.name::pg_catalog.text) OPERATOR(pg_catalog.+) 1)
                      OPERATOR(pg_catalog.~) '^_cc(new|old)[0-9]*$' AS leftover) AS kind
      LEFT JOIN LATERAL (
           SELECT l.pid
             FROM pg_catalog.pg_locks l
             JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
            WHERE NOT x.indisvalid
              AND l.relation OPERATOR(pg_catalog.=) x.indrelid
              AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                                      WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
              AND l.mode OPERATOR(pg_catalog.=) 'ShareUpdateExclusiveLock' AND l.granted
              AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
              AND a.usesysid IS NOT NULL -- not autovacuum
            LIMIT 1) AS worker ON true
     WHERE x.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(:'table')
       AND (kind.wanted OR kind.leftover)) AS found ON true;
