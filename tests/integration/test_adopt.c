/*
 * `migrated adopt`: the tables of other tools, made as those tools make them, are read, compared with the files, and
 * stamped; with `mirror` they go along with the version rows.
 */
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *adopt_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

#define UP(table)     "CREATE TABLE " table " (id int);\n"
#define DOWN(table)   "DROP TABLE " table ";\n"
#define DBMATE(table) "-- migrate:up\n" UP(table) "-- migrate:down\n" DOWN(table)
#define NODE(table)   "-- Up Migration\n" UP(table) "-- Down Migration\n" DOWN(table)
#define LIQUIBASE     "--liquibase formatted sql\n--changeset "
#define HASH_A        "sha1:4f45642ec931df92e13364b7a3d95eb876d756b7"
#define HASH_B        "sha1:02f2af632917dd9ab6ba273a75df08457e8e4361"
#define HASH_C        "sha1:7e4bf593d35ddacd6713c8c8e6369077d727fd52"
#define LOGS                                                                                                         \
    "CREATE TABLE migration_logs (id SERIAL PRIMARY KEY, migration_logs_schema_version integer NOT NULL, schema "    \
    "text "                                                                                                          \
    "NOT NULL, version integer NOT NULL, up bool NOT NULL, started_at timestamptz NOT NULL, finished_at "            \
    "timestamptz, "                                                                                                  \
    "success boolean, error_message text, backfilled boolean NOT NULL DEFAULT FALSE);"
#define CHANGELOG                                                                                                    \
    "CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) " \
    "NOT NULL, dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum "  \
    "varchar(35), description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20), "        \
    "contexts "                                                                                                      \
    "varchar(255), labels varchar(255), deployment_id varchar(10));"

