#include "diagnosis_case.h"
#include "graph_text.h"

Suite *diagnosis_suite(void);

static const struct diagnosis_facts to_apply = {.display = "db:5432/app as app", .role = "app"};

#define INDEXES     "index name table is_partitioned is_remains maker"
#define CONSTRAINTS "table constraint remedy"

static const struct diagnosis_case cases[] = {
    {"indexes", diagnose_indexes, &to_apply, INDEXES,
     "public.a|a|public.t|f|f|~\n"
     "public.t_ccnew|t_ccnew|public.t|f|t|~\n"
     "public.p|p|public.parts|t|f|~\n"
     "public.b|b|public.t|f|f|7\n",
     "warn: public.a on public.t is not valid: queries do not use it, writes pay for it, and IF NOT EXISTS takes "
     "it for made -> DROP INDEX CONCURRENTLY public.a, then make it again\n"
     "warn: public.t_ccnew on public.t is not valid: remains of a REINDEX CONCURRENTLY -> DROP INDEX CONCURRENTLY "
     "public.t_ccnew\n"
     "warn: public.p on public.parts is not valid: partitions are missing in it -> ALTER INDEX public.p ATTACH "
     "PARTITION, for each partition's index\n"
     "ok: public.b on public.t is not valid, but pid 7 may be making it -> SELECT * FROM "
     "pg_stat_progress_create_index\n"},
    {"constraints", diagnose_constraints, &to_apply, CONSTRAINTS,
     "public.t|c|ALTER c\n"
     "public.t|d|ALTER d\n",
     "ok: 2 were never validated: c of public.t ... -> ALTER c\n"},
};

static struct arena *arena;
static struct diagnosis diagnosis;

static void setup(void)
{
    arena = arena_create();
    diagnosis = (struct diagnosis){.arena = arena, .check = "check"};
}

static void teardown(void)
{
    arena_destroy(arena);
}

START_TEST(judges)
{
    case_judge(&cases[_i]);
}
END_TEST

START_TEST(tells_no_more_than_five_of_a_kind)
{
    struct answer answer =
        case_answer(arena, "table mode pid usename application_name seconds",
                    "~|~|~|~|~|~\n~|~|~|~|~|~\n~|~|~|~|~|~\n~|~|~|~|~|~\n~|~|~|~|~|~\n~|~|~|~|~|~\n~|~|~|~|~|~\n");
    diagnosis.facts = &to_apply;
    diagnose_table_locks(&diagnosis, &answer);
    ck_assert_uint_eq(diagnosis.count, 6);
    ck_assert_str_eq(diagnosis.findings[5].message, "and 2 more");
    ck_assert_int_eq(diagnosis.findings[5].status, FINDING_WARN);
}
END_TEST

START_TEST(a_refused_question_is_skipped)
{
    struct error error;
    error_set(&error, ERROR_DENIED, "permission denied for view x");
    memcpy(error.sqlstate, "42501", sizeof error.sqlstate);
    diagnosis.facts = &to_apply;
    diagnosis_refused(&diagnosis, &error);
    ck_assert_str_eq(case_findings(&diagnosis),
                     "skip: the server refused the question: permission denied for view x (SQLSTATE 42501) "
                     "-> GRANT pg_monitor TO \"app\"\n");
    ck_assert(!diagnosis_has_failed(&diagnosis));
}
END_TEST

/* ---- what needs the files ---- */

static const struct {
    const char *what;
    const char *cells[5]; /* of the version table's question */
    const char *findings;
} widths[] = {
    {"no schema",
     {"nowhere.alembic_version", "CREATE SCHEMA nowhere", "f", NULL, NULL},
     "fail: the schema of nowhere.alembic_version is not there -> CREATE SCHEMA nowhere, or set version_schema to "
     "the "
     "right one\n"},
    {"not there",
     {"public.alembic_version", NULL, "f", NULL, NULL},
     "ok: public.alembic_version is not there yet: the first run makes it\n"},
    {"another table",
     {"public.t", NULL, "t", NULL, NULL},
     "fail: public.t has no column version_num: it is no version table -> set version_table or version_schema to the "
     "right one\n"},
    {"wide enough",
     {"public.v", NULL, "t", "character varying(6)", "6"},
     "ok: version_num of public.v is character varying(6), the longest id has 6 characters\n"},
    {"any width",
     {"public.v", NULL, "t", "text", NULL},
     "ok: version_num of public.v is text, the longest id has 6 characters\n"},
    {"too narrow",
     {"public.v", NULL, "t", "character varying(5)", "5"},
     "fail: version_num of public.v holds 5 characters, the id b_l\xc3\xb6ng has 6 -> ALTER TABLE public.v ALTER "
     "COLUMN version_num TYPE varchar(255)\n"},
};

START_TEST(compares_the_column_with_the_longest_id)
{
    static const char *const columns[] = {"table", "schema_remedy", "is_there", "type", "width"};
    struct answer answer = {columns, 5, widths[_i].cells, 1};
    struct diagnosis_facts facts = {.graph = text_graph(arena, "a; b_l\xc3\xb6ng a; c a")};
    diagnosis.facts = &facts;
    diagnose_version_table(&diagnosis, &answer);
    ck_assert_msg(strcmp(case_findings(&diagnosis), widths[_i].findings) == 0, "%s: %s", widths[_i].what,
                  case_findings(&diagnosis));
}
END_TEST

