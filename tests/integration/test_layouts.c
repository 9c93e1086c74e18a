/* Directories in the layouts of other tools: applied, taken back, applied again; edited; refused with their places. */
#include "serving.h"
#include "site.h"

#include <stdlib.h>
#include <string.h>

Suite *layouts_suite(void);

static struct site site;

static void setup(void)
{
    site_open(&site);
}

static void teardown(void)
{
    site_close(&site);
}

/* Of each layout three revisions in a row, tables a, b and c, the last two with a way back; told by hand what they are. */
static const struct {
    const char *name;
    bool forced;             /* its names do not tell it from another */
    const char *files[9][2]; /* name, text */
    const char *ids[3];
    const char *edited, *edited_text; /* a file of the second one, with a comment more */
    const char *faulty, *faulty_text; /* a fourth revision; its second line is refused at column 8 */
    const char *fault;
    const char *beside, *beside_text; /* what else the fourth one needs */
} layouts[] = {
    {.name = "golang-migrate",
     .files = {{"8_a.up.sql", "CREATE TABLE a (id int);\n"},
               {"009_b.up.sql", "CREATE TABLE b (id int);\n"},
               {"9_other.down.sql", "DROP TABLE b;\n"},
               {"10_c.up.sql", "CREATE TABLE c (id int);\n"},
               {"10_c.down.sql", "DROP TABLE c;\n"},
               {"README.md", "it's no migration\n"}},
     .ids = {"8", "9", "10"},
     .edited = "009_b.up.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "11_d.up.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "11_d.up.sql:2:8: error: revision 11 failed in statement 2"},
    {.name = "sqlx",
     .forced = true,
     .files = {{"8_a.sql", "CREATE TABLE a (id int);\n"},
               {"009_b.up.sql", "-- no-transaction\nCREATE TABLE b (id int);\n"},
               {"9_b.down.sql", "DROP TABLE b;\n"},
               {"10_c.up.sql", "CREATE TABLE c (id int);\n"},
               {"10_c.down.sql", "DROP TABLE c;\n"},
               {"README.md", "it's no migration\n"}},
     .ids = {"8", "9", "10"},
     .edited = "009_b.up.sql",
     .edited_text = "-- no-transaction\n-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "11_d.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "11_d.sql:2:8: error: revision 11 failed in statement 2"},
    {.name = "dbmate",
     .files = {{"20200101_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n"},
               {"20200102_b.sql", "\n-- migrate:up\nCREATE TABLE b (id int);\n-- migrate:down\nDROP TABLE b;\n"},
               {"20200103_c.sql", "-- migrate:up transaction:false\nCREATE TABLE c (id int);\n"
                                  "-- migrate:down transaction:false\nDROP TABLE c;\n"},
               {"README.md", "it's no migration\n"}},
     .ids = {"20200101", "20200102", "20200103"},
     .edited = "20200102_b.sql",
     .edited_text = "-- migrate:up\n-- edited\nCREATE TABLE b (id int);\n-- migrate:down\nDROP TABLE b;\n",
     .faulty = "20200104_d.sql",
     .faulty_text = "-- migrate:up\nSELECT nothing FROM a;\n-- migrate:down\n",
     .fault = "20200104_d.sql:2:8: error: revision 20200104 failed in statement 1"},
    {.name = "goose",
     .files = {{"00001_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n"},
               {"2_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE b (id int);\n"
                           "-- +goose Down\nDROP TABLE b;\n"},
               {"10_c.sql", "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE c (id int);\n"
                            "-- +goose StatementEnd\n-- +goose Down\nDROP TABLE c;\n"},
               {"helpers.go", "package migrations\n"}},
     .ids = {"1", "2", "10"},
     .edited = "2_b.sql",
     .edited_text = "-- +goose Up\n-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "11_d.sql",
     .faulty_text = "-- +goose Up\nSELECT nothing FROM a;\n",
     .fault = "11_d.sql:2:8: error: revision 11 failed in statement 1"},
    {.name = "diesel",
     .files = {{"20170308000000_a/up.sql", "CREATE TABLE a (id int);\n"},
               {"2017-09-23-000000_b/up.sql", "CREATE TABLE b (id int);\n"},
               {"2017-09-23-000000_b/down.sql", "DROP TABLE b;\n"},
               {"20180101000000_c/up.sql", "CREATE TABLE c (id int);\n"},
               {"20180101000000_c/down.sql", "DROP TABLE c;\n"},
               {"20180101000000_c/metadata.toml", "run_in_transaction = false\n"},
               {"README.md", "it's no migration\n"}},
     .ids = {"20170308000000", "20170923000000", "20180101000000"},
     .edited = "2017-09-23-000000_b/up.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "20190101000000_d/up.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "20190101000000_d/up.sql:2:8: error: revision 20190101000000 failed in statement 2"},
    {.name = "flyway",
     .files = {{"V1__a.sql", "CREATE TABLE a (id int);\n"},
               {"more/V1_9__b.sql", "CREATE TABLE b (id int);\n"},
               {"U1.9__b.sql", "DROP TABLE b;\n"},
               {"V1_10__c.sql", "CREATE TABLE c (id int);\n"},
               {"V1_10__c.sql.conf", "executeInTransaction=false\n"},
               {"U1_10__c.sql", "DROP TABLE c;\n"}},
     .ids = {"1", "1.9", "1.10"},
     .edited = "more/V1_9__b.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "V2__d.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "V2__d.sql:2:8: error: revision 2 failed in statement 2"},
    {.name = "sourcegraph",
     .files = {{"1000000001_a/up.sql", "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"},
               {"1000000001_a/metadata.yaml", "name: a\n"},
               {"999/up.sql", "CREATE TABLE b (id int);\n"},
               {"999/down.sql", "DROP TABLE b;\n"},
               {"999/metadata.yaml", "name: b\nparents: [1000000001]\n"},
               {"1000000003/up.sql", "CREATE TABLE c (id int);\n"},
               {"1000000003/down.sql", "DROP TABLE c;\n"},
               {"1000000003/metadata.yaml", "name: c\nparents: [1000000001, 999]\n"}},
     .ids = {"1000000001", "999", "1000000003"},
     .edited = "999/up.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "4/up.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "4/up.sql:2:8: error: revision 4 failed in statement 2",
     .beside = "4/metadata.yaml",
     .beside_text = "name: d\nparents: [1000000003]\n"},
    {.name = "pop",
     .files = {{"20_a.up.sql", "CREATE TABLE a (id int);\n"},
               {"8_b.up.sql", "SELECT AUTO_INCREMENT;\n"},
               {"8_b.pg.up.sql", "CREATE TABLE b (id int);\n"},
               {"8_b.down.sql", "DROP TABLE b;\n"},
               {"8_b.mysql.down.sql", "SELECT AUTO_INCREMENT;\n"},
               {"9_c.autocommit.up.sql", "CREATE TABLE c (id int);\n"},
               {"9_c.postgres.autocommit.down.sql", "DROP TABLE c;\n"}},
     .ids = {"20", "8", "9"},
     .edited = "8_b.pg.up.sql",
     .edited_text = "-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "91_d.up.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "91_d.up.sql:2:8: error: revision 91 failed in statement 2"},
    {.name = "node-pg-migrate",
     .files = {{"8_a.sql", "-- Up Migration\nCREATE TABLE a (id int);\n"},
               {"09_b.sql", "-- Down Migration\nDROP TABLE b;\n-- Up Migration\nCREATE TABLE b (id int);\n"},
               {"10_c.up.sql", "CREATE TABLE c (id int);\n"},
               {"10_c.down.sql", "-- Up Migration\nDROP TABLE c;\n"},
               {"README.md", "it's no migration\n"}},
     .forced = true,
     .ids = {"8_a", "09_b", "10_c"},
     .edited = "09_b.sql",
     .edited_text = "-- Up Migration\n-- edited\nCREATE TABLE b (id int);\n",
     .faulty = "11_d.sql",
     .faulty_text = "-- Up Migration\nSELECT nothing FROM a;\n",
     .fault = "11_d.sql:2:8: error: revision 11_d failed in statement 1"},
    {.name = "sqitch",
     .files = {{"sqitch.plan", "%project=p\n\na 2026-01-06T12:00:00Z Ann <a@b>\n"
                               "schemas/b [a] 2026-01-06T12:00:00Z Ann <a@b>\n@v 2026-01-06T12:00:00Z Ann <a@b>\n"
                               "a 2026-01-06T12:00:00Z Ann <a@b>\n"},
               {"deploy/a@v.sql", "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"},
               {"deploy/schemas/b.sql", "BEGIN;\nCREATE TABLE :table (id int);\nCOMMIT;\n"},
               {"revert/schemas/b.sql", "BEGIN;\nDROP TABLE :table;\nCOMMIT;\n"},
               {"verify/schemas/b.sql", "BEGIN;\nSELECT id FROM :table WHERE FALSE;\nDROP TABLE b;\nROLLBACK;\n"},
               {"deploy/a.sql", "CREATE TABLE c (id int);\n"},
               {"revert/a.sql", "DROP TABLE c;\n"},
               {"sqitch.conf", "[core]\n\tengine = pg\n[core \"variables\"]\n\ttable = b\n"}},
     .ids = {"a", "schemas/b", "a/2"},
     .edited = "deploy/schemas/b.sql",
     .edited_text = "-- edited\nCREATE TABLE :table (id int);\n",
     .faulty = "deploy/d.sql",
     .faulty_text = "SELECT 1;\nSELECT nothing FROM a;\n",
     .fault = "deploy/d.sql:2:8: error: revision d failed in statement 2",
     .beside = "sqitch.plan",
     .beside_text = "%project=p\n\na 2026-01-06T12:00:00Z Ann <a@b>\n"
                    "schemas/b [a] 2026-01-06T12:00:00Z Ann <a@b>\n@v 2026-01-06T12:00:00Z Ann <a@b>\n"
                    "a 2026-01-06T12:00:00Z Ann <a@b>\nd 2026-01-06T12:00:00Z Ann <a@b>\n"},
};

