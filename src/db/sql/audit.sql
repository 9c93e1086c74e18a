-- What the books know of the revisions, for core/audit.h: nothing if the history's digest is :'digest'. The newest word
-- on a revision counts, and only if it is not that it was taken back.
WITH entry AS MATERIALIZED (
    SELECT h.revision,
           (pg_catalog.array_agg(h.direction ORDER BY h.id DESC))[1] AS direction,
           (pg_catalog.array_agg(h.checksum ORDER BY h.id DESC))[1] AS checksum,
           pg_catalog.max(h.started) FILTER (WHERE h.outcome OPERATOR(pg_catalog.=) 'applied') AS started
      FROM :"bookkeeping".history h
     WHERE h.target OPERATOR(pg_catalog.=) :'target'
       AND h.version_table OPERATOR(pg_catalog.=) :'version_table_name'
       AND h.outcome OPERATOR(pg_catalog.=) ANY (ARRAY['applied', 'repaired'])
     GROUP BY h.revision
), applied AS MATERIALIZED (
    SELECT revision, checksum, started FROM entry WHERE direction OPERATOR(pg_catalog.=) 'upgrade'
), digest AS (
    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
               COALESCE(pg_catalog.string_agg(
                   revision OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) checksum OPERATOR(pg_catalog.||)
                   pg_catalog.chr(10), '' ORDER BY revision COLLATE pg_catalog."C"), ''), 'UTF8')), 'hex') AS hex
      FROM applied
), known AS (
    SELECT r.revision, r.first_seen
      FROM :"bookkeeping".revision r
     WHERE r.target OPERATOR(pg_catalog.=) :'target'
       AND r.version_table OPERATOR(pg_catalog.=) :'version_table_name'
), stamp AS (
    SELECT pg_catalog.max(h.started) AS started
      FROM :"bookkeeping".history h
     WHERE h.target OPERATOR(pg_catalog.=) :'target'
       AND h.version_table OPERATOR(pg_catalog.=) :'version_table_name'
       AND h.outcome OPERATOR(pg_catalog.=) 'stamped'
)
SELECT COALESCE(applied.revision, known.revision) AS revision, applied.checksum,
       (EXTRACT(epoch FROM applied.started) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 AS applied_us,
       (EXTRACT(epoch FROM known.first_seen) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 AS known_us,
       (EXTRACT(epoch FROM stamp.started) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 AS stamped_us
  FROM digest
 CROSS JOIN stamp
 CROSS JOIN (applied FULL JOIN known ON applied.revision OPERATOR(pg_catalog.=) known.revision)
 WHERE digest.hex OPERATOR(pg_catalog.<>) :'digest';
