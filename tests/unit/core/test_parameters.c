/* Values put into a text: what becomes of it, and where what is in it stands. */
#include "core/parameters.h"

#include "base/arena.h"
#include "base/text.h"
#include "core/inclusion.h"
#include "core/layout.h"
#include "core/revision_file.h"
#include "core/sql_scan.h"

#include <check.h>
#include <string.h>

Suite *parameters_suite(void);

static struct arena *arena;
static struct faults faults;
static struct revision revision;
static struct text out;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
    revision = (struct revision){0};
}

static void teardown(void)
{
    text_finish(&out);
    arena_destroy(arena);
}

static const char *const environment[] = {"A=one", "AB=two", "EMPTY=", "LONG=0123456789", "BAD=\xFF", NULL};

static struct parameters *given(void)
{
    struct parameters own = {.environment = environment};
    parameters_add(arena, &own, "schema", "old");
    parameters_add(arena, &own, "schema", "app");
    parameters_add(arena, &own, "flyway:user", "me");
    parameters_add(arena, &own, "empty", "");
    parameters_add(arena, &own, "lines", "1,\n2");
    return parameters_copy(arena, &own);
}

static struct revision_script put(const char *layout, const char *text, const struct inclusions *inclusions)
{
    struct layout_entry entry = {.id = "1", .message = "", .up = "V1__a.sql"};
    struct revision_script script = {
        .text = text, .length = strlen(text), .inclusions = inclusions, .directory = "m"};
    bool verbatim = revision.verbatim;
    revision_begin(arena, layout_find(layout), "m", &entry, NULL, &revision, &faults);
    revision.verbatim = verbatim;
    parameters_put(arena, given(), &revision, "m/V1__a.sql", &script, &out, &faults);
    return script;
}

static const char *faults_text(void)
{
    const char *text = "";
    for (size_t i = 0; i < faults.count; i++)
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", faults.items[i].file,
                            faults.items[i].line, faults.items[i].column, faults.items[i].message);
    return text;
}

#define HEAD "--! Previous: -\n--! Hash: 0\n--! AllowInvalidHash\n\n"

