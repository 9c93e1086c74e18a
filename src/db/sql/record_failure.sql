INSERT INTO :"bookkeeping".history
       (attempt, target, version_table, revision, direction, outcome, checksum, host, program, reason, sqlstate, message)
VALUES (:'attempt', :'target', :'version_table_name', :'revision', :'direction', :'outcome', :'checksum', :'host',
        :'program', :'reason', :'sqlstate', :'message')
    ON CONFLICT (attempt) DO NOTHING;
