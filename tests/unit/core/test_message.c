#include "core/message.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/layout.h"
#include "core/mirror.h"
#include "core/revision_file.h"

#include <check.h>
#include <string.h>
#include <time.h>

Suite *message_suite(void);

static struct arena *arena;
static struct message message;
static struct message_step steps[2];
static struct revision revisions[2];

static const struct ledger ledger = {
    .target = "main",
    .version_schema = "public",
    .version_table = "alembic_version",
    .bookkeeping = "migrated",
    .host = "h",
    .program = "p",
    .lock_key = 42,
    .server_version = 150000,
};

static void setup(void)
{
    arena = arena_create();
    message_init(&message, arena);
}

static void teardown(void)
{
    message_finish(&message);
    arena_destroy(arena);
}

static struct message_step *step_of(size_t i, const char *file)
{
    static const char *ids[] = {"a", "b"};
    struct faults faults = {.arena = arena};
    revision_file_read(arena, i == 0 ? "a.sql" : "b.sql", file, strlen(file), &revisions[i], &faults);
    ck_assert_uint_eq(faults.count, 0);
    steps[i] = (struct message_step){
        .revision = &revisions[i],
        .text = file,
        .text_length = strlen(file),
        .before = {&ids[0], i},
        .after = {&ids[i], 1},
        .attempt = arena_printf(arena, "nonce/%zu", i + 1),
        .lock_timeout_ms = 2000,
    };
    return &steps[i];
}

static void add(size_t i, const char *file)
{
    message_add(&message, &ledger, step_of(i, file));
}