/* Of each tool three revisions in a row; by its table the first two are applied, among rows that must not count. */
static const struct {
    const char *layout, *from; /* from NULL: the layout tells */
    const char *files[8][2];
    const char *ids[3];
    const char *table;            /* its name */
    const char *made;             /* as the tool has left it */
    const char *look, *up, *down; /* what it holds of the third one once that is mirrored (NULL: it can't be), up and
                                     (NULL: no way) down */
} tools[] = {
    {.layout = "golang-migrate",
     .files =
         {{"1_a.up.sql", UP("a")}, {"2_b.up.sql", UP("b")}, {"10_c.up.sql", UP("c")}, {"10_c.down.sql", DOWN("c")}},
     .ids = {"1", "2", "10"},
     .table = "schema_migrations",
     .made = "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);"
             "INSERT INTO schema_migrations VALUES (2, false)",
     .look = "SELECT version || ' ' || dirty FROM schema_migrations",
     .up = "10 false",
     .down = "2 false"},
    {.layout = "golang-migrate",
     .from = "morph",
     .files =
         {{"1_a.up.sql", UP("a")}, {"2_b.up.sql", UP("b")}, {"10_c.up.sql", UP("c")}, {"10_c.down.sql", DOWN("c")}},
     .ids = {"1", "2", "10"},
     .table = "db_migrations",
     .made = "CREATE TABLE db_migrations (version bigint not null primary key, name varchar not null);"
             "INSERT INTO db_migrations VALUES (1, 'a'), (2, 'b')",
     .look = "SELECT version || ' ' || name FROM db_migrations ORDER BY version",
     .up = "1 a,2 b,10 c",
     .down = "1 a,2 b"},
    {.layout = "dbmate",
     .files = {{"01_a.sql", DBMATE("a")}, {"02_b.sql", DBMATE("b")}, {"10_c.sql", DBMATE("c")}},
     .ids = {"01", "02", "10"},
     .table = "schema_migrations",
     .made = "CREATE TABLE schema_migrations (version varchar(255) primary key);"
             "INSERT INTO schema_migrations VALUES ('01'), ('02')",
     .look = "SELECT version FROM schema_migrations ORDER BY 1",
     .up = "01,02,10",
     .down = "01,02"},
    {.layout = "goose",
     .files = {{"00001_a.sql", "-- +goose Up\n" UP("a")},
               {"00002_b.sql", "-- +goose Up\n" UP("b")},
               {"00010_c.sql", "-- +goose Up\n" UP("c") "-- +goose Down\n" DOWN("c")}},
     .ids = {"1", "2", "10"},
     .table = "goose_db_version",
     .made = "CREATE TABLE goose_db_version (id serial NOT NULL, version_id bigint NOT NULL, is_applied boolean NOT "
             "NULL, tstamp timestamp NULL default now(), PRIMARY KEY(id));"
             "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), "
             "(2, false), (10, true), (10, false), (2, true)",
     .look = "SELECT version_id || ' ' || is_applied FROM goose_db_version WHERE version_id = 10 ORDER BY id",
     .up = "10 true,10 false,10 true",
     .down = ""},
    {.layout = "diesel",
     .files = {{"2020-01-01-000000_a/up.sql", UP("a")},
               {"2020-01-02-000000_b/up.sql", UP("b")},
               {"2020-01-03-000000_c/up.sql", UP("c")},
               {"2020-01-03-000000_c/down.sql", DOWN("c")}},
     .ids = {"20200101000000", "20200102000000", "20200103000000"},
     .table = "__diesel_schema_migrations",
     .made =
         "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT "
         "NULL DEFAULT CURRENT_TIMESTAMP);"
         "INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000'), ('20200102000000')",
     .look = "SELECT version FROM __diesel_schema_migrations ORDER BY 1",
     .up = "20200101000000,20200102000000,20200103000000",
     .down = "20200101000000,20200102000000"},
    {.layout = "prisma",
     .files = {{"20200101_a/migration.sql", UP("a")},
               {"20200102_b/migration.sql", UP("b")},
               {"20200103_c/migration.sql", UP("c")}},
     .ids = {"20200101_a", "20200102_b", "20200103_c"},
     .table = "_prisma_migrations",
     .made = "CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, "
             "finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, "
             "started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);"
             "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, rolled_back_at) VALUES "
             "('1', 'c2de7559380e5ebf65caa7d59e166558e80243cf7e70006cc98d1593d94203c1', now(), '20200101_a', NULL), "
             "('2', '', NULL, '20200102_b', now()), ('3', "
             "'07bbd90b208c445921accaef655512d2f9ab45bc584c5f71c3b8bc043e290d02', now(), '20200102_b', NULL)",
     .look = "SELECT migration_name || ' ' || checksum || ' ' || applied_steps_count FROM _prisma_migrations WHERE "
             "finished_at >= started_at AND length(id) = 36 AND rolled_back_at IS NULL",
     .up = "20200103_c 287c713ffe4eb4330954df3b71df956ed9fbe5ccbb4a0b50963a9a0af7584118 1"},
    {.layout = "sqlx",
     .files =
         {{"1_a.up.sql", UP("a")}, {"2_b.up.sql", UP("b")}, {"10_c.up.sql", UP("c")}, {"10_c.down.sql", DOWN("c")}},
     .ids = {"1", "2", "10"},
     .table = "_sqlx_migrations",
     .made =
         "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on "
         "TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time "
         "BIGINT NOT NULL);"
         "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES "
         "(1, 'a', true, "
         "'\\x52dcffb424aeb77cd96de966de88547001ad9656d3d53e03c8907e0f31653840336ff6b02aeb25a48ef7d46e1ce5f7f9', 1), "
         "(2, 'b', true, "
         "'\\xdae284ff0ef19c762649405a7cd006569fb78697bf503d9d1286e420da5ef8443a8b9429010ec8e0b0272a3530ea52bf', 1)",
     .look = "SELECT concat_ws(' ', version, description, success, encode(checksum, 'hex'), execution_time > 0) FROM "
             "_sqlx_migrations WHERE version = 10",
     .up =
         "10 c t 3da4e6a67cc96672222acf52988a761c93b8d3f7b8bf1701f9ebb37d8c2a98b1eb5f89a1563982453e043727e20ae7c1 t",
     .down = ""},
    {.layout = "flyway",
     .files = {{"V1__a.sql", UP("a")},
               {"more/V1_9__b.sql", UP("b")},
               {"V1.10__c.sql", UP("c")},
               {"U1.10__c.sql", DOWN("c")}},
     .ids = {"1", "1.9", "1.10"},
     .table = "flyway_schema_history",
     .made = "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL, version VARCHAR(50), description "
             "VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INTEGER, "
             "installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT now(), execution_time "
             "INTEGER NOT NULL, success BOOLEAN NOT NULL, CONSTRAINT flyway_schema_history_pk PRIMARY KEY "
             "(installed_rank));"
             "INSERT INTO flyway_schema_history VALUES "
             "(0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"app\"', NULL, 'u', now(), 0, true),"
             "(1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'u', now(), 0, true),"
             "(2, '1.9', 'b', 'SQL', 'more/V1_9__b.sql', 7, 'u', now(), 1, true),"
             "(3, '1.9', 'b', 'UNDO_SQL', 'U1_9__b.sql', 7, 'u', now(), 1, true),"
             "(4, '1.10', 'c', 'SQL', 'V1.10__c.sql', 7, 'u', now(), 1, true),"
             "(5, '1.10', 'c', 'DELETE', 'V1.10__c.sql', 7, 'u', now(), 1, true),"
             "(6, '1.9', 'b', 'SQL', 'more/V1_9__b.sql', 1128195672, 'u', now(), 1, true)",
     .look =
         "SELECT concat_ws(' ', installed_rank, version, description, type, script, checksum, installed_by = "
         "CURRENT_USER, execution_time >= 0, success) FROM flyway_schema_history WHERE installed_rank > 6 ORDER BY 1",
     .up = "7 1.10 c SQL V1.10__c.sql -2102380136 t t t",
     .down = "7 1.10 c SQL V1.10__c.sql -2102380136 t t t,8 1.10 c UNDO_SQL U1.10__c.sql 1535783583 t t t"},
    {.layout = "node-pg-migrate",
     .files = {{"1_a.sql", NODE("a")}, {"2_b.sql", NODE("b")}, {"10_c.sql", NODE("c")}},
     .ids = {"1_a", "2_b", "10_c"},
     .table = "pgmigrations",
     .made =
         "CREATE TABLE pgmigrations (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);"
         "INSERT INTO pgmigrations (name, run_on) VALUES ('1_a', now()), ('2_b', now())",
     .look = "SELECT name || ' ' || (run_on > now() - interval '1 hour') FROM pgmigrations ORDER BY id",
     .up = "1_a true,2_b true,10_c true",
     .down = "1_a true,2_b true"},
    {.layout = "pop",
     .files = {{"01_a.up.sql", UP("a")},
               {"02_b.postgres.up.sql", UP("b")},
               {"10_c.up.sql", UP("c")},
               {"10_c.down.sql", DOWN("c")}},
     .ids = {"01", "02", "10"},
     .table = "schema_migration",
     .made = "CREATE TABLE schema_migration (version VARCHAR(14) NOT NULL, PRIMARY KEY (version));"
             "CREATE UNIQUE INDEX schema_migration_version_idx ON schema_migration (version);"
             "INSERT INTO schema_migration VALUES ('01'), ('02')",
     .look = "SELECT version FROM schema_migration ORDER BY 1",
     .up = "01,02,10",
     .down = "01,02"},
    {.layout = "graphile-migrate",
     .files = {{"committed/000001-a.sql", "--! Previous: -\n--! Hash: " HASH_A "\n\n" UP("a")},
               {"committed/000002.sql", "--! Previous: " HASH_A "\n--! Hash: " HASH_B "\n\n" UP("b")},
               {"committed/000003-c.sql", "--! Previous: " HASH_B "\n--! Hash: " HASH_C "\n\n" UP("c")}},
     .ids = {"000001", "000002", "000003"},
     .table = "graphile_migrate.migrations",
     .made = "CREATE SCHEMA graphile_migrate;"
             "CREATE TABLE graphile_migrate.migrations (hash text PRIMARY KEY, previous_hash text REFERENCES "
             "graphile_migrate.migrations, filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());"
             "INSERT INTO graphile_migrate.migrations VALUES ('" HASH_A "', NULL, '000001.sql'), "
             "('" HASH_B "', '" HASH_A "', '000002.sql')"},
    {.layout = "sourcegraph",
     .files = {{"1_a/up.sql", UP("a")},
               {"1_a/metadata.yaml", "name: a\n"},
               {"2_b/up.sql", UP("b")},
               {"2_b/metadata.yaml", "name: b\nparents: [1]\n"},
               {"10_c/up.sql", UP("c")},
               {"10_c/metadata.yaml", "name: c\nparents: [2]\n"}},
     .ids = {"1", "2", "10"},
     .table = "migration_logs",
     .made = LOGS "INSERT INTO migration_logs (migration_logs_schema_version, schema, version, up, started_at, "
                  "finished_at, success, backfilled) VALUES "
                  "(2, 'schema_migrations', 1, true, now(), now(), true, true), "
                  "(2, 'schema_migrations', 2, true, now() - interval '3 h', now(), false, false), "
                  "(2, 'schema_migrations', 2, true, now() - interval '2 h', now(), true, false), "
                  "(2, 'schema_migrations', 2, false, now() - interval '1 h', now(), false, false), "
                  "(2, 'schema_migrations', 10, false, now(), now(), true, false), "
                  "(2, 'schema_migrations', 10, true, now() - interval '1 h', now(), true, false)"},
    {.layout = "liquibase",
     .files = {{"a.sql", LIQUIBASE "me:1\n" UP("a")},
               {"more/b.sql", LIQUIBASE "you@x:2\n" UP("b")},
               {"z.sql", LIQUIBASE "me:3 logicalFilePath:db/c.sql\n" UP("c")}},
     .ids = {"a/me/1", "more/b/you_x/2", "db/c.sql/me/3"},
     .table = "databasechangelog",
     .made = CHANGELOG "INSERT INTO databasechangelog VALUES "
                       "('1', 'me', 'a.sql', now(), 1, 'EXECUTED', '9:0'), "
                       "('2', 'you@x', 'classpath:/more/b.sql', now(), 2, 'MARK_RAN', NULL)"},
};