static void write_all(size_t row)
{
    if (layouts[row].forced)
        site_set(&site, "MIGRATED_LAYOUT=%s", layouts[row].name);
    for (size_t i = 0; layouts[row].files[i][0] != NULL; i++)
        site_write(&site, layouts[row].files[i][0], layouts[row].files[i][1]);
}

#define TABLES "SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c') ORDER BY 1"

START_TEST(up_and_down_and_up_again)
{
    const char *const *ids = layouts[_i].ids;
    char range[64], history[256];
    write_all((size_t)_i);
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "3 revisions, no faults\n");
    site_run(&site, 0, "upgrade");
    site_at(&site, ids[2]);
    site_holds(&site, TABLES, "a,b,c");
    site_run(&site, 0, "check");

    site_run(&site, 0, "downgrade", ids[0]);
    site_at(&site, ids[0]);
    site_holds(&site, TABLES, "a");
    site_run(&site, 64, "downgrade", "base"); /* the first has no way back */
    site_says(&site, "there is no way back over it");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b,c");
    snprintf(history, sizeof history,
             "%s upgrade applied,%s upgrade applied,%s upgrade applied,%s downgrade applied,%s downgrade applied,"
             "%s upgrade applied,%s upgrade applied",
             ids[0], ids[1], ids[2], ids[2], ids[1], ids[1], ids[2]);
    site_history(&site, history);

    snprintf(range, sizeof range, "%s:%s", ids[2], ids[0]);
    site_run(&site, 0, "downgrade", "--sql", range);
    site_prints(&site, "DROP TABLE c");
    site_prints(&site, "DROP TABLE b");
}
END_TEST