START_TEST(tells_of_the_files)
{
    struct diagnosis_facts facts = {.graph = text_graph(arena, "a; b a; c a")};
    struct faults faults = {.arena = arena};
    struct error error;
    diagnosis.facts = &facts;
    diagnose_files(&diagnosis, NULL);
    fault_add(&faults, "x.sql", 3, 7, "unknown header");
    fault_add(&faults, "y.sql", 0, 0, "empty");
    facts = (struct diagnosis_facts){.faults = &faults};
    diagnose_files(&diagnosis, NULL);
    error_set(&error, ERROR_CONFIG, "no such directory");
    error_next(&error, "make it");
    facts = (struct diagnosis_facts){.files_error = &error};
    diagnose_files(&diagnosis, NULL);
    ck_assert_str_eq(case_findings(&diagnosis),
                     "ok: 3 revisions, no faults, 2 heads\n"
                     "fail: 2 faults; the first: x.sql:3:7: unknown header -> migrated check --files\n"
                     "fail: no such directory -> make it\n");
    ck_assert(diagnosis_has_failed(&diagnosis));
}
END_TEST

static const struct {
    enum verdict_kind kind;
    enum finding_status status;
} verdicts[] = {{VERDICT_IN_SYNC, FINDING_OK},
                {VERDICT_PENDING, FINDING_OK},
                {VERDICT_AHEAD, FINDING_WARN},
                {VERDICT_DIVERGED, FINDING_FAIL},
                {VERDICT_UNKNOWN, FINDING_FAIL}};

START_TEST(a_row_that_nothing_explains_fails)
{
    struct verdict verdict = {.kind = verdicts[_i].kind};
    struct diagnosis_facts facts = {.verdict = &verdict};
    diagnosis.facts = &facts;
    diagnose_version_rows(&diagnosis, NULL);
    ck_assert_uint_eq(diagnosis.count, 1);
    ck_assert_int_eq(diagnosis.findings[0].status, verdicts[_i].status);
    ck_assert_int_eq(diagnosis.findings[0].next != NULL, verdicts[_i].status != FINDING_OK);
}
END_TEST

START_TEST(rows_that_were_not_read_are_skipped)
{
    struct error error;
    struct diagnosis_facts facts = {0};
    diagnosis.facts = &facts;
    diagnose_version_rows(&diagnosis, NULL);
    error_set(&error, ERROR_DENIED, "permission denied");
    facts.rows_error = &error;
    diagnose_version_rows(&diagnosis, NULL);
    ck_assert_str_eq(case_findings(&diagnosis), "skip: not compared: the revision files can't be used\n"
                                                "skip: not compared: permission denied\n");
}
END_TEST

/* How the statement names it, the index's name, and whether that is one. */
static const struct {
    const char *words, *name;
    enum journal_state state;
    bool is_it;
} builds[] = {
    {"CREATE INDEX CONCURRENTLY built ON t (a)", "built", JOURNAL_STARTED, true},
    {"CREATE INDEX CONCURRENTLY Built ON t (a)", "built", JOURNAL_STARTED, true},
    {"CREATE INDEX CONCURRENTLY \"Built\" ON t (a)", "Built", JOURNAL_FAILED, true},
    {"CREATE INDEX CONCURRENTLY \"Built\" ON t (a)", "built", JOURNAL_STARTED, false},
    {"CREATE INDEX CONCURRENTLY rebuilt ON t (a)", "built", JOURNAL_STARTED, false},
    {"CREATE INDEX CONCURRENTLY ON t (a)", "t_a_idx", JOURNAL_STARTED, false},
    {"CREATE INDEX CONCURRENTLY built ON t (a)", "built", JOURNAL_DONE, false},
    {"DROP INDEX CONCURRENTLY built", "built", JOURNAL_STARTED, false},
};

START_TEST(an_index_of_a_half_done_build)
{
    struct journal_entry entry = {.state = builds[_i].state, .words = builds[_i].words};
    struct diagnosis_facts facts = {.journal = &entry, .n_journal = 1};
    struct answer answer = case_answer(arena, INDEXES, arena_printf(arena, "i|%s|t|f|f|~\n", builds[_i].name));
    diagnosis.facts = &facts;
    diagnose_indexes(&diagnosis, &answer);
    ck_assert_int_eq(strstr(diagnosis.findings[0].next, "migrated upgrade") != NULL, builds[_i].is_it);
}
END_TEST

Suite *diagnosis_suite(void)
{
    Suite *suite = suite_create("diagnosis");
    TCase *tests = tcase_create("diagnosis");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, tells_no_more_than_five_of_a_kind);
    tcase_add_test(tests, a_refused_question_is_skipped);
    tcase_add_loop_test(tests, compares_the_column_with_the_longest_id, 0, sizeof widths / sizeof *widths);
    tcase_add_test(tests, tells_of_the_files);
    tcase_add_loop_test(tests, a_row_that_nothing_explains_fails, 0, sizeof verdicts / sizeof *verdicts);
    tcase_add_test(tests, rows_that_were_not_read_are_skipped);
    tcase_add_loop_test(tests, an_index_of_a_half_done_build, 0, sizeof builds / sizeof *builds);
    suite_add_tcase(suite, tests);
    return suite;
}