static void write_all(size_t row)
{
    if (strcmp(tools[row].layout, "sqlx") == 0)
        site_set(&site, "MIGRATED_LAYOUT=sqlx");
    for (size_t i = 0; tools[row].files[i][0] != NULL; i++)
        site_write(&site, tools[row].files[i][0], tools[row].files[i][1]);
    sql_exec(site.conn, "%s", tools[row].made);
}

static void write_tool(const char *layout)
{
    for (size_t row = 0; row < sizeof tools / sizeof *tools; row++)
        if (strcmp(tools[row].layout, layout) == 0)
            write_all(row);
}

/* With --from where the layout does not tell. */
#define run_adopt(row, status, ...)                                                                                  \
    do {                                                                                                             \
        if (tools[row].from != NULL)                                                                                 \
            site_run(&site, status, "adopt", "--from", tools[row].from, __VA_ARGS__);                                \
        else                                                                                                         \
            site_run(&site, status, "adopt", __VA_ARGS__);                                                           \
    } while (0)

static char *contents(const char *table)
{
    return sql_value(site.conn, "SELECT string_agg(t::text, ';' ORDER BY t::text) FROM %s AS t", table);
}

START_TEST(takes_over)
{
    const char *const *ids = tools[_i].ids;
    char printed[128];
    write_all((size_t)_i);
    char *before = contents(tools[_i].table);

    run_adopt(_i, 3, "--verbose");
    snprintf(printed, sizeof printed, "%s would be taken as applied\n%s would be taken as applied\n", ids[0], ids[1]);
    site_printed(&site, printed);
    snprintf(printed, sizeof printed, "1 revision pending afterwards: %s\n", ids[2]);
    site_says(&site, printed);
    site_says(&site, "nothing was written; next: the same with --yes\n");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL AND to_regnamespace('migrated') IS NULL", "t");

    run_adopt(_i, 0, "--yes");
    snprintf(printed, sizeof printed, "%s taken as applied\n%s taken as applied\n", ids[0], ids[1]);
    site_printed(&site, printed);
    site_at(&site, ids[1]);
    site_holds(&site, "SELECT direction || ' ' || outcome || ' ' || split_part(reason, ' ', 3) FROM migrated.history",
               "stamp stamped from");
    site_holds(&site, "SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')", "0");
    char *after = contents(tools[_i].table);
    ck_assert_str_eq(after, before);
    free(before);
    free(after);

    run_adopt(_i, 0, "--yes");
    site_printed(&site, "");
    site_says(&site, "nothing to take over\n");
    site_holds(&site, "SELECT count(*) FROM migrated.history", "1");
    site_run(&site, 0, "upgrade");
    site_at(&site, ids[2]);
    site_holds(&site, "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c')", "c");
    run_adopt(_i, 0, "--yes");
    site_says(&site, "the version table holds what");
}
END_TEST