START_TEST(an_edited_file_is_seen)
{
    write_all((size_t)_i);
    site_run(&site, 0, "upgrade");
    site_write(&site, layouts[_i].edited, layouts[_i].edited_text);
    site_run(&site, 0, "check");
    site_prints(&site, layouts[_i].ids[1]);
    site_prints(&site, layouts[_i].edited);
}
END_TEST

START_TEST(a_fault_has_its_place)
{
    write_all((size_t)_i);
    site_write(&site, layouts[_i].faulty, layouts[_i].faulty_text);
    if (layouts[_i].beside != NULL)
        site_write(&site, layouts[_i].beside, layouts[_i].beside_text);
    site_run(&site, 1, "upgrade");
    site_says(&site, layouts[_i].fault);
    site_says(&site, "\n     2 | SELECT nothing FROM a;");
    site_at(&site, layouts[_i].ids[2]);
}
END_TEST

START_TEST(new_and_merge_are_refused)
{
    write_all((size_t)_i);
    site_run(&site, 64, "new", "-m", "more");
    site_says(&site, "the revision files are in the layout of");
}
END_TEST

START_TEST(a_faulty_way_back_is_named)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "1_a.down.sql", "\nDROP TABLE nothing;\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 1, "downgrade", "base");
    site_says(&site, "1_a.down.sql:2:");
    site_at(&site, "1");
}
END_TEST

