#include "core/sql_table_lock.h"

#include "base/text.h"

#include <check.h>
#include <string.h>

Suite *sql_table_lock_suite(void);

/* Modes: new, s(hare), r(ow exclusive, share), e(xclusive), x (access exclusive); `*`: with children, `i`: of an index. */
static const struct {
    const char *statement, *locks;
} statements[] = {
    {"ALTER TABLE t ADD COLUMN a int", "x*:t"},
    {"alter table if exists only s.\"T\" drop column a;", "x:s.\"T\""},
    {"ALTER TABLE t * RENAME TO u", "x:t"},
    {"ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u (b)", "r*:s.u r*:t"},
    {"ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u, ADD COLUMN c int", "r*:u x*:t"},
    {"ALTER TABLE t ADD COLUMN c numeric(3, 2) REFERENCES u", "r*:u x*:t"},
    {"ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)", "x*:t"},
    {"ALTER TABLE t VALIDATE CONSTRAINT c", ""},
    {"ALTER TABLE t ALTER COLUMN a SET STATISTICS 100, ALTER b SET (n_distinct = 5), ALTER c RESET (n_distinct)", ""},
    {"ALTER TABLE t ALTER a SET STATISTICS 100, ALTER b SET NOT NULL", "x*:t"},
    {"ALTER TABLE t ALTER a TYPE bigint", "x*:t"},
    {"ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE", "x*:t"},
    {"ALTER TABLE t SET (fillfactor = 70)", ""},
    {"ALTER TABLE t RESET (fillfactor)", ""},
    {"ALTER TABLE t SET WITHOUT CLUSTER", ""},
    {"ALTER TABLE t SET SCHEMA s", "x:t"},
    {"ALTER TABLE t CLUSTER ON i", ""},
    {"ALTER TABLE t DISABLE TRIGGER ALL", "r:t"},
    {"ALTER TABLE t ENABLE REPLICA TRIGGER g", "r:t"},
    {"ALTER TABLE t ENABLE ROW LEVEL SECURITY", "x:t"},
    {"ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)", "x*:p"},
    {"ALTER TABLE t RENAME COLUMN a TO b", "x*:t"},
    {"ALTER TABLE ONLY t RENAME a TO b", "x:t"},
    {"ALTER TABLE t DETACH PARTITION p", "x:p x:t"},
    {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", ""},
    {"ALTER FOREIGN TABLE f ADD COLUMN a int", "x*:f"},
    {"ALTER MATERIALIZED VIEW IF EXISTS v RENAME TO w", "x:v"},
    {"ALTER POLICY p ON t USING (true)", "x:t"},
    {"ALTER INDEX i RENAME TO j", ""},
    {"DROP TABLE IF EXISTS a, s.b CASCADE", "x*:a x*:s.b"},
    {"DROP VIEW v", "x:v"},
    {"DROP INDEX i, j", "xi:i xi:j"},
    {"DROP INDEX CONCURRENTLY i", ""},
    {"DROP TRIGGER g ON t", "x:t"},
    {"DROP TYPE y", ""},
    {"TRUNCATE TABLE ONLY a, b *", "x:a x*:b"},
    {"TRUNCATE a", "x*:a"},
    {"CREATE INDEX ON t (a)", "s*:t"},
    {"CREATE UNIQUE INDEX IF NOT EXISTS i ON ONLY s.t (a)", "s:s.t"},
    {"CREATE INDEX CONCURRENTLY i ON t (a)", ""},
    {"CREATE OR REPLACE TRIGGER g BEFORE UPDATE OF a OR INSERT ON t EXECUTE FUNCTION f()", "r:t"},
    {"CREATE POLICY p ON t", "x:t"},
    {"CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "x:t"},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", "x:v"},
    {"CREATE VIEW v AS SELECT 1", "new:v"},
    {"CREATE UNLOGGED TABLE t (a int REFERENCES u, b int REFERENCES s.w (c))", "new:t r*:u r*:s.w"},
    {"CREATE TABLE p PARTITION OF t FOR VALUES IN (1)", "new:p x:t"},
    {"CREATE TABLE IF NOT EXISTS t (a int REFERENCES u)", "r*:u"}, /* it may be an old one */
    {"CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1", ""},
    {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''", ""},
    {"LOCK a, ONLY b", "x*:a x:b"},
    {"LOCK TABLE a IN SHARE ROW EXCLUSIVE MODE", "r*:a"},
    {"LOCK TABLE a IN SHARE MODE", "s*:a"},
    {"LOCK TABLE a IN EXCLUSIVE MODE", "e*:a"},
    {"LOCK TABLE a IN ACCESS EXCLUSIVE MODE NOWAIT", "x*:a"},
    {"LOCK TABLE a IN ACCESS SHARE MODE", ""},
    {"LOCK TABLE a IN SHARE UPDATE EXCLUSIVE MODE", ""},
    {"LOCK TABLE a IN ROW EXCLUSIVE MODE", ""},
    {"CLUSTER VERBOSE t USING i", "x:t"},
    {"CLUSTER", ""},
    {"REINDEX TABLE t", "s:t"},
    {"REINDEX (VERBOSE) INDEX i", "x:i"},
    {"REINDEX INDEX CONCURRENTLY i", ""},
    {"REFRESH MATERIALIZED VIEW v", "x:v"},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY v", ""},
    {"ALTER TABLE U&\"d\\0061t\" ADD COLUMN a int", ""},
    {"INSERT INTO t VALUES (1)", ""},
    {"ALTER TABLE", ""},
    {"CREATE TABLE t (a int,", "new:t"},
    {"DROP TABLE a,", "x*:a"},
    {"", ""},
};

static const char *const modes[] = {"new", "s", "r", "e", "x"};
static const char *statement;

static void note(void *context, const struct sql_table_lock *lock)
{
    struct text *text = context;
    text_addf(text, "%s%s%s%s:%.*s", text->length > 0 ? " " : "", modes[lock->mode], lock->with_children ? "*" : "",
              lock->of_index ? "i" : "", (int)lock->name.length, statement + lock->name.offset);
}

START_TEST(the_words_tell_which_tables_are_locked)
{
    struct text found = {0};
    statement = statements[_i].statement;
    sql_table_lock_read(statement, strlen(statement), note, &found);
    ck_assert_msg(strcmp(text_string(&found), statements[_i].locks) == 0, "%s: %s, not %s", statement,
                  text_string(&found), statements[_i].locks);
    text_finish(&found);
}
END_TEST

/* The table of conflicts in the manual (13.3), for the modes that are asked about. */
static const struct {
    enum sql_table_mode mode;
    const char *held;
    bool conflicts;
} conflicts[] = {
    {SQL_TABLE_SHARE, "RowShareLock", false},
    {SQL_TABLE_SHARE, "RowExclusiveLock", true},
    {SQL_TABLE_SHARE, "ShareUpdateExclusiveLock", true},
    {SQL_TABLE_SHARE, "ShareLock", false},
    {SQL_TABLE_SHARE, "ShareRowExclusiveLock", true},
    {SQL_TABLE_SHARE_ROW_EXCLUSIVE, "ShareLock", true},
    {SQL_TABLE_SHARE_ROW_EXCLUSIVE, "RowExclusiveLock", true},
    {SQL_TABLE_SHARE_ROW_EXCLUSIVE, "AccessShareLock", false},
    {SQL_TABLE_SHARE_ROW_EXCLUSIVE, "RowShareLock", false},
    {SQL_TABLE_EXCLUSIVE, "RowShareLock", true},
    {SQL_TABLE_EXCLUSIVE, "AccessShareLock", false},
    {SQL_TABLE_ACCESS_EXCLUSIVE, "AccessShareLock", true},
    {SQL_TABLE_NEW, "AccessExclusiveLock", false},
};

START_TEST(what_waits_for_what)
{
    const char *const *names;
    size_t count = sql_table_lock_conflicts(conflicts[_i].mode, &names);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found |= strcmp(names[i], conflicts[_i].held) == 0;
    ck_assert_int_eq(found, conflicts[_i].conflicts);
}
END_TEST

Suite *sql_table_lock_suite(void)
{
    Suite *suite = suite_create("sql_table_lock");
    TCase *tests = tcase_create("sql_table_lock");
    tcase_add_loop_test(tests, the_words_tell_which_tables_are_locked, 0, sizeof statements / sizeof *statements);
    tcase_add_loop_test(tests, what_waits_for_what, 0, sizeof conflicts / sizeof *conflicts);
    suite_add_tcase(suite, tests);
    return suite;
}
