-- Constraints that were made NOT VALID, and never validated since. (NOT ENFORCED ones, of version 18, stay so.)
SELECT c.conrelid::regclass AS "table", c.conname AS constraint,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::regclass, c.conname) AS remedy
  FROM pg_constraint c
 WHERE NOT c.convalidated AND c.conrelid <> 0
   AND COALESCE((to_jsonb(c) ->> 'conenforced')::bool, true)
 ORDER BY c.conrelid::regclass::text, c.conname;
