-- Settings as every new session gets them (reset_val: not what this message has set), and the statement that takes a
-- default of role or database back; without one it comes from the server's configuration, and the role can have another.
SELECT s.name, s.reset_val AS value, s.unit, origin.remedy,
       format('ALTER ROLE %I SET %I = ', SESSION_USER, s.name) AS remedy_begin
  FROM pg_settings s
  LEFT JOIN LATERAL (
           SELECT CASE WHEN d.setrole = 0 THEN format('ALTER DATABASE %I RESET %I', current_database(), s.name)
                       WHEN d.setdatabase = 0 THEN format('ALTER ROLE %I RESET %I', SESSION_USER, s.name)
                       ELSE format('ALTER ROLE %I IN DATABASE %I RESET %I', SESSION_USER, current_database(), s.name)
                  END AS remedy
             FROM pg_db_role_setting d
            WHERE d.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = SESSION_USER))
              AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              AND (d.setrole <> 0 OR d.setdatabase <> 0)
              AND EXISTS (SELECT FROM unnest(d.setconfig) AS pair WHERE starts_with(pair, s.name || '='))
            ORDER BY d.setrole = 0, d.setdatabase = 0
            LIMIT 1
       ) AS origin ON true
 WHERE s.name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
                  'transaction_timeout', 'default_transaction_read_only', 'default_transaction_isolation',
                  'default_transaction_deferrable', 'standard_conforming_strings', 'session_replication_role',
                  'check_function_bodies', 'row_security')
 ORDER BY s.name;
