-- The rows must be what the stamp was computed from; the history keeps both.
SELECT CASE WHEN found.rows OPERATOR(pg_catalog.=) :'before'::pg_catalog.text THEN 1
            ELSE ('migrated:' OPERATOR(pg_catalog.||) :'attempt' OPERATOR(pg_catalog.||) ':rows:'
                  OPERATOR(pg_catalog.||) found.rows OPERATOR(pg_catalog.||) '|')::pg_catalog.int4 END
  FROM (SELECT COALESCE(pg_catalog.string_agg(version_num::pg_catalog.text, ', '
                            ORDER BY version_num::pg_catalog.text COLLATE pg_catalog."C"), '') AS rows
          FROM :"version_schema".:"version_table") AS found;

INSERT INTO :"bookkeeping".history
       (attempt, target, version_table, revision, direction, outcome, checksum, host, program, reason, message)
VALUES (:'attempt', :'target', :'version_table_name', :'after', 'stamp', 'stamped', '', :'host', :'program', :'reason',
        'from ' OPERATOR(pg_catalog.||) :'before');
