-- A revision that the target's own command has applied: noted behind it, not with it.
INSERT INTO :"bookkeeping".history
       (attempt, target, version_table, revision, direction, outcome, checksum, host, program, reason, message)
VALUES (:'attempt', :'target', :'version_table_name', :'revision', 'upgrade', 'applied', :'checksum', :'host',
        :'program', :'reason', 'by upgrade_command')
    ON CONFLICT (attempt) DO NOTHING;