/* As its own tool: nothing happens, and the row goes. */
static const char *const nothing[] = {"", "-- later\n"};

START_TEST(an_empty_way_back_does_nothing)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "1_a.down.sql", nothing[_i]);
    site_run(&site, 0, "upgrade");
    site_run(&site, 0, "downgrade", "--sql", "1:base");
    site_run(&site, 0, "downgrade", "base");
    site_at(&site, "");
    site_holds(&site, "SELECT count(*) FROM a", "0");
}
END_TEST

START_TEST(a_missing_way_back_is_none)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_run(&site, 0, "upgrade");
    site_run(&site, 64, "downgrade", "base");
    site_says(&site, "revision 1 has no down section: there is no way back over it");
    site_says(&site, "into its .down.sql file");
    site_run(&site, 64, "downgrade", "--sql", "1:base");
    site_says(&site, "error: revision 1 has no way back");
}
END_TEST

START_TEST(a_missing_way_up_is_named_unless_it_is_meant)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "2_b.down.sql", "DROP TABLE b;\n");
    site_run(&site, 65, "upgrade");
    site_says(&site,
              "2_b.down.sql:1:1: there is no way up of version 2, and golang-migrate would count it as applied");
    site_run(&site, 0, "upgrade", "--layout", "golang-migrate");
    site_at(&site, "2");
}
END_TEST

