-- The schemas of a new session's search_path (reset_val: not what this message has set), and which of them are there.
SELECT s.reset_val AS search_path, named.schema, to_regnamespace(quote_ident(named.schema)) IS NOT NULL AS is_there
  FROM pg_settings s
 CROSS JOIN LATERAL (
           SELECT CASE WHEN part LIKE '"%"' THEN replace(substr(part, 2, length(part) - 2), '""', '"')
                       ELSE lower(part) END AS schema
             FROM regexp_split_to_table(s.reset_val, '\s*,\s*') AS part
            WHERE part <> ''
       ) AS named
 WHERE s.name = 'search_path';
