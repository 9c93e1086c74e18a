/* `migrated upgrade`: the first day of a user. */
#include "support/cluster.h"
#include "support/folder.h"
#include "support/program.h"
#include "support/sql.h"

#include <check.h>
#include <stdlib.h>

#define DEADLINE_MS 20000

START_TEST(applies_a_linear_folder_and_records_it)
{
    const char *database = cluster_create_database(cluster_shared());
    const char *url = cluster_url(cluster_shared(), database);
    struct folder *folder = folder_create();
    struct program_result result;
    folder_write(folder, "0001_guests.sql", "CREATE TABLE guests (id int);");
    folder_write(folder, "0002_rooms.sql", "CREATE TABLE rooms (id int); CREATE INDEX ON rooms (id);\n");

    program_run(&result, NULL, DEADLINE_MS, "upgrade", "--migrations", folder_path(folder), "--database-url", url, NULL);

    ck_assert_msg(result.status == 0, "%s", result.err);
    ck_assert_str_eq(result.out, "0001_guests applied\n0002_rooms applied\nJob completed successfully: 2 revisions\n");
    PGconn *conn = sql_connect(url);
    char *rows = sql_names(conn, "SELECT version_num FROM alembic_version");
    ck_assert_str_eq(rows, "0002_rooms");
    char *history = sql_names(conn, "SELECT revision || ' ' || outcome || ' ' || statements FROM migrated.history "
                                    "ORDER BY id");
    ck_assert_str_eq(history, "0001_guests applied 1,0002_rooms applied 2");
    free(rows);
    free(history);
    PQfinish(conn);
    program_result_finish(&result);
    folder_destroy(folder);
}
END_TEST

Suite *upgrade_suite(void)
{
    Suite *suite = suite_create("upgrade");
    TCase *tests = tcase_create("upgrade");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, applies_a_linear_folder_and_records_it);
    suite_add_tcase(suite, tests);
    return suite;
}