/* ---- what does not fit ---- */

static void write_dbmate(void)
{
    site_write(&site, "01_a.sql", DBMATE("a"));
    site_write(&site, "02_b.sql", DBMATE("b"));
    site_write(&site, "03_c.sql", DBMATE("c"));
    sql_exec(site.conn, "CREATE TABLE schema_migrations (version varchar(255) primary key)");
}

/* ---- without taking over ---- */

START_TEST(what_is_applied_already_is_not_run_again)
{
    write_all(_i);
    if (tools[_i].from != NULL)
        site_set(&site, "MIGRATED_MIRROR=%s", tools[_i].from);
    site_run(&site, 65, "upgrade");
    site_says(&site, tools[_i].table);
    site_says(&site, "and our version table knows of none");
    site_says(&site, "next: `migrated adopt` shows what is applied, and takes it over with --yes");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL AND to_regclass('a') IS NULL", "t");
}
END_TEST

START_TEST(what_we_have_taken_back_is_ours_to_apply)
{
    write_dbmate();
    sql_exec(site.conn, "CREATE TABLE a (); INSERT INTO schema_migrations VALUES ('01')");
    site_run(&site, 0, "adopt", "--yes");
    site_run(&site, 0, "downgrade", "base");
    site_run(&site, 0, "upgrade");
    site_at(&site, "03");
}
END_TEST

