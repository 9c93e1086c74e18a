-- The newest row of :'revision', whatever it says: who adds one of his own has seen all before it.
SELECT COALESCE((SELECT j.attempt
                   FROM :"bookkeeping".journal j
                  WHERE j.target OPERATOR(pg_catalog.=) :'target'
                    AND j.version_table OPERATOR(pg_catalog.=) :'version_table_name'
                    AND j.revision OPERATOR(pg_catalog.=) :'revision'
                  ORDER BY j.id DESC
                  LIMIT 1), '') AS attempt;
