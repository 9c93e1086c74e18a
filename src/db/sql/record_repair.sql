-- A person has looked at an edited file: from now on its checksum is the one that counts.
INSERT INTO :"bookkeeping".history
       (attempt, target, version_table, revision, direction, outcome, checksum, host, program, reason, message)
VALUES (:'attempt', :'target', :'version_table_name', :'revision', 'upgrade', 'repaired', :'checksum', :'host',
        :'program', :'reason', 'the checksum was ' OPERATOR(pg_catalog.||) :'before');