START_TEST(an_empty_table_or_that_of_another_is_no_hindrance)
{
    write_dbmate();
    site_run(&site, 0, "upgrade", "01");
    site_run(&site, 0, "downgrade", "base");
    sql_exec(site.conn, "DROP TABLE alembic_version; DROP SCHEMA migrated CASCADE; DROP TABLE schema_migrations;"
                        "CREATE TABLE schema_migrations (filename text); INSERT INTO schema_migrations VALUES ('x')");
    site_run(&site, 0, "upgrade");
    site_at(&site, "03");
}
END_TEST

START_TEST(a_hole_is_named_and_refused)
{
    write_dbmate();
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('01'), ('03')");
    site_run(&site, 65, "adopt");
    site_says(&site, "1 revision beneath what dbmate has applied is not recorded as applied: 02");
    site_says(&site, "let dbmate apply it first; or say --allow-gaps");
    site_run(&site, 65, "adopt", "--yes");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
    site_run(&site, 0, "adopt", "--yes", "--allow-gaps");
    site_printed(&site, "01 taken as applied\n02 taken as applied\n03 taken as applied\n");
    site_at(&site, "03");
}
END_TEST

START_TEST(a_version_without_a_file_is_named_and_refused)
{
    write_dbmate();
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('01'), ('04')");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "public.schema_migrations holds 1 version without a file: 04");
    site_run(&site, 0, "adopt", "--yes", "--allow-missing");
    site_says(&site, "without a file: 04\n");
    site_at(&site, "01");
}
END_TEST

START_TEST(what_is_half_done_is_refused)
{
    write_all(0);
    sql_exec(site.conn, "UPDATE schema_migrations SET dirty = true");
    site_run(&site, 65, "adopt", "--yes", "--allow-gaps", "--allow-missing", "--allow-changed");
    site_says(&site, "public.schema_migrations says that version 2 was begun and not finished by golang-migrate");
    site_says(&site, "`migrate force VERSION`");
}
END_TEST

START_TEST(an_edited_file_is_named_with_both_checksums)
{
    write_tool("prisma");
    site_write(&site, "20200101_a/migration.sql", "CREATE TABLE a (id int);\r\n");
    site_run(&site, 3, "adopt"); /* Prisma does not look at what ends a line */
    site_write(&site, "20200101_a/migration.sql", "CREATE TABLE a (id bigint);\n");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "revision 20200101_a was edited after Prisma had applied it: its checksum was "
                     "c2de7559380e5ebf65caa7d59e166558e80243cf7e70006cc98d1593d94203c1, it is ");
    site_run(&site, 0, "adopt", "--yes", "--allow-changed");
    site_at(&site, "20200102_b");
}
END_TEST

START_TEST(the_hash_of_a_row_is_that_of_its_file)
{
    write_tool("graphile-migrate");
    sql_exec(site.conn, "UPDATE graphile_migrate.migrations SET hash = 'sha1:0' WHERE filename = '000002.sql'");
    site_run(&site, 65, "adopt", "--yes");
    site_says(
        &site,
        "revision 000002 was edited after graphile-migrate had applied it: its checksum was sha1:0, it is " HASH_B);
}
END_TEST

START_TEST(what_sourcegraph_has_begun_is_refused)
{
    write_tool("sourcegraph");
    sql_exec(site.conn, "UPDATE migration_logs SET success = NULL, finished_at = NULL WHERE version = 1");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "public.migration_logs says that version 1 was begun and not finished by Sourcegraph");
}
END_TEST

/* They are told apart by the name of the directory. */
START_TEST(the_rows_of_other_databases_are_left)
{
    write_tool("sourcegraph");
    sql_exec(site.conn,
             "INSERT INTO migration_logs (migration_logs_schema_version, schema, version, up, started_at, "
             "finished_at, success) VALUES (2, 'codeintel_schema_migrations', 1, true, now(), now(), true)");
    site_run(&site, 0, "adopt", "--yes");
    site_says(&site, "public.migration_logs of Sourcegraph holds 0 applied versions\n");
    site_says(&site, "not taken over: codeintel/1, frontend/1, frontend/2\n");
    site_write(&site, "codeintel/1/up.sql", UP("d"));
    site_write(&site, "codeintel/1/metadata.yaml", "name: d\n");
    site_set(&site, "MIGRATED_MIGRATIONS=%s/codeintel/", folder_path(site.folder));
    site_run(&site, 0, "adopt", "--yes");
    site_printed(&site, "1 taken as applied\n");
    site_says(&site, "not taken over: frontend/1, frontend/2\n");
}
END_TEST