static size_t count_of(const char *part)
{
    size_t count = 0;
    for (const char *at = text_string(&message.sql); (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

/* In the order in which they must stand. */
START_TEST(carries_its_guards_in_order)
{
    static const char *const parts[] = {
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;",
        "set_config('lock_timeout', '2000', true)",
        "pg_try_advisory_xact_lock(42)",
        "LOCK TABLE \"public\".\"alembic_version\" IN SHARE ROW EXCLUSIVE MODE;",
        "ARRAY[]::pg_catalog.text[]",
        "'migrated:nonce/1:rows:'",
        "INSERT INTO \"migrated\".\"history\"",
        "SELECT 1;",
        "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;",
        "set_config('lock_timeout', '2000', true)",
        "pg_current_xact_id()",
        "INSERT INTO \"public\".\"alembic_version\" (version_num) VALUES ('a');",
        "'migrated:nonce/1:rows_after:'",
        "'synchronous_commit'",
        "COMMIT;",
    };
    add(0, "SELECT 1;");
    const char *at = text_string(&message.sql);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(at, parts[i]);
        ck_assert_msg(found != NULL, "missing behind the %zu parts before it: %s", i, parts[i]);
        at = found + strlen(parts[i]);
    }
    ck_assert_uint_eq(count_of(" = "), 1); /* the UPDATE's SET; operators are written with their schema */
}
END_TEST

START_TEST(sends_only_what_belongs_to_the_server)
{
    add(0, "BEGIN;\nSET lock_timeout = 0;\n\\restrict abc\nSELECT 'ours';;\nCOMMIT;\n");
    ck_assert_uint_eq(message.n_statements, 1);
    ck_assert_uint_eq(count_of("SET lock_timeout"), 0);
    ck_assert_uint_eq(count_of("restrict"), 0);
    ck_assert_uint_eq(count_of("COMMIT;"), 1);
}
END_TEST

START_TEST(keeps_copy_data_apart)
{
    add(0, "COPY t FROM stdin;\n1\n2\n\\.\nCOPY u FROM stdin;\n\\.\nSELECT 1;");
    ck_assert_uint_eq(message.n_statements, 3);
    ck_assert_uint_eq(message.statements[0].copy_length, 4);
    ck_assert_int_eq(memcmp(message.statements[0].copy_data, "1\n2\n", 4), 0);
    ck_assert_ptr_nonnull(message.statements[1].copy_data);
    ck_assert_uint_eq(message.statements[1].copy_length, 0);
    ck_assert_ptr_null(message.statements[2].copy_data);
}
END_TEST

/* The character position of `needle` in the message, from 1, as the server counts. */
static size_t position_of(const char *needle)
{
    const char *sql = text_string(&message.sql), *at = strstr(sql, needle);
    ck_assert_ptr_nonnull(at);
    return text_characters(sql, (size_t)(at - sql)) + 1;
}

static const struct {
    const char *file, *needle;
    unsigned line, column;
    size_t ordinal;
} places[] = {
    {"SELECT oops;", "oops", 1, 8, 1},
    {"SELECT 1;\n\tSELECT 'ä', oops;", "oops", 2, 14, 2},
    {"-- ä comment\n/* x */ SELECT\n  oops", "oops", 3, 3, 1},
    {"-- message: 漢字\n-- migrated:up\nSELECT '漢字'; SELECT oops;\n", "oops", 3, 21, 2},
    {"SELECT 1;\r\nSELECT oops;\r\n", "oops", 2, 8, 2},
    {"COPY t FROM stdin;\noops\n\\.\nSELECT wrong;", "wrong", 4, 8, 2},
};

START_TEST(finds_the_place_of_an_error)
{
    add(0, "SELECT 'earlier, ä';");
    add(1, places[_i].file);
    size_t completed = message.spans[1].own_first + places[_i].ordinal - 1;

    struct message_location location = message_locate(&message, completed, position_of(places[_i].needle), false);

    ck_assert_int_eq(location.part, MESSAGE_STATEMENT);
    ck_assert_ptr_eq(location.step, &steps[1]);
    ck_assert_uint_eq(location.statement->ordinal, places[_i].ordinal);
    ck_assert_uint_eq(location.place.line, places[_i].line);
    ck_assert_uint_eq(location.place.column, places[_i].column);
    ck_assert_int_eq(memcmp(places[_i].file + location.offset, places[_i].needle, strlen(places[_i].needle)), 0);
}
END_TEST

START_TEST(without_a_position_the_statement_begins_it)
{
    add(0, "SELECT 1;\n  -- why\n  SELECT 2;");
    const struct message_span *span = &message.spans[0];
    struct message_location location = message_locate(&message, span->own_first + 1, 0, false);
    ck_assert_uint_eq(location.place.line, 3);
    ck_assert_uint_eq(location.place.column, 3);
    ck_assert_int_eq(message_locate(&message, span->first, 0, false).part, MESSAGE_GUARD);
    ck_assert_int_eq(message_locate(&message, span->own_end, 0, false).part, MESSAGE_CLOSING);
    ck_assert_int_eq(message_locate(&message, span->end - 1, 0, false).part, MESSAGE_CLOSING);
    ck_assert_ptr_null(message_locate(&message, span->end, 0, false).step);
}
END_TEST

START_TEST(counts_what_is_committed)
{
    add(0, "SELECT 1;");
    add(1, "SELECT 2;");
    size_t first = message.spans[0].end, second = message.spans[1].end;
    ck_assert_uint_eq(message_committed(&message, 0), 0);
    ck_assert_uint_eq(message_committed(&message, first - 1), 0);
    ck_assert_uint_eq(message_committed(&message, first), 1);
    ck_assert_uint_eq(message_committed(&message, second - 1), 1);
    ck_assert_uint_eq(message_committed(&message, second), 2);
}
END_TEST

START_TEST(goes_in_parts)
{
    struct message_step *step = step_of(0, "SELECT 1;\nSELECT 2;\nCOPY t FROM stdin;\n1\n\\.\nSELECT 4;");
    struct message_cursor cursor = {0};
    size_t messages = 0, statements = 0;
    while (!cursor.finished) {
        message_finish(&message);
        message_init(&message, arena);
        message_add_part(&message, &ledger, step, &cursor, strlen("SELECT 1;"));
        ck_assert_uint_eq(count_of("BEGIN ISOLATION"), messages == 0);
        ck_assert_uint_eq(count_of("COMMIT;"), cursor.finished);
        ck_assert_uint_eq(message_committed(&message, message.total), cursor.finished);
        statements += message.n_statements;
        messages++;
    }
    ck_assert_uint_eq(statements, 4);
    ck_assert_uint_eq(messages, 5);
}
END_TEST

static void next_part(const struct message_step *step, struct message_cursor *cursor, size_t limit)
{
    message_finish(&message);
    message_init(&message, arena);
    message_add_part(&message, &ledger, step, cursor, limit);
}

/* With nothing before it and nothing behind it, and as it stands in the file. */
START_TEST(a_statement_larger_than_the_limit_goes_alone)
{
    const char *file = "SELECT 1;\n-- why: ä\nSELECT 'larger than that', oops;\nSELECT 3;";
    const char *large = strstr(file, "\n-- why");
    struct message_step *step = step_of(0, file);
    struct message_cursor cursor = {0};

    next_part(step, &cursor, 20);
    ck_assert_uint_eq(message.n_statements, 1);
    ck_assert_ptr_null(message.sole);
    ck_assert_uint_eq(count_of("SELECT 1;"), 1);

    next_part(step, &cursor, 20);
    ck_assert_ptr_eq(message.sole, large);
    ck_assert_uint_eq(message.sole_length, strlen(large) - strlen("\nSELECT 3;"));
    ck_assert_uint_eq(message.sql.length, 0);
    ck_assert_uint_eq(message.total, 1);
    ck_assert(!cursor.finished);

    size_t position = text_characters(large, (size_t)(strstr(large, "oops") - large)) + 1;
    struct message_location location = message_locate(&message, 0, position, false);
    ck_assert_int_eq(location.part, MESSAGE_STATEMENT);
    ck_assert_uint_eq(location.statement->ordinal, 2);
    ck_assert_uint_eq(location.place.line, 3);
    ck_assert_uint_eq(location.place.column, 28);

    next_part(step, &cursor, 20);
    ck_assert_ptr_null(message.sole);
    ck_assert_uint_eq(message.n_statements, 1);
    ck_assert_uint_eq(count_of("SELECT 3"), 1);
    ck_assert(cursor.finished);
    ck_assert_uint_eq(cursor.statements, 3);
}
END_TEST

#define LOOK "awaited:"

/* Files, how often one looks, and a part of the question. */
static const struct {
    const char *file;
    size_t looks;
    const char *asks;
} looks[] = {
    {"ALTER TABLE t ADD b int;", 1, "ARRAY[pg_catalog.to_regclass('t')::pg_catalog.oid]"},
    {"ALTER TABLE t ADD b int; DROP TABLE s . u; ALTER TABLE t ADD c int;", 1,
     "ARRAY[pg_catalog.to_regclass('t')::pg_catalog.oid, pg_catalog.to_regclass('s . u')::pg_catalog.oid]"},
    {"SET search_path = s; DROP INDEX \"it's\";", 1, "SELECT indrelid FROM pg_catalog.pg_index"},
    {"INSERT INTO t VALUES (1); ALTER TABLE t ADD b int;", 1, "to_regclass('t')"},
    {"CREATE INDEX ON t (a);", 1, "held.mode OPERATOR(pg_catalog.=) ANY ('{AccessExclusiveLock,"},
    {"SET ROLE r; CREATE TABLE n (a int); SET ROLE s; ALTER TABLE t ADD b int; SET ROLE r; ALTER TABLE u ADD b int;",
     1, "ARRAY[pg_catalog.to_regclass('t')::pg_catalog.oid]"},
    {"CREATE TABLE n (a int); CREATE INDEX ON n (a); ALTER TABLE n ADD b int;", 0, NULL},
    {"ALTER TABLE s./* why */t ADD b int;", 0, NULL},
    {"INSERT INTO t VALUES (1); SELECT 1;", 0, NULL},
};

START_TEST(looks_once_before_tables_are_locked)
{
    step_of(0, looks[_i].file)->look_ms = 1000;
    message_add(&message, &ledger, &steps[0]);
    ck_assert_uint_eq(count_of(LOOK), looks[_i].looks);
    ck_assert(looks[_i].asks == NULL || count_of(looks[_i].asks) > 0);

    message_finish(&message);
    message_init(&message, arena);
    add(0, looks[_i].file);
    ck_assert_uint_eq(count_of(LOOK), 0);
}
END_TEST

/* CPU seconds of the message for a file that drops so many tables. */
static double seconds_of(int tables)
{
    struct text file = {0};
    for (int i = 0; i < tables; i++)
        text_addf(&file, "DROP TABLE t%d;", i);
    step_of(0, text_string(&file))->look_ms = 1000;
    message_finish(&message);
    message_init(&message, arena);
    clock_t begin = clock();
    message_add(&message, &ledger, &steps[0]);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    ck_assert_uint_eq(count_of(LOOK), 1);
    text_finish(&file);
    return seconds;
}

START_TEST(a_look_at_many_tables_takes_no_longer_for_each)
{
    double few = seconds_of(5000), many = seconds_of(50000);
    ck_assert_msg(many < 30 * (few + 0.001), "%.3f s for 5,000 tables, %.3f s for 50,000", few, many);
}
END_TEST

START_TEST(knows_the_look_from_the_revision)
{
    step_of(0, "SET ROLE r;\nINSERT INTO t VALUES (1);\nALTER TABLE t ADD b int;")->look_ms = 1000;
    message_add(&message, &ledger, &steps[0]);
    const struct message_span *span = &message.spans[0];
    struct message_location location = message_locate(&message, span->own_first + 1, 0, false);
    ck_assert_int_eq(location.part, MESSAGE_LOOK);
    ck_assert_uint_eq(location.place.line, 3);
    ck_assert_int_eq(message_locate(&message, span->own_first, 0, false).part, MESSAGE_STATEMENT);
    ck_assert_uint_eq(message_locate(&message, span->own_first + 2, 0, false).place.line, 2);
    ck_assert_uint_eq(message_locate(&message, span->own_first + 3, 0, false).place.line, 3);
    ck_assert_int_eq(message_locate(&message, span->own_end, 0, false).part, MESSAGE_CLOSING);
}
END_TEST

static const struct {
    const char *sqlstate, *text;
    enum message_check check;
    const char *found;
} checks[] = {
    {"22P02", "invalid input syntax for type integer: \"migrated:nonce/1:rows:a, b|\"", CHECK_ROWS, "a, b"},
    {"22P02", "ungültig: »migrated:nonce/1:rows_after:|«", CHECK_ROWS_AFTER, ""},
    {"22P02", "x \"migrated:nonce/1:lock:123|\"", CHECK_LOCK, "123"},
    {"22P02", "x \"migrated:nonce/1:transaction:0|\"", CHECK_TRANSACTION, "0"},
    {"22P02", "x \"migrated:nonce/2:rows:a|\"", CHECK_NONE, NULL},
    {"22P02", "x \"migrated:nonce/11:rows:a|\"", CHECK_NONE, NULL},
    {"22P02", "x \"migrated:nonce/1:awaited:\"my t\" 3/1,4/2|\"", CHECK_AWAITED, "\"my t\" 3/1,4/2"},
    {"22P02", "« migrated:nonce/1:awaited:\"my t\" 3/1| »", CHECK_AWAITED, "\"my t\" 3/1"},
    {"22P02", "x \"migrated:nonce/1:awaited:\"my t\" 3/1,4...", CHECK_AWAITED, "\"my t\" 3/1,4..."},
    {"22012", "x \"migrated:nonce/1:rows:a|\"", CHECK_NONE, NULL},
    {"22P02", "x \"migrated:nonce/1:else:a|\"", CHECK_NONE, NULL},
};

START_TEST(recognises_its_own_checks)
{
    const char *found = NULL;
    size_t length = 0;
    ck_assert_int_eq(message_failed_check(checks[_i].sqlstate, checks[_i].text, "nonce/1", &found, &length),
                     checks[_i].check);
    if (checks[_i].found != NULL)
        ck_assert_str_eq(arena_copy(arena, found, length), checks[_i].found);
}
END_TEST

/* Looked at before anything of the revision is run, written behind the version rows. */
START_TEST(mirrors_into_another_tools_table)
{
    static const char *const parts[] = {
        "LOCK TABLE \"public\".\"alembic_version\"",
        "to_regclass('\"public\".\"schema_migrations\"')",
        "'migrated:nonce/1:mirror:'",
        "LOCK TABLE \"public\".\"schema_migrations\" IN SHARE ROW EXCLUSIVE MODE;",
        "SELECT 1;",
        "INSERT INTO \"public\".\"alembic_version\"",
        "INSERT INTO \"public\".\"schema_migrations\" (version) SELECT 'a' WHERE NOT EXISTS",
        "'migrated:nonce/1:rows_after:'",
        "COMMIT;",
    };
    static const struct mirror mirror = {0};
    struct ledger with = ledger;
    with.mirror = &mirror;
    struct message_step *step = step_of(0, "SELECT 1;\n");
    revisions[0].layout = layout_find("dbmate");
    message_add(&message, &with, step);
    const char *at = text_string(&message.sql);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(at, parts[i]);
        ck_assert_msg(found != NULL, "no \"%s\" in its place:\n%s", parts[i], text_string(&message.sql));
        at = found;
    }
    size_t total = message.total;
    add(1, "SELECT 1;\n"); /* without */
    ck_assert_uint_eq(message.total - total, total - 3);
}
END_TEST

Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tests = tcase_create("message");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, mirrors_into_another_tools_table);
    tcase_add_test(tests, carries_its_guards_in_order);
    tcase_add_test(tests, sends_only_what_belongs_to_the_server);
    tcase_add_test(tests, keeps_copy_data_apart);
    tcase_add_loop_test(tests, finds_the_place_of_an_error, 0, sizeof places / sizeof *places);
    tcase_add_test(tests, without_a_position_the_statement_begins_it);
    tcase_add_test(tests, counts_what_is_committed);
    tcase_add_test(tests, goes_in_parts);
    tcase_add_test(tests, a_statement_larger_than_the_limit_goes_alone);
    tcase_add_loop_test(tests, looks_once_before_tables_are_locked, 0, sizeof looks / sizeof *looks);
    tcase_add_test(tests, a_look_at_many_tables_takes_no_longer_for_each);
    tcase_add_test(tests, knows_the_look_from_the_revision);
    tcase_add_loop_test(tests, recognises_its_own_checks, 0, sizeof checks / sizeof *checks);
    suite_add_tcase(suite, tests);
    return suite;
}