/* Nobody shall believe that it is run: a letter is wrong in its name, or it is a seed. */
START_TEST(what_a_tool_ignores_is_told)
{
    site_write(&site, "1_a.up.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "v2_b.up.sql", "CREATE TABLE b (id int);\n");
    site_write(&site, "seed.SQL", "INSERT INTO a VALUES (1);\n");
    site_write(&site, "README.md", "read me");
    site_run(&site, 0, "check", "--files");
    site_printed(&site, "1 revision, no faults\n");
    site_says(&site, "/seed.SQL: note: not read: to golang-migrate its name makes no revision");
    site_says(&site, "/v2_b.up.sql: note: not read: to golang-migrate its name makes no revision");
    ck_assert_ptr_null(strstr(site.result.err, "README"));
    site_run(&site, 0, "check", "--files", "--json");
    site_prints(&site, "/v2_b.up.sql\"],\"folders_not_read\"");
}
END_TEST

START_TEST(prisma_has_no_way_back)
{
    site_write(&site, "migration_lock.toml", "provider = \"postgresql\"\n");
    site_write(&site, "20200101000000_a/migration.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "20200102000000_b/migration.sql", "CREATE TABLE b (id int);\n");
    site_run(&site, 0, "upgrade");
    site_at(&site, "20200102000000_b");
    site_holds(&site, TABLES, "a,b");
    site_run(&site, 64, "downgrade", "-1");
    site_says(&site, "20200102000000_b/migration.sql: error: revision 20200102000000_b has no down section");
    site_says(&site, "next: write a new revision that moves forward\n");
    site_write(&site, "20200103000000_c/migration.sql", "SELECT nothing;\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "20200103000000_c/migration.sql:1:8: error:");
}
END_TEST

static void write_plan(const char *lines)
{
    char text[512];
    snprintf(text, sizeof text, "%%project=p\n\n%s", lines);
    site_write(&site, "sqitch.plan", text);
}

/* Nothing of a revision is kept that its verify script does not find right, and nothing of what that script does. */
START_TEST(sqitch_verifies)
{
    write_plan("a 2026-01-06T12:00:00Z Ann <a@b>\nb [a] 2026-01-06T12:00:00Z Ann <a@b>\n");
    site_write(&site, "deploy/a.sql", "CREATE TABLE a (id int)");
    site_write(&site, "verify/a.sql", "BEGIN;\nINSERT INTO a VALUES (1);\nSELECT 1 / count(*) FROM a;\nROLLBACK;\n");
    site_write(&site, "deploy/b.sql", "BEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\n");
    site_write(&site, "verify/b.sql", "BEGIN;\nSELECT id,\n  nothing FROM b WHERE FALSE;\nROLLBACK;\n");
    site_run(&site, 0, "show", "b");
    site_prints(&site, "verify/b.sql\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "verify/b.sql:3:3: error: revision b failed in");
    site_says(&site, "(SQLSTATE 42703)\n     3 |   nothing FROM b WHERE FALSE;");
    site_at(&site, "a");
    site_holds(&site, TABLES, "a");
    site_holds(&site, "SELECT count(*) FROM a", "0");
    site_write(&site, "sqitch.conf", "[deploy]\n\tverify = false\n");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b");
}
END_TEST

/* It tells nothing of what is in the database. */
START_TEST(a_verify_script_may_be_edited)
{
    write_plan("a 2026-01-06T12:00:00Z Ann <a@b>\n");
    site_write(&site, "deploy/a.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "verify/a.sql", "SELECT id FROM a WHERE FALSE;\n");
    site_run(&site, 0, "upgrade");
    site_write(&site, "verify/a.sql", "SELECT nothing;\n");
    site_run(&site, 0, "check");
    site_printed(&site, "migrations in sync\n");
}
END_TEST

/* The first of a name keeps its id when it is reworked: else the second would count as applied. */
START_TEST(sqitch_reworks)
{
    write_plan("a 2026-01-06T12:00:00Z Ann <a@b>\n@v 2026-01-06T12:00:00Z Ann <a@b>\n");
    site_write(&site, "deploy/a.sql", "CREATE TABLE a (id int);\n");
    site_run(&site, 0, "upgrade");
    write_plan("a 2026-01-06T12:00:00Z Ann <a@b>\n@v 2026-01-06T12:00:00Z Ann <a@b>\n"
               "a [a@v] 2026-01-06T12:00:00Z Ann <a@b>\n");
    site_run(&site, 65, "check", "--files");
    site_says(&site, "/sqitch.plan:3:1: change a has no deploy/a@v.sql");
    site_write(&site, "deploy/a@v.sql", "CREATE TABLE a (id int);\n");
    site_write(&site, "deploy/a.sql", "\\i shared/b.sql\n"); /* seen from where sqitch runs psql */
    site_write(&site, "shared/b.sql", "CREATE TABLE b (id int);\n");
    site_run(&site, 3, "check");
    site_printed(&site, "1 revision pending: a/2\n");
    site_run(&site, 0, "upgrade");
    site_holds(&site, TABLES, "a,b");
}
END_TEST

static void write_node(const char *version, const char *parents)
{
    char name[64], text[128];
    snprintf(name, sizeof name, "%s/metadata.yaml", version);
    snprintf(text, sizeof text, "name: node %s\nparents: [%s]\n", version, parents);
    site_write(&site, name, text);
    snprintf(name, sizeof name, "%s/up.sql", version);
    snprintf(text, sizeof text, "CREATE TABLE t%s (id int);\n", version);
    site_write(&site, name, text);
    snprintf(name, sizeof name, "%s/down.sql", version);
    snprintf(text, sizeof text, "DROP TABLE t%s;\n", version);
    site_write(&site, name, text);
}

START_TEST(sourcegraph_has_a_graph)
{
    write_node("1", "");
    write_node("3", "1");
    write_node("2", "1");
    write_node("4", "3, 2");
    write_node("5", "1");
    site_run(&site, 0, "heads");
    site_printed(&site, "4 (head) (mergepoint)\n5 (head)\n");
    site_run(&site, 0, "upgrade", "4");
    site_at(&site, "4");
    site_run(&site, 0, "upgrade");
    site_at(&site, "4,5");
    site_run(&site, 0, "downgrade", "base");
    site_holds(&site, "SELECT count(*) FROM pg_class WHERE relname ~ '^t[1-5]$'", "0");
    write_node("6", "5, 44");
    site_run(&site, 65, "upgrade");
    site_says(&site, "6/metadata.yaml:2:1: down_revision '44' of revision 6 is not present");
    write_node("6", "");
    site_run(&site, 65, "upgrade");
    site_says(&site, "6/metadata.yaml:2:1: revision 6 names no parents, nor does 1: Sourcegraph has one base only");
}
END_TEST

/* A branch stays together. */
START_TEST(sourcegraph_has_an_order)
{
    write_node("1", "");
    write_node("2", "1");
    write_node("3", "1");
    write_node("4", "2");
    write_node("10", "3, 4");
    write_node("5", "3");
    write_node("9", "10");
    site_run(&site, 0, "upgrade");
    site_history(&site, "1 upgrade applied,2 upgrade applied,4 upgrade applied,3 upgrade applied,5 upgrade applied,"
                        "10 upgrade applied,9 upgrade applied");
}
END_TEST

#define COMMITTED_A "sha1:4f45642ec931df92e13364b7a3d95eb876d756b7"
#define COMMITTED_B "sha1:02f2af632917dd9ab6ba273a75df08457e8e4361"

START_TEST(graphile_migrate_keeps_a_chain)
{
    site_write(&site, "current.sql", "SELECT nothing;\n");
    site_write(&site, "committed/000001-first.sql",
               "--! Previous: -\n--! Hash: " COMMITTED_A "\n--! Message: the first\n\nCREATE TABLE a (id int);\n");
    site_write(&site, "committed/000002.sql",
               "--! Previous: " COMMITTED_A "\n--! Hash: " COMMITTED_B "\n\nCREATE TABLE b (id int);\n");
    site_run(&site, 0, "show", "000001");
    site_prints(&site, "the first");
    site_run(&site, 0, "upgrade");
    site_at(&site, "000002");
    site_holds(&site, TABLES, "a,b");
    site_run(&site, 64, "downgrade", "-1");
    site_says(&site, "committed/000002.sql: error: revision 000002 has no down section");

    site_write(&site, "committed/000003.sql",
               "--! Previous: " COMMITTED_A "\n--! Hash: " COMMITTED_B
               "\n--! Message: twice\n\nCREATE TABLE b (id int);\n");
    site_run(&site, 65, "check", "--files");
    site_says(&site, "committed/000003.sql:1:1: it was committed behind " COMMITTED_A ", but before it comes ");
    site_says(&site, "committed/000002.sql (" COMMITTED_B ")");
    site_write(&site, "committed/000003.sql",
               "--! Previous: " COMMITTED_B "\n--! Hash: 0\n--! AllowInvalidHash\n\nSELECT nothing;\n");
    site_run(&site, 1, "upgrade");
    site_says(&site, "committed/000003.sql:5:8: error: revision 000003 failed in statement 1");
}
END_TEST

START_TEST(a_step_that_is_no_sql_is_named)
{
    site_write(&site, "1_a.sql", "-- +goose Up\nSELECT 1;\n");
    site_write(&site, "2_b.go", "package migrations\n");
    site_run(&site, 65, "upgrade");
    site_says(&site, "2_b.go:1:1: a step in Go can't be run here");
    site_holds(&site, "SELECT to_regclass('alembic_version') IS NULL", "t");
}
END_TEST

/* The folder came after the start, and what is in it changes later still. */
START_TEST(serve_sees_what_changes_in_folders)
{
    struct serving server;
    serving_create(&server);
    folder_write(server.files, "1_a/up.sql", "CREATE TABLE a (id int);\n");
    serving_start(&server, "MIGRATED_APPLY=watch", "MIGRATED_CACHE_TTL=10min", NULL); /* nothing is looked over */
    serving_wait_state(&server, "ready", SERVING_MS);
    folder_write(server.files, "2_b/up.sql", "ALTER TABLE nothing ADD x int;\n");
    serving_wait_state(&server, "failed", SERVING_MS);
    folder_write(server.files, "2_b/up.sql", "CREATE TABLE b (id int);\n");
    serving_wait_state(&server, "ready", SERVING_MS);
    serving_check_value(&server, "/readyz", "checks.1.detail.current_version", "2");
    serving_stop(&server);
    serving_destroy(&server);
    folder_destroy(server.files);
}
END_TEST

START_TEST(two_layouts_are_not_guessed_between)
{
    site_write(&site, "1_a.up.sql", "-- migrated:up\nCREATE TABLE a ();\n");
    site_run(&site, 78, "check", "--files");
    site_says(&site, "look like migrated's and like golang-migrate's");
    site_says(&site, "layout = native or layout = golang-migrate");
    site_set(&site, "MIGRATED_LAYOUT=golang-migrate");
    site_run(&site, 0, "heads");
    site_printed(&site, "1 (head)\n");
    site_run(&site, 0, "heads", "--layout", "native");
    site_printed(&site, "1_a.up (head)\n");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *layouts_suite(void)
{
    Suite *suite = suite_create("layouts");
    TCase *tcase = tcase_create("layouts");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, up_and_down_and_up_again, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, an_edited_file_is_seen, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, a_fault_has_its_place, 0, ROWS(layouts));
    tcase_add_loop_test(tcase, new_and_merge_are_refused, 0, ROWS(layouts));
    tcase_add_test(tcase, a_faulty_way_back_is_named);
    tcase_add_loop_test(tcase, an_empty_way_back_does_nothing, 0, sizeof nothing / sizeof *nothing);
    tcase_add_test(tcase, a_missing_way_back_is_none);
    tcase_add_test(tcase, a_missing_way_up_is_named_unless_it_is_meant);
    tcase_add_test(tcase, what_a_tool_ignores_is_told);
    tcase_add_test(tcase, prisma_has_no_way_back);
    tcase_add_test(tcase, graphile_migrate_keeps_a_chain);
    tcase_add_test(tcase, sqitch_verifies);
    tcase_add_test(tcase, a_verify_script_may_be_edited);
    tcase_add_test(tcase, sqitch_reworks);
    tcase_add_test(tcase, sourcegraph_has_a_graph);
    tcase_add_test(tcase, sourcegraph_has_an_order);
    tcase_add_test(tcase, a_step_that_is_no_sql_is_named);
    tcase_add_test(tcase, serve_sees_what_changes_in_folders);
    tcase_add_test(tcase, two_layouts_are_not_guessed_between);
    suite_add_tcase(suite, tcase);
    return suite;
}