/* As far as both know its path it is the same. */
START_TEST(a_changeset_is_found_by_its_file)
{
    write_tool("liquibase");
    sql_exec(site.conn, "UPDATE databasechangelog SET filename = 'elsewhere/a.sql' WHERE id = '1'");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "public.databasechangelog holds 1 version without a file: elsewhere/a.sql/me/1");
    sql_exec(site.conn, "UPDATE databasechangelog SET filename = 'a.sql', exectype = 'FAILED' WHERE id = '1'");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "says that version a.sql/me/1 was begun and not finished by Liquibase");
}
END_TEST

START_TEST(repeatables_are_left_where_they_are)
{
    write_tool("flyway");
    sql_exec(site.conn, "INSERT INTO flyway_schema_history VALUES (7, NULL, 'views', 'SQL', 'R__views.sql', 7, 'u', "
                        "now(), 1, true)");
    site_run(&site, 3, "adopt");
    site_says(&site, "not taken over: views\n");
}
END_TEST

/* ---- whose table, and where ---- */

START_TEST(the_table_may_be_elsewhere)
{
    write_dbmate();
    sql_exec(site.conn, "CREATE SCHEMA x; ALTER TABLE schema_migrations SET SCHEMA x;"
                        "INSERT INTO x.schema_migrations VALUES ('01')");
    site_run(&site, 64, "adopt");
    site_says(&site, "there is no table public.schema_migrations: dbmate has applied nothing here");
    site_says(&site, "--table SCHEMA.NAME");
    site_run(&site, 64, "adopt", "--table", "x.y.z");
    site_run(&site, 64, "adopt", "--from", "golang-migrate", "--table", "x.schema_migrations");
    site_says(&site, "is not as golang-migrate makes it");
    site_run(&site, 64, "adopt", "--from", "alembic");
    site_run(&site, 0, "adopt", "--yes", "--table", "x.schema_migrations");
    site_at(&site, "01");
}
END_TEST

START_TEST(our_own_layout_has_no_other_table)
{
    site_revision(&site, "a", "none", "SELECT 1;", NULL);
    site_run(&site, 64, "adopt");
    site_says(&site, "the layout native is not one of a tool whose table is read here");
    sql_exec(site.conn, "CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('a')");
    site_run(&site, 0, "adopt", "--from", "dbmate", "--yes");
    site_at(&site, "a");
}
END_TEST

/* Its own version rows are ahead, or say something else. */
START_TEST(what_the_version_table_holds_is_compared)
{
    write_dbmate();
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('01')");
    site_run(&site, 0, "stamp", "02");
    site_run(&site, 0, "adopt", "--yes");
    site_says(
        &site,
        "the version table holds what dbmate does not know of: 02; `migrated stamp` if it was taken back there\n");
    site_says(&site, "nothing to take over\n");
    site_at(&site, "02");
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('02'), ('03')");
    site_run(&site, 0, "adopt", "--yes");
    site_printed(&site, "03 taken as applied\n");
    site_at(&site, "03");
    sql_exec(site.conn, "UPDATE alembic_version SET version_num = 'f00d'");
    site_run(&site, 65, "adopt", "--yes");
    site_says(&site, "f00d");
}
END_TEST

START_TEST(the_table_may_not_move_meanwhile)
{
    write_dbmate();
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('01')");
    site_run(&site, 0, "stamp", "base"); /* the books are there */
    sql_exec(site.conn, "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
                        "INSERT INTO schema_migrations VALUES ('02'); RETURN NULL; END$$;"
                        "CREATE TRIGGER meddle AFTER INSERT ON alembic_version EXECUTE FUNCTION meddle()");
    site_run(&site, 75, "adopt", "--yes");
    site_says(&site, "dbmate wrote to public.schema_migrations meanwhile: nothing was stamped");
    site_at(&site, "");
}
END_TEST

START_TEST(in_json)
{
    write_dbmate();
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('01')");
    site_run(&site, 3, "adopt", "--json");
    site_prints(&site, "\"ok\":false,\"from\":\"dbmate\",\"table\":\"public.schema_migrations\",\"written\":false,"
                       "\"rows_before\":[],\"rows\":[\"01\"],\"taken_as_applied\":[\"01\"],"
                       "\"pending\":[\"02\",\"03\"]");
    site_run(&site, 0, "adopt", "--json", "--yes");
    site_prints(&site, "\"ok\":true");
    site_prints(&site, "\"written\":true");
    site_at(&site, "01");
}
END_TEST

/* ---- mirror ---- */

