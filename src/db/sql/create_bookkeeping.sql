-- Our own tables, in a schema of their own so that no autogenerate proposes to drop them. Whoever may read the version
-- table may read them too: a daemon that only watches needs no more than SELECT.
CREATE SCHEMA IF NOT EXISTS :"bookkeeping";

CREATE TABLE IF NOT EXISTS :"bookkeeping".revision (
    target         pg_catalog.text        NOT NULL,
    version_table  pg_catalog.text        NOT NULL,
    revision       pg_catalog.text        NOT NULL,
    down_revisions pg_catalog.text[]      NOT NULL,
    depends_on     pg_catalog.text[]      NOT NULL,
    labels         pg_catalog.text[]      NOT NULL,
    phase          pg_catalog.text        NOT NULL,
    message        pg_catalog.text        NOT NULL,
    checksum       pg_catalog.text        NOT NULL,
    first_seen     pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (target, version_table, revision)
);
COMMENT ON TABLE :"bookkeeping".revision IS
    'The revision graph as every runner knew it, so that older ones can tell "ahead" from "diverged". Knowledge, not state.';

CREATE TABLE IF NOT EXISTS :"bookkeeping".history (
    id            pg_catalog.int8        GENERATED ALWAYS AS IDENTITY,
    attempt       pg_catalog.text        NOT NULL PRIMARY KEY,
    target        pg_catalog.text        NOT NULL,
    version_table pg_catalog.text        NOT NULL,
    revision      pg_catalog.text        NOT NULL,
    direction     pg_catalog.text        NOT NULL,
    outcome       pg_catalog.text        NOT NULL,
    checksum      pg_catalog.text        NOT NULL,
    started       pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    duration      pg_catalog."interval",
    statements    pg_catalog.int4,
    role          pg_catalog.text        NOT NULL DEFAULT CURRENT_USER,
    host          pg_catalog.text        NOT NULL,
    program       pg_catalog.text        NOT NULL,
    reason        pg_catalog.text,
    sqlstate      pg_catalog.text,
    message       pg_catalog.text
);
COMMENT ON TABLE :"bookkeeping".history IS
    'What was applied, taken back, stamped or refused, when, by whom. Append only. The newest has the largest id.';

CREATE TABLE IF NOT EXISTS :"bookkeeping".journal (
    id            pg_catalog.int8        GENERATED ALWAYS AS IDENTITY,
    attempt       pg_catalog.text        NOT NULL PRIMARY KEY,
    target        pg_catalog.text        NOT NULL,
    version_table pg_catalog.text        NOT NULL,
    revision      pg_catalog.text        NOT NULL,
    direction     pg_catalog.text        NOT NULL,
    ordinal       pg_catalog.int4        NOT NULL,
    state         pg_catalog.text        NOT NULL,
    hash          pg_catalog.text        NOT NULL,
    words         pg_catalog.text        NOT NULL,
    known         pg_catalog.int8[],
    noted         pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    duration      pg_catalog."interval",
    role          pg_catalog.text        NOT NULL DEFAULT CURRENT_USER,
    host          pg_catalog.text        NOT NULL,
    program       pg_catalog.text        NOT NULL,
    reason        pg_catalog.text
);
CREATE INDEX IF NOT EXISTS journal_revision ON :"bookkeeping".journal (target, version_table, revision, id);
COMMENT ON TABLE :"bookkeeping".journal IS
    'The statements of revisions that cannot run in a transaction: begun, done, failed. Append only. The last row of a statement counts, behind the last "closed" of its revision.';

SELECT pg_catalog.set_config('migrated.bookkeeping', :'bookkeeping', true),
       pg_catalog.set_config('migrated.version_table', :'version_table_quoted', true);

DO LANGUAGE plpgsql $grant$
DECLARE
    reader pg_catalog.text;
BEGIN
    FOR reader IN
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
          FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
         WHERE c.oid = pg_catalog.to_regclass(pg_catalog.current_setting('migrated.version_table')) AND a.privilege_type = 'SELECT'
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %s', pg_catalog.current_setting('migrated.bookkeeping'), reader);
        EXECUTE pg_catalog.format('GRANT SELECT ON %1$I.revision, %1$I.history, %1$I.journal TO %2$s', pg_catalog.current_setting('migrated.bookkeeping'), reader);
    END LOOP;
END
$grant$;
