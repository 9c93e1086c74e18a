#include "core/sql_lock.h"

#include <check.h>
#include <string.h>

Suite *sql_lock_suite(void);

static const struct {
    const char *statement;
    enum sql_lock lock;
} statements[] = {
    {"INSERT INTO t VALUES (1)", SQL_LOCK_ROWS},
    {"/* x */ update t set a = 1", SQL_LOCK_ROWS},
    {"WITH x AS (DELETE FROM t RETURNING 1) SELECT 1", SQL_LOCK_ROWS},
    {"ALTER TABLE t VALIDATE CONSTRAINT c;", SQL_LOCK_ONLINE},
    {"ALTER TABLE ONLY s.t validate CONSTRAINT c", SQL_LOCK_ONLINE},
    {"ALTER TABLE t VALIDATE CONSTRAINT c, ADD COLUMN d int", SQL_LOCK_STRONG},
    {"ALTER TABLE t ADD CHECK (a > 0)", SQL_LOCK_STRONG},
    {"ALTER INDEX i RENAME TO j", SQL_LOCK_STRONG},
    {"ANALYZE t", SQL_LOCK_ONLINE},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY v", SQL_LOCK_ONLINE},
    {"REFRESH MATERIALIZED VIEW v", SQL_LOCK_STRONG},
    {"CREATE INDEX ON t (a)", SQL_LOCK_STRONG},
    {"DO $$ BEGIN END $$", SQL_LOCK_STRONG},
    {"", SQL_LOCK_STRONG},
};

START_TEST(the_first_words_tell_the_lock)
{
    const char *statement = statements[_i].statement;
    ck_assert_msg(sql_lock_read(statement, strlen(statement)) == statements[_i].lock, "%s", statement);
}
END_TEST

Suite *sql_lock_suite(void)
{
    Suite *suite = suite_create("sql_lock");
    TCase *tests = tcase_create("sql_lock");
    tcase_add_loop_test(tests, the_first_words_tell_the_lock, 0, sizeof statements / sizeof *statements);
    suite_add_tcase(suite, tests);
    return suite;
}