START_TEST(the_other_table_goes_along)
{
    write_all((size_t)_i);
    run_adopt(_i, 0, "--yes");
    site_set(&site, "MIGRATED_MIRROR=%s", tools[_i].from == NULL ? "yes" : tools[_i].from);
    if (tools[_i].look == NULL) {
        site_run(&site, 78, "upgrade");
        site_says(&site, "can't be mirrored: it is read only");
        return;
    }
    site_run(&site, 0, "upgrade");
    site_holds(&site, tools[_i].look, tools[_i].up);
    run_adopt(_i, 0, "--yes");
    site_says(&site, "nothing to take over\n0 revisions pending\n");
    if (tools[_i].down == NULL)
        return;
    site_run(&site, 0, "downgrade", "-1");
    site_holds(&site, tools[_i].look, tools[_i].down);
}
END_TEST

START_TEST(a_stamp_goes_along)
{
    write_all((size_t)_i);
    run_adopt(_i, 0, "--yes");
    site_set(&site, "MIGRATED_MIRROR=%s", tools[_i].from == NULL ? "yes" : tools[_i].from);
    if (tools[_i].look == NULL) {
        site_run(&site, 78, "stamp", tools[_i].ids[2]);
        return;
    }
    site_run(&site, 0, "stamp", tools[_i].ids[2]);
    run_adopt(_i, 0, "--yes");
    site_says(&site, "nothing to take over\n0 revisions pending\n");
    if (strcmp(tools[_i].layout, "flyway") == 0) { /* a baseline is not taken back */
        site_run(&site, 65, "stamp", "base");
        site_says(&site, "has not applied version 1\n");
        site_run(&site, 0, "stamp", tools[_i].ids[0]);
        return;
    }
    site_run(&site, 0, "stamp", "base");
    run_adopt(_i, 0, "--verbose");
    site_says(&site, "holds 0 applied versions\n");
}
END_TEST

/* Nothing of the revision stays where the row is not as it should be. */
START_TEST(the_other_table_has_moved)
{
    write_dbmate();
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 0, "upgrade", "01");
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('02')");
    site_run(&site, 1, "upgrade");
    site_says(&site,
              "revision 02 can't be mirrored: public.schema_migrations of dbmate has applied already version 02");
    site_says(&site, "next: `migrated adopt`");
    site_at(&site, "01");
    site_holds(&site, "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c')", "a");
    site_run(&site, 0, "adopt", "--yes");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT version FROM schema_migrations ORDER BY 1", "01,02,03");
    sql_exec(site.conn, "DELETE FROM schema_migrations");
    site_run(&site, 1, "downgrade", "-1");
    site_says(&site, "has not applied version 03");
    site_run(&site, 65, "stamp", "02");
    site_says(&site, "this stamp can't be mirrored: public.schema_migrations of dbmate has not applied version 03");
    site_at(&site, "03");
}
END_TEST

START_TEST(a_table_that_is_not_there_is_told_before_anything_runs)
{
    write_dbmate();
    sql_exec(site.conn, "DROP TABLE schema_migrations");
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 1, "upgrade");
    site_says(&site, "revision 01 can't be mirrored: there is no table public.schema_migrations of dbmate");
    sql_exec(site.conn, "CREATE SCHEMA x; CREATE TABLE x.m (version varchar(255) primary key)");
    site_set(&site, "MIGRATED_MIRROR_TABLE=x.m");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT version FROM x.m ORDER BY 1", "01,02,03");
    site_run(&site, 0, "adopt");
    site_run(&site, 64, "upgrade", "--sql");
}
END_TEST

/* One that cannot run in a transaction: with its last row. */
START_TEST(statement_by_statement_too)
{
    write_dbmate();
    site_write(&site, "04_d.sql",
               "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (id);\n"
               "-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i;\n");
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT version FROM schema_migrations ORDER BY 1", "01,02,03,04");
    site_run(&site, 0, "downgrade", "-1");
    site_holds(&site, "SELECT version FROM schema_migrations ORDER BY 1", "01,02,03");
}
END_TEST

START_TEST(what_cannot_be_mirrored_is_told_before_a_statement_runs)
{
    write_dbmate();
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 0, "upgrade");
    site_write(&site, "04_d.sql",
               "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (id);\n"
               "CREATE INDEX CONCURRENTLY j ON a (id);\n-- migrate:down\n");
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES ('04')");
    site_run(&site, 1, "upgrade");
    site_says(&site,
              "revision 04 can't be mirrored: public.schema_migrations of dbmate has applied already version 04");
    site_holds(&site, "SELECT to_regclass('i') IS NULL", "t");
    site_holds(&site, "SELECT count(*) FROM migrated.journal", "0");
    sql_exec(site.conn, "DELETE FROM schema_migrations WHERE version = '04'");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT count(*) FROM schema_migrations WHERE version = '04'", "1");
}
END_TEST