static const struct {
    const char *layout, *text, *result, *faults;
} rows[] = {
    {"golang-migrate", "${schema} $A", "${schema} $A", ""},
    {"flyway", "SELECT 1", "SELECT 1", ""},
    {"flyway", "-- ${SCHEMA}\nSELECT '${schema}${empty}', $$${Schema}$$, $ {schema}",
     "-- app\nSELECT 'app', $$app$$, $ {schema}", ""},
    {"flyway", "'${flyway:FILENAME}' ${flyway:user}", "'V1__a.sql' me", ""},
    {"flyway", "\xEF\xBB\xBF${schema}.${none}\n ${flyway:timestamp}", NULL,
     "m/V1__a.sql:1:11 placeholder ${none} has no value: set vars.none = VALUE in the target's section of the "
     "configuration\n"
     "m/V1__a.sql:2:2 placeholder ${flyway:timestamp} has no value: set vars.flyway:timestamp = VALUE in the "
     "target's "
     "section of the configuration"},
    {"flyway", "SELECT ${schema\n}", NULL, "m/V1__a.sql:1:8 a placeholder that does not end: write } behind it"},
    {"flyway", "${schema}${", NULL, "m/V1__a.sql:1:10 a placeholder that does not end: write } behind it"},
    {"flyway", "${schema}\xFF", "${schema}\xFF", ""}, /* of which its reader tells */

    {"goose", "-- +goose Up\nSELECT '$A', '${A}';", "-- +goose Up\nSELECT '$A', '${A}';", ""},
    {"goose", "-- +goose ENVSUB ON\n'$A' '${AB}' $A_ $NONE;\n-- +goose ENVSUB OFF\n$A",
     "-- +goose ENVSUB ON\n'one' 'two'  ;\n-- +goose ENVSUB OFF\n$A", ""},
    {"goose", "-- +goose ENVSUB ON\n${NONE:-x} ${EMPTY:-y} ${A:-z} ${NONE-x} ${EMPTY-y} ${A-z} ${NONE:-${NONE-$A}}}",
     "-- +goose ENVSUB ON\nx y one x  one one}", ""},
    {"goose",
     "-- +goose ENVSUB ON\r\n${LONG:7} ${LONG:-7} ${LONG: -3} ${LONG:2:3} ${LONG:2:-3} ${LONG:99} ${LONG:5:-9}\r\n",
     "-- +goose ENVSUB ON\r\n789 0123456789 789 234 23456  \r\n", ""},
    {"goose", "-- +goose ENVSUB ON\n$$ \\$ \\\\ $( ${A:-\\}} $", "-- +goose ENVSUB ON\n$ $ \\\\ $( one} $", ""},
    {"goose", "-- +goose ENVSUB ON\n${A?not} ${A:-${NONE?is not looked at}}", "-- +goose ENVSUB ON\none one", ""},
    {"goose", "-- +goose ENVSUB ON\nSELECT ${NONE?must be $A};\n ${NONE?};", NULL,
     "m/V1__a.sql:2:10 the environment has no NONE: must be one\n"
     "m/V1__a.sql:3:4 the environment has no NONE: set it"},
    {"goose", "-- +goose ENVSUB ON\n$1;\n${A;\n${A!};\n${LONG:x};\n${A:-\n;$\xC3\xA9;\n$BAD;", NULL,
     "m/V1__a.sql:2:2 no name of a variable, which begins with a letter and goes on with letters, digits and _: a "
     "dollar that is meant as one is written $$\n"
     "m/V1__a.sql:3:4 no end of ${...}: a dollar that is meant as one is written $$\n"
     "m/V1__a.sql:4:4 no end of ${...}: a dollar that is meant as one is written $$\n"
     "m/V1__a.sql:5:8 no number of bytes: a dollar that is meant as one is written $$\n"
     "m/V1__a.sql:6:6 no end of ${...}: a dollar that is meant as one is written $$\n"
     "m/V1__a.sql:7:3 no name of a variable, which begins with a letter and goes on with letters, digits and _: a "
     "dollar that is meant as one is written $$\n"
     "m/V1__a.sql:8:1 the value that is to be put in here is not UTF-8"},
    /* comments between statements are not looked at, those within are */
    {"goose", "-- +goose ENVSUB ON\n-- $1\n\n  -- $1\nA -- $A\n-- $A\n; -- $A;\n-- $1\n",
     "-- +goose ENVSUB ON\n-- $1\n\n  -- $1\nA -- one\n-- one\n; -- one;\n-- $1\n", ""},
    {"goose", "-- +goose StatementBegin\n-- +goose ENVSUB ON\n-- $1\nA;\n-- $A;\n-- +goose StatementEnd\n-- $1\n",
     "-- +goose StatementBegin\n-- +goose ENVSUB ON\n-- $1\nA;\n-- one;\n-- +goose StatementEnd\n-- $1\n", ""},

    {"graphile-migrate", HEAD "-- :SCHEMA\nSELECT ':SCHEMA', x:SCHEMA, $$::SCHEMA:EMPTY$$, /* :SCHEMA */ :SCHEMA.t",
     HEAD "-- app\nSELECT 'app', xapp, $$:app$$, /* app */ app.t", ""},
    {"graphile-migrate", HEAD ":SCHEMA_ :SCHEMA2 :Schema :schema :SCHEMAs ': SCHEMA' /* :NO :DATABASE_NAME */", NULL,
     "m/V1__a.sql:5:1 placeholder :SCHEMA_ has no value: set vars.SCHEMA_ = VALUE in the target's section of the "
     "configuration\n"
     "m/V1__a.sql:5:10 placeholder :SCHEMA2 has no value: set vars.SCHEMA2 = VALUE in the target's section of the "
     "configuration"},
    {"graphile-migrate", HEAD "DO $f$ BEGIN x := a[1:NN]::TEXT; GRANT b TO :ROLE; END $f$", NULL,
     "m/V1__a.sql:5:45 placeholder :ROLE has no value: set vars.ROLE = VALUE in the target's section of the "
     "configuration"},
    {"graphile-migrate", "--! Message: :SCHEMA\n\nSELECT 1;", "--! Message: :SCHEMA\n\nSELECT 1;", ""},
    {"graphile-migrate",
     HEAD
     "-- :ROLE\nGRANT a TO :ROLE; SELECT 'x :DATABASE_OWNER', ':MY_KEY', '12:AB :CD', b[1:NN], c::TEXT, :ab, :A;\n"
     ":SCHEMA ':SCHEMA' c::DATABASE_NAME",
     NULL,
     "m/V1__a.sql:6:12 placeholder :ROLE has no value: set vars.ROLE = VALUE in the target's section of the "
     "configuration\n"
     "m/V1__a.sql:6:29 placeholder :DATABASE_OWNER has no value: set vars.DATABASE_OWNER = VALUE in the target's "
     "section of the configuration\n"
     "m/V1__a.sql:6:48 placeholder :MY_KEY has no value: set vars.MY_KEY = VALUE in the target's section of the "
     "configuration\n"
     "m/V1__a.sql:7:21 placeholder :DATABASE_NAME has no value: set vars.DATABASE_NAME = VALUE in the target's "
     "section of the configuration"},
};

