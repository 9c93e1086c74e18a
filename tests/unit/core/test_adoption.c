/* Taking over from another tool: its checksums, its tables' names, and what its rows mean for the graph. */
#include "core/adoption.h"

#include "graph_text.h"

Suite *adoption_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* ---- checksums ---- */

/* As other programs make them: sha256sum, sha384sum, java.util.zip.CRC32. */
static const struct {
    const char *tool, *text, *recorded;
    bool same;
} checksums[] = {
    {"prisma", "SELECT 1;\n", "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd", true},
    {"prisma", "SELECT 1;\r\n", "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd",
     true}, /* ended as on Windows */
    {"prisma", "SELECT 1;\n", "d3cd5042f97738960d802ad6b3a548dfa18152215118ba18f04493bc6944b0e4",
     true}, /* written with CRLF */
    {"prisma", "SELECT 1;\n", "b4e049784e46eabb8c31975b62152d551bac49c3c2e80932567b485dcd",
     true}, /* without leading zeros */
    {"prisma", "SELECT 1;", "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd", false},
    {"sqlx", "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", true},
    {"sqlx", "abc\n",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", false},
    {"flyway", "SELECT 1;\nSELECT 2;\n", "-1665099012", true},
    {"flyway", "\xEF\xBB\xBFSELECT 1;\r\nSELECT 2;", "-1665099012", true},
    {"flyway", "SELECT 1;\nSELECT 3;\n", "-1665099012", false},
    {"flyway", "", "0", true},
    {"graphile-migrate", "--! Previous: -\n--! Hash: sha1:ab\n\nSELECT 1;\n", "sha1:ab", true},
    {"graphile-migrate", "--! Previous: -\n--! Hash: sha1:ab\n\nSELECT 1;\n", "sha1:cd", false},
    {"graphile-migrate", "SELECT 1;\n", "sha1:ab", false},
};

START_TEST(checksums_are_those_of_the_tools)
{
    struct adopted_row row = {.version = "v", .checksum = checksums[_i].recorded};
    adopted_row_compare(arena, adopted_tool_find(checksums[_i].tool), &row, checksums[_i].text,
                        strlen(checksums[_i].text));
    ck_assert_int_eq(row.file_checksum == NULL, checksums[_i].same);
}
END_TEST

/* ---- names ---- */

START_TEST(tools_are_found)
{
    ck_assert_str_eq(adopted_tool_of_layout("golang-migrate")->name, "golang-migrate");
    ck_assert_str_eq(adopted_tool_find("morph")->layout, "golang-migrate");
    ck_assert_ptr_null(adopted_tool_of_layout("native"));
    ck_assert_ptr_null(adopted_tool_find("alembic"));
    ck_assert_str_eq(adopted_tool_names(arena), "dbmate, diesel, flyway, golang-migrate, goose, graphile-migrate, "
                                                "liquibase, morph, node-pg-migrate, pop, prisma, "
                                                "sourcegraph, sqlx");
}
END_TEST

START_TEST(tables_have_one_schema_or_none)
{
    const char *schema, *name;
    ck_assert(adopted_table_split(arena, "a.b", &schema, &name));
    ck_assert_str_eq(schema, "a");
    ck_assert_str_eq(name, "b");
    ck_assert(adopted_table_split(arena, "b", &schema, &name));
    ck_assert_ptr_null(schema);
    ck_assert_str_eq(name, "b");
    ck_assert(!adopted_table_split(arena, "a.b.c", &schema, &name));
    ck_assert(!adopted_table_split(arena, ".b", &schema, &name));
    ck_assert(!adopted_table_split(arena, "a.", &schema, &name));
    ck_assert(!adopted_table_split(arena, "", &schema, &name));
}
END_TEST

/* ---- what rows mean ---- */

#define LINE "1; 2 1; 3 2; 10 3"

/* Rows are "VERSION:STATE"; lists separated by blanks. */
static const struct {
    const char *what, *graph, *own, *rows;
    const char *taken, *gaps, *missing, *ahead, *heads, *pending;
} cases[] = {
    {"nothing", LINE, "-", "-", "", "", "", "", "", "1 2 3 10"},
    {"in a row", LINE, "-", "1:applied 2:applied", "1 2", "", "", "", "2", "3 10"},
    {"the newest stands for all", LINE, "-", "3:through", "1 2 3", "", "", "", "3", "10"},
    {"a baseline is compared by numbers", LINE, "-", "9:baseline", "1 2 3", "", "", "", "3", "10"},
    {"a hole", LINE, "-", "1:applied 3:applied", "1 2 3", "2", "", "", "3", "10"},
    {"a hole that the own rows fill", LINE, "2", "1:applied 3:applied", "3", "", "", "2", "3", "10"},
    {"without a file", LINE, "-", "1:applied 7:applied", "1", "", "7", "", "1", "2 3 10"},
    {"the newest has no file", LINE, "-", "7:through", "", "", "7", "", "", "1 2 3 10"},
    {"the same", LINE, "2", "1:applied 2:applied", "", "", "", "", "2", "3 10"},
    {"the own rows are ahead", LINE, "3", "1:applied", "", "", "", "2 3", "3", "10"},
    {"two branches", "a; b a; c a; d b", "c", "a:applied b:applied", "b", "", "", "c", "b c", "d"},
    {"a dependency counts as beneath", "a; b; c a b", "-", "c:applied", "a b c", "a b", "", "", "c", ""},
};

static struct adopted_rows rows_of(const char *text)
{
    struct names fields = words(arena, text, " ");
    struct adopted_rows rows = {arena_array(arena, fields.count, sizeof *rows.items), fields.count};
    for (size_t i = 0; i < fields.count; i++) {
        struct names parts = words(arena, fields.items[i], ":");
        rows.items[i] = (struct adopted_row){.version = parts.items[0], .state = adopted_state_find(parts.items[1])};
    }
    return rows;
}

static void list_is(struct names found, const char *expected, const char *what)
{
    const char *text = joined(arena, found);
    ck_assert_msg(strcmp(text, expected) == 0, "%s: {%s}, not {%s}", what, text, expected);
}

START_TEST(rows_mean)
{
    struct names own = words(arena, cases[_i].own, " ");
    struct adopted_rows rows = rows_of(cases[_i].rows);
    struct adoption found = {.tool = adopted_tool_find("prisma")};
    struct error error;
    ck_assert(adoption_judge(arena, text_graph(arena, cases[_i].graph), &own, &rows, &found, &error));
    list_is(found.taken, cases[_i].taken, cases[_i].what);
    list_is(found.gaps, cases[_i].gaps, cases[_i].what);
    list_is(found.missing, cases[_i].missing, cases[_i].what);
    list_is(found.ahead, cases[_i].ahead, cases[_i].what);
    list_is(found.heads, cases[_i].heads, cases[_i].what);
    list_is(found.pending, cases[_i].pending, cases[_i].what);
}
END_TEST

/* Liquibase's rows: "FILE/AUTHOR/ID", the file as it is seen from elsewhere. */
static const struct {
    const char *version, *id;
} found_behind[] = {
    {"a.sql/me/1", "a/me/1"},
    {"db/a.sql/me/1", "a/me/1"},
    {"srv/db/a.sql/me/1", "a/me/1"},
    {"b/a.sql/me/1", NULL},
    {"other/a.sql/me/1", NULL},
    {"db/a.sql/me/9", NULL},
    {"more/a.sql/me/1", "more/a/me/1"},
    {"db/more/a.sql/me/1", "more/a/me/1"},
    {"x.sql/me/2", "x.sql/me/2"},
    {"db/x.sql/me/2", NULL},
    {"app/db/e_f.sql/me/1", "e_f/me/1"},
    {"app/d/e_f.sql/me/1", NULL},
    {"a/me/1", "a/me/1"},
    {"a.sql", NULL},
};

START_TEST(changesets_are_found_behind_folders)
{
    static const char *const paths[] = {"/srv/db/a.sql", "/srv/db/more/a.sql", "/srv/db/other.sql", "../db/e f.sql"};
    static const char *const names[] = {"a/me/1", "more/a/me/1", "x.sql/me/2", "e_f/me/1"};
    struct revision revisions[4];
    struct faults faults = {.arena = arena};
    for (size_t i = 0; i < 4; i++) {
        revisions[i] = text_revision(arena, names[i]);
        revisions[i].path = paths[i];
    }
    const struct graph *graph = graph_build(arena, revisions, 4, &faults);
    struct adopted_row row = {.version = found_behind[_i].version};
    uint32_t node = adopted_row_find(arena, adopted_tool_find("liquibase"), graph, &row);
    const char *id = node == GRAPH_NONE ? "nothing" : graph_revision(graph, node)->id;
    ck_assert_str_eq(id, found_behind[_i].id == NULL ? "nothing" : found_behind[_i].id);
}
END_TEST

/* What was not accepted is refused, and all of it is told. */
START_TEST(reasons_are_told_together)
{
    struct names own = {0};
    struct adopted_rows rows = rows_of("1:applied 3:applied 7:applied");
    struct adoption found = {.tool = adopted_tool_find("prisma"), .table = "s.t"};
    struct adoption_accepted nothing = {0}, all = {true, true, true};
    struct error error;
    rows.items[0].checksum = "ab";
    rows.items[0].file_checksum = "cd";
    ck_assert(adoption_judge(arena, text_graph(arena, LINE), &own, &rows, &found, &error));
    ck_assert(!adoption_allows(arena, &found, &nothing, &error));
    ck_assert_int_eq(error.code, ERROR_FILES);
    ck_assert_str_eq(error.message, "s.t holds 1 version without a file: 7");
    ck_assert_str_eq(error.detail,
                     "revision 1 was edited after Prisma had applied it: its checksum was ab, it is cd\n"
                     "1 revision beneath what Prisma has applied is not recorded as applied: 2");
    ck_assert(adoption_allows(arena, &found, &all, &error));
    rows.items[2].state = ADOPTED_FAILED;
    found = (struct adoption){.tool = found.tool, .table = found.table};
    ck_assert(adoption_judge(arena, text_graph(arena, LINE), &own, &rows, &found, &error));
    ck_assert(!adoption_allows(arena, &found, &all, &error));
    ck_assert_str_eq(error.message, "s.t says that version 7 was begun and not finished by Prisma");
}
END_TEST

Suite *adoption_suite(void)
{
    Suite *suite = suite_create("adoption");
    TCase *tests = tcase_create("adoption");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, checksums_are_those_of_the_tools, 0, sizeof checksums / sizeof *checksums);
    tcase_add_test(tests, tools_are_found);
    tcase_add_test(tests, tables_have_one_schema_or_none);
    tcase_add_loop_test(tests, rows_mean, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, changesets_are_found_behind_folders, 0, sizeof found_behind / sizeof *found_behind);
    tcase_add_test(tests, reasons_are_told_together);
    suite_add_tcase(suite, tests);
    return suite;
}
