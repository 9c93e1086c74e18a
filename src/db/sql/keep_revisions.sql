-- (the end of an INSERT INTO :"bookkeeping".revision AS known ... VALUES ...) Own files win over what was stored before.
ON CONFLICT (target, version_table, revision) DO UPDATE
   SET down_revisions = EXCLUDED.down_revisions, depends_on = EXCLUDED.depends_on, labels = EXCLUDED.labels,
       phase = EXCLUDED.phase, message = EXCLUDED.message, checksum = EXCLUDED.checksum
 WHERE (known.down_revisions, known.depends_on, known.labels, known.phase, known.message, known.checksum)
       IS DISTINCT FROM
       (EXCLUDED.down_revisions, EXCLUDED.depends_on, EXCLUDED.labels, EXCLUDED.phase, EXCLUDED.message,
        EXCLUDED.checksum);