START_TEST(values_are_put_in)
{
    struct revision_script script = put(rows[_i].layout, rows[_i].text, NULL);
    ck_assert_str_eq(faults_text(), rows[_i].faults);
    if (rows[_i].result != NULL)
        ck_assert_str_eq(arena_copy(arena, script.text, script.length), rows[_i].result);
}
END_TEST

START_TEST(deep_expressions_are_refused)
{
    struct text text = {0};
    text_add(&text, "-- +goose ENVSUB ON\n");
    for (size_t i = 0; i < 100000; i++)
        text_add(&text, "${A:-");
    put("goose", text_string(&text), NULL);
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_ptr_nonnull(strstr(faults_text(), "stand too deep in each other"));
    text_finish(&text);
}
END_TEST

START_TEST(a_hundred_faults_are_told)
{
    struct text text = {0};
    for (size_t i = 0; i < 150; i++)
        text_add(&text, "${a}\n");
    put("flyway", text_string(&text), NULL);
    ck_assert_uint_eq(faults.count, 101);
    ck_assert_uint_eq(faults.items[100].line, 101);
    ck_assert_str_eq(faults.items[100].message, "and 50 more faults like those above, from here on");
    text_finish(&text);
}
END_TEST

START_TEST(settings_can_say_that_nothing_is)
{
    revision.verbatim = true;
    ck_assert_str_eq(put("flyway", "${schema} ${none}", NULL).text, "${schema} ${none}");
    ck_assert_str_eq(faults_text(), "");
}
END_TEST

/* A statement behind values stands where it is in its file, and one in which they are begins there. */
START_TEST(places_are_those_of_the_files)
{
    struct inclusion items[] = {{15, {1, 1, 1}}, {29, {2, 5, 0}}};
    const char *paths[] = {"m/b.sql"};
    struct inclusions inclusions = {.items = items, .count = 2, .paths = paths, .n_paths = 1};
    struct revision_script script = put("flyway", "${lines};\n  B;  ${schema};\nD;C ${schema};\n$$", &inclusions);
    revision_script_read(arena, revision.layout, "m/V1__a.sql", REVISION_UP, &script, &revision, &faults);
    ck_assert_str_eq(faults_text(), "m/V1__a.sql:3:1 unterminated dollar-quoted string");

    struct sql_scan scan;
    struct sql_piece piece;
    const char *found = "";
    sql_scan_section(&scan, &revision.up, script.text);
    while (sql_scan_next(&scan, &piece))
        found = arena_printf(arena, "%s%s:%u:%u{%.*s} ", found,
                             inclusion_path(script.inclusions, piece.place, "m/V1__a.sql"), piece.place.line,
                             piece.place.column, (int)piece.length, script.text + piece.offset);
    ck_assert_str_eq(found, "m/V1__a.sql:1:1{1,\n2;} m/V1__a.sql:2:3{B;} m/b.sql:1:2{app;} m/b.sql:2:1{D;} "
                            "m/V1__a.sql:2:5{C app;} ");
}
END_TEST

