-- Tables and views beside the version table that the role does not own, by owner: ALTER and DROP ask for ownership.
SELECT pg_get_userbyid(c.relowner) AS owner, count(*) AS tables, min(c.relname) AS example,
       format('GRANT %I TO %I', pg_get_userbyid(c.relowner), CURRENT_USER) AS remedy
  FROM pg_class c
 WHERE c.relnamespace = to_regnamespace(quote_ident(:'version_schema'))::oid
   AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
   AND NOT pg_has_role(CURRENT_USER, c.relowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.relowner
 ORDER BY count(*) DESC, 1;