START_TEST(the_mirror_of_another_tool_is_refused_with_the_right_name)
{
    write_dbmate();
    site_set(&site, "MIGRATED_MIRROR=flyway");
    site_run(&site, 78, "upgrade");
    site_says(&site, "its layout dbmate is not that of Flyway");
    site_says(&site, "next: set mirror = yes or mirror = dbmate, whose files these are; or mirror = no");
}
END_TEST

START_TEST(one_row_moves_from_and_to_nothing)
{
    site_write(&site, "1_a.up.sql", UP("a"));
    site_write(&site, "1_a.down.sql", DOWN("a"));
    sql_exec(site.conn,
             "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)");
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 0, "upgrade");
    site_holds(&site, "SELECT version || ' ' || dirty FROM schema_migrations", "1 false");
    site_run(&site, 0, "downgrade", "base");
    site_holds(&site, "SELECT version FROM schema_migrations", "");
    sql_exec(site.conn, "INSERT INTO alembic_version VALUES ('f00d')");
    site_run(&site, 0, "stamp", "base", "--purge");
    sql_exec(site.conn, "INSERT INTO schema_migrations VALUES (1, true)");
    site_run(&site, 1, "upgrade");
    site_says(&site, "holds a version already, before 1");
}
END_TEST

START_TEST(our_own_layout_has_no_mirror)
{
    site_revision(&site, "a", "none", "SELECT 1;", NULL);
    site_set(&site, "MIGRATED_MIRROR=yes");
    site_run(&site, 78, "upgrade");
    site_says(&site, "revision a can't be mirrored: its layout native is not that of a tool with such a table");
    site_set(&site, "MIGRATED_MIRROR=goose");
    site_run(&site, 78, "stamp", "heads");
    site_says(&site, "its layout native is not that of goose");
    site_set(&site, "MIGRATED_MIRROR_TABLE=a.b.c");
    site_run(&site, 78, "stamp", "heads");
    site_says(&site, "which is no table");
}
END_TEST

Suite *adopt_suite(void)
{
    Suite *suite = suite_create("adopt");
    TCase *tests = tcase_create("adopt");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, takes_over, 0, sizeof tools / sizeof *tools);
    tcase_add_loop_test(tests, what_is_applied_already_is_not_run_again, 0, sizeof tools / sizeof *tools);
    tcase_add_test(tests, what_we_have_taken_back_is_ours_to_apply);
    tcase_add_test(tests, an_empty_table_or_that_of_another_is_no_hindrance);
    tcase_add_test(tests, a_hole_is_named_and_refused);
    tcase_add_test(tests, a_version_without_a_file_is_named_and_refused);
    tcase_add_test(tests, what_is_half_done_is_refused);
    tcase_add_test(tests, an_edited_file_is_named_with_both_checksums);
    tcase_add_test(tests, the_hash_of_a_row_is_that_of_its_file);
    tcase_add_test(tests, what_sourcegraph_has_begun_is_refused);
    tcase_add_test(tests, the_rows_of_other_databases_are_left);
    tcase_add_test(tests, a_changeset_is_found_by_its_file);
    tcase_add_test(tests, repeatables_are_left_where_they_are);
    tcase_add_test(tests, the_table_may_be_elsewhere);
    tcase_add_test(tests, our_own_layout_has_no_other_table);
    tcase_add_test(tests, what_the_version_table_holds_is_compared);
    tcase_add_test(tests, the_table_may_not_move_meanwhile);
    tcase_add_test(tests, in_json);
    tcase_add_loop_test(tests, the_other_table_goes_along, 0, sizeof tools / sizeof *tools);
    tcase_add_loop_test(tests, a_stamp_goes_along, 0, sizeof tools / sizeof *tools);
    tcase_add_test(tests, the_other_table_has_moved);
    tcase_add_test(tests, a_table_that_is_not_there_is_told_before_anything_runs);
    tcase_add_test(tests, statement_by_statement_too);
    tcase_add_test(tests, what_cannot_be_mirrored_is_told_before_a_statement_runs);
    tcase_add_test(tests, the_mirror_of_another_tool_is_refused_with_the_right_name);
    tcase_add_test(tests, one_row_moves_from_and_to_nothing);
    tcase_add_test(tests, our_own_layout_has_no_mirror);
    suite_add_tcase(suite, tests);
    return suite;
}