static const struct {
    const char *text, *byte; /* which is looked for in the text with the values */
    const char *written;     /* what it was in; NULL: there are no values */
} taken[] = {
    {"SELECT 1;", "1", NULL},
    {"a ${schema} b${empty};", "a ", "a ${schema} b${empty};"},
    {"a ${schema} b${empty};", "pp", "${schema} b${empty};"},
    {"a ${schema} b${empty};", " b", " b${empty};"},
    {"a ${schema} b${empty};", ";", ";"},
    {"${lines}${schema}", "2", "${lines}${schema}"},
    {"${lines}${schema}", "app", "${schema}"},
};

START_TEST(values_are_taken_out)
{
    struct text written = {0};
    struct revision_script script = put("flyway", taken[_i].text, NULL);
    size_t offset = (size_t)(strstr(script.text, taken[_i].byte) - script.text);
    bool any = parameters_take_out(script.inclusions, script.text, script.length, &offset, &written);
    ck_assert_int_eq(any, taken[_i].written != NULL);
    if (any) {
        ck_assert_str_eq(text_string(&written), taken[_i].text);
        ck_assert_str_eq(text_string(&written) + offset, taken[_i].written);
    }
    text_finish(&written);
}
END_TEST

/* Another value is no edit. */
START_TEST(the_checksum_is_of_what_is_written)
{
    char written[DIGEST_HEX_SIZE];
    static const char text[] = "SELECT '${schema}';";
    struct revision_script script = put("flyway", text, NULL);
    revision_script_read(arena, revision.layout, "m/V1__a.sql", REVISION_UP, &script, &revision, &faults);
    revision_checksum(text, strlen(text), written);
    ck_assert_str_eq(script.text, "SELECT 'app';");
    ck_assert_str_eq(revision.checksum, written);
    ck_assert_str_eq(revision.up.checksum, written);
}
END_TEST

/* graphile-migrate's own is of that too. */
START_TEST(a_hash_is_of_what_is_written)
{
    struct revision_script script =
        put("graphile-migrate",
            "--! Previous: -\n--! Hash: sha1:ca1289871dd45ec358d58b181433fdf6930faf0d\n\nSELECT ':SCHEMA';\n", NULL);
    ck_assert_ptr_nonnull(strstr(script.text, "SELECT 'app';"));
    revision_script_read(arena, revision.layout, "m/V1__a.sql", REVISION_UP, &script, &revision, &faults);
    ck_assert_str_eq(faults_text(), "");
}
END_TEST

Suite *parameters_suite(void)
{
    Suite *suite = suite_create("parameters");
    TCase *tcase = tcase_create("parameters");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, values_are_put_in, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, deep_expressions_are_refused);
    tcase_add_test(tcase, a_hundred_faults_are_told);
    tcase_add_test(tcase, settings_can_say_that_nothing_is);
    tcase_add_test(tcase, places_are_those_of_the_files);
    tcase_add_loop_test(tcase, values_are_taken_out, 0, (int)(sizeof taken / sizeof *taken));
    tcase_add_test(tcase, the_checksum_is_of_what_is_written);
    tcase_add_test(tcase, a_hash_is_of_what_is_written);
    suite_add_tcase(suite, tcase);
    return suite;
}
