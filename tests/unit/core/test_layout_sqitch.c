/* sqitch's plan: which revisions come of it, and what it says that sqitch would refuse. */
#include "core/layout.h"
#include "core/parameters.h"
#include "core/revision_file.h"
#include "core/verification.h"

#include "base/arena.h"
#include "base/text.h"

#include <check.h>
#include <string.h>

Suite *layout_sqitch_suite(void);

static struct arena *arena;
static struct faults faults;
static struct layout_listing listing;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* "a.sql|b/c.sql" as names, sorted. */
static struct names split(const char *text)
{
    struct names names = {0};
    size_t capacity = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "|");
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = arena_copy(arena, text, length);
        text += length + (text[length] == '|');
    }
    names_sort(&names);
    return names;
}

static struct layout_text text_of(const char *path, const char *bytes)
{
    return (struct layout_text){bytes == NULL ? NULL : path, bytes, bytes == NULL ? 0 : strlen(bytes)};
}

/* "~" is the end of a line: when it was planned, and who did it. */
static const char *plan_text(const char *body)
{
    struct text text = {0};
    text_add(&text, "%syntax-version=1.0.0\n%project=p\n\n");
    for (; *body != '\0'; body++) {
        if (*body == '~')
            text_add(&text, " 2026-01-06T12:00:00Z Ann Lee <ann@example.com>");
        else
            text_add_char(&text, *body);
    }
    const char *copy = arena_string(arena, text_string(&text));
    text_finish(&text);
    return copy;
}

static void list(const char *plan, const char *configuration, const char *beneath, const char *names)
{
    listing = (struct layout_listing){
        .arena = arena,
        .directory = "m",
        .names = split(names),
        .faults = &faults,
        .plan = text_of("m/sqitch.plan", plan),
        .configuration = text_of("sqitch.conf", configuration),
        .beneath = beneath,
    };
    layout_find("sqitch")->list(&listing);
}

/* Each entry as "id=up,down?verify [what it depends on] (message)", a line each. */
static const char *entries_text(void)
{
    const char *text = "";
    for (size_t i = 0; i < listing.count; i++) {
        const struct layout_entry *entry = &listing.entries[i];
        text = arena_printf(arena, "%s%s%s=%s%s%s%s%s%s%s%s", text, i > 0 ? "\n" : "", entry->id, entry->up,
                            entry->down == NULL ? "" : ",", entry->down == NULL ? "" : entry->down,
                            entry->verify == NULL ? "" : "?", entry->verify == NULL ? "" : entry->verify,
                            entry->depends_on.count == 0 ? "" : " <- ", names_list(arena, &entry->depends_on),
                            entry->message[0] == '\0' ? "" : arena_printf(arena, " (%s)", entry->message));
    }
    return text;
}

static const char *faults_text(void)
{
    const char *text = "";
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        text = arena_printf(arena, "%s%s%s:%u:%u %s", text, i > 0 ? "\n" : "", faults.items[i].file,
                            faults.items[i].line, faults.items[i].column, faults.items[i].message);
    return text;
}

#define THREE "deploy/a.sql|deploy/b.sql|deploy/c.sql"

static const struct {
    const char *plan, *names, *entries, *faults;
} plans[] = {
    {"a~\nb [a]~ # two\n", "deploy/a.sql|revert/a.sql|deploy/b.sql|verify/b.sql",
     "a=deploy/a.sql,revert/a.sql\nb=deploy/b.sql?verify/b.sql <- a (two)", ""},
    {"", "", "", ""},
    {" b/c~\r\n\r\n# more\r\n+ a  [ p:b/c  @v ]~\r\n", "deploy/a.sql|deploy/b/c.sql", NULL,
     "m/sqitch.plan:7:7 '' names no change: write change, change@tag or @tag\n"
     "m/sqitch.plan:7:15 change a requires @v, which the plan does not have before it"},
    {"b/c~\n@v~\n+ a [p:b/c @v]~\n- x~\n", "deploy/a.sql|deploy/b/c.sql|deploy/x.sql",
     "b/c=deploy/b/c.sql\na=deploy/a.sql <- b/c\nx=deploy/x.sql", ""},

    /* reworked: of the tags behind it the last one of which there is a script, else the last one */
    {"a~\n@v1~\nb~\n@v2~\na [a@v1 b]~\n", "deploy/a.sql|deploy/a@v1.sql|revert/a@v1.sql|deploy/b.sql",
     "a=deploy/a@v1.sql,revert/a@v1.sql\nb=deploy/b.sql\na/2=deploy/a.sql <- a,b", ""},
    {"a~\n@v1~\nb~\n@v2~\na~\n@v3~\na~\n",
     "deploy/a.sql|deploy/a@v1.sql|deploy/a@v2.sql|deploy/a@v3.sql|deploy/b.sql",
     "a=deploy/a@v2.sql\nb=deploy/b.sql\na/2=deploy/a@v3.sql\na/3=deploy/a.sql", ""},
    {"a~\n@v1~\na~\n", "deploy/a.sql", "a/2=deploy/a.sql",
     "m/sqitch.plan:4:1 change a has no deploy/a@v1.sql: put it there, or take its line out"},
    {"a~\n b~\na~\n", THREE, "a=deploy/a.sql\nb=deploy/b.sql",
     "m/sqitch.plan:6:1 change a is in line 4 already: to rework it, put a tag in between"},
    {"a~\n@v~\n@v~\n", THREE, "a=deploy/a.sql", "m/sqitch.plan:6:2 tag @v is in line 5 already"},
    {"@v~\na~\n", THREE, "a=deploy/a.sql", "m/sqitch.plan:4:2 tag @v stands before the first change"},

    /* dependencies */
    {"a [b]~\nb~\nc [c]~\n", THREE, NULL,
     "m/sqitch.plan:4:4 change a requires b, which is planned behind it: move its line down\n"
     "m/sqitch.plan:6:4 change c requires itself"},
    {"a~\nb [x a@v @v a a]~\n", THREE, NULL,
     "m/sqitch.plan:5:4 change b requires x, which the plan does not have before it\n"
     "m/sqitch.plan:5:6 change b requires a@v, which the plan does not have before it\n"
     "m/sqitch.plan:5:10 change b requires @v, which the plan does not have before it\n"
     "m/sqitch.plan:5:15 'a' is named twice"},
    {"a~\nb [!a !c !x]~\nc~\n", THREE, NULL,
     "m/sqitch.plan:5:4 change b conflicts with a, which is deployed before it: one of them can't be in the plan\n"
     "m/sqitch.plan:5:10 change b conflicts with x, which the plan does not have"},
    {"a~\nb [other:c b: 0123456789012345678901234567890123456789]~\n", THREE, NULL,
     "m/sqitch.plan:5:4 change b depends on project other, of which nothing is known here: see to it by `after` "
     "between two targets, and take it out\n"
     "m/sqitch.plan:5:12 'b:' names no change: write change, change@tag or @tag\n"
     "m/sqitch.plan:5:15 change b names 0123456789012345678901234567890123456789 by its hash: write its name"},

    /* lines */
    {"-a-~\na:b~\nHEAD~\na/1~\n@v/1~\na,b~\n", THREE, NULL, NULL},
    {"a\nb 2026-01-06T12:00:00Z\nc 2026-02-30T12:00:00Z Ann <a>\n", THREE, "",
     "m/sqitch.plan:4:2 here stands the time when it was planned, like 2026-01-06T12:34:56Z, and then who did it, "
     "like "
     "Ann Lee <ann@example.com>\n"
     "m/sqitch.plan:5:23 here stands who planned it, like Ann Lee <ann@example.com>\n"
     "m/sqitch.plan:6:3 no such date and time"},
    {"a [b~\nb []~\n@v [a]~\n%project=q\n", THREE, "",
     "m/sqitch.plan:4:3 a list without its ]\nm/sqitch.plan:5:3 a list of nothing: take it out\n"
     "m/sqitch.plan:6:4 a tag has no dependencies: take them out\n"
     "m/sqitch.plan:7:1 '%project=q' is no name of a change: it may not begin or end with punctuation, nor end in "
     "digits behind some, nor hold blanks, @, : or \\"},
};

START_TEST(a_plan)
{
    list(plan_text(plans[_i].plan), NULL, "", plans[_i].names);
    if (plans[_i].entries != NULL)
        ck_assert_str_eq(entries_text(), plans[_i].entries);
    if (plans[_i].faults != NULL)
        ck_assert_str_eq(faults_text(), plans[_i].faults);
    else
        ck_assert_uint_ge(faults.count, 1);
}
END_TEST

static const struct {
    const char *plan, *faults;
} heads[] = {
    {"%project=p\n\n", ""},
    {" % project = p # why\n# more\n%uri=x\n \n", ""},
    {"\n%project=p\n",
     "m/sqitch.plan:1:1 no %project=NAME in the lines before the first blank one\n"
     "m/sqitch.plan:2:1 '%project=p' is no name of a change: it may not begin or end with punctuation, nor end in "
     "digits behind some, nor hold blanks, @, : or \\"},
    {"%project=p\na 2026-01-06T12:00:00Z Ann <a>\n",
     "m/sqitch.plan:2:1 is no pragma of sqitch's (%name=value): a blank line comes between them and the changes"},
    {"%project=a:b\n\n",
     "m/sqitch.plan:1:1 is no pragma of sqitch's (%name=value): a blank line comes between them and the changes\n"
     "m/sqitch.plan:1:1 no %project=NAME in the lines before the first blank one"},
    {"%project=p\n\na \xFF\n", "m/sqitch.plan:3:3 byte 0xff is no UTF-8 text: save the file as UTF-8"},
    {NULL, "m/sqitch.plan:1:1 is not there, or can't be read: it tells which changes there are"},
};

START_TEST(a_plans_head)
{
    list(heads[_i].plan, NULL, "", "");
    ck_assert_str_eq(faults_text(), heads[_i].faults);
}
END_TEST

/* The configuration, and where the directory lies beneath it. */
static const struct {
    const char *configuration, *beneath, *entries, *variables, *faults;
} configurations[] = {
    {"[core]\n\tengine = pg\n", "", "a=deploy/a.sql?verify/a.sql", "registry=sqitch", ""},
    {"[core]\nextension = ddl ; more\n[deploy]\n\tverify = no\n", "", "a=deploy/a.ddl", "registry=sqitch", ""},
    {"[core \"variables\"]\nx = \"1 # \\\"2\\\"\" \nY = two \\\n  more\n[deploy \"variables\"]\nx = 3\n[engine "
     "\"pg\"]\n"
     "registry = r\n",
     "", "a=deploy/a.sql?verify/a.sql", "registry=r x=3 Y=two   more", ""},
    {"[core]\ntop_dir = ./db/\ndeploy_dir = db/deploy\nplan_file = db/sqitch.plan\nreworked_dir = db\n", "db",
     "a=deploy/a.sql?verify/a.sql", "registry=sqitch", ""},
    {"[core]\ntop_dir = other\nextension = ddl\n", "db", "a=deploy/a.sql?verify/a.sql", "registry=sqitch", ""},
    {"[core]\ntop_dir = other\n", "", NULL, "registry=sqitch",
     "sqitch.conf:2:1 the plan of this project is not here: name its top_dir as the directory"},
    {"[core]\ndeploy_dir = up\n engine = mysql\n", "", NULL, "registry=sqitch",
     "sqitch.conf:2:1 deploy_dir: only deploy is read, in the folder of the plan\n"
     "sqitch.conf:3:2 the engine is not PostgreSQL (pg)"},
    {"[core]\n engine = mysql\n[engine \"pg\"]\nclient=psql\n", "", "a=deploy/a.sql?verify/a.sql", "registry=sqitch",
     ""},
    {"[target \"x\"]\nuri = db:pg:\nextension = ddl\n", "", NULL, "registry=sqitch",
     "sqitch.conf:3:1 what is of one [target] of sqitch's alone is not known here: say it in [core], or as vars.NAME "
     "of the target"},
    {"a = b\n[core\nx = \"a\n[core]\nx = a\\z\n*\n", "", NULL, "registry=sqitch",
     "sqitch.conf:1:1 stands in no section\nsqitch.conf:2:1 is no section: write [name], or [name \"more\"]\n"
     "sqitch.conf:3:1 stands in no section\n"
     "sqitch.conf:5:5 no such escape: there are \\n, \\t, \\b, \\\\ and \\\"\n"
     "sqitch.conf:6:1 is no `key = value`"},
};

START_TEST(a_configuration)
{
    const char *variables = "";
    list(plan_text("a~\n"), configurations[_i].configuration, configurations[_i].beneath,
         "deploy/a.sql|deploy/a.ddl|verify/a.sql|verify/a.ddl");
    if (configurations[_i].entries != NULL)
        ck_assert_str_eq(entries_text(), configurations[_i].entries);
    for (size_t i = 0; i < listing.variables->count; i++)
        variables = arena_printf(arena, "%s%s%s=%s", variables, i > 0 ? " " : "", listing.variables->items[i].name,
                                 listing.variables->items[i].value);
    ck_assert_str_eq(variables, configurations[_i].variables);
    ck_assert_str_eq(faults_text(), configurations[_i].faults);
}
END_TEST

/* ---- psql's variables ---- */

static const struct {
    const char *text, *put, *faults;
} variables[] = {
    {"SELECT :x, :'x', :\"x\", x::x, y := :x;", "SELECT it's, 'it''s', \"it's\", x::x, y := it's;", ""},
    {"SELECT ':x', \":x\", $$:x$$ -- :x\n, :xy, a[1:y], :X;", "", ""},
    {"SELECT :{?x}, :{?y};", "SELECT TRUE, FALSE;", ""},
    {"SELECT :'y', :\"DBNAME\", :USER;", "",
     "m/a.sql:1:8 psql variable y has no value: set vars.y = VALUE in the target's section of the configuration\n"
     "m/a.sql:1:14 psql variable DBNAME has no value: set vars.DBNAME = VALUE in the target's section of the "
     "configuration\n"
     "m/a.sql:1:25 psql variable USER has no value: set vars.USER = VALUE in the target's section of the "
     "configuration"},
    {"COPY a FROM stdin;\n:x\n\\.\nSELECT :x;", "COPY a FROM stdin;\n:x\n\\.\nSELECT it's;", ""},
};

START_TEST(variables_are_put_in)
{
    struct layout_entry entry = {.id = "a", .message = "", .up = "a.sql"};
    struct revision revision;
    struct parameters given = {0};
    struct text out = {0};
    struct revision_script script = {.text = variables[_i].text, .length = strlen(variables[_i].text)};
    parameters_add(arena, &given, "x", "it's");
    revision_begin(arena, layout_find("sqitch"), "m", &entry, NULL, &revision, &faults);
    parameters_put(arena, &given, &revision, "m/a.sql", &script, &out, &faults);
    ck_assert_str_eq(text_string(&out), variables[_i].put);
    ck_assert_str_eq(faults_text(), variables[_i].faults);
    text_finish(&out);
}
END_TEST

/* ---- verification ---- */

static const struct {
    const char *up, *script, *text, *faults;
} verifications[] = {
    {"BEGIN;\nSELECT 1;\nCOMMIT;\n", "BEGIN;\nSELECT 2;\nROLLBACK;\n",
     "      \nSELECT 1;\n       \n\nSAVEPOINT migrated_verify;\n      \nSELECT 2;\n         \n\n"
     "ROLLBACK TO SAVEPOINT migrated_verify;\nRELEASE SAVEPOINT migrated_verify;\n",
     ""},
    {"SELECT 1", "SELECT 2",
     "SELECT 1\n;\nSAVEPOINT migrated_verify;\nSELECT 2\n;\n"
     "ROLLBACK TO SAVEPOINT migrated_verify;\nRELEASE SAVEPOINT migrated_verify;\n",
     ""},
    {"CREATE INDEX CONCURRENTLY i ON t (a);", "BEGIN; SELECT 2; ROLLBACK;",
     "CREATE INDEX CONCURRENTLY i ON t (a);\n       SELECT 2;          \n", ""},
    {"VACUUM;", "BEGIN;\nINSERT INTO t VALUES (1);\nROLLBACK;", NULL,
     "m/v.sql:2:1 may change something that nothing would take back, as the script that it verifies can't run in a "
     "transaction: SELECT, DO and the like may stand here"},
    {"BEGIN;\nSELECT 1;", "SELECT 2;", "", ""},
    {"SELECT 'x", "SELECT 2;", "", ""},
    {"SELECT 1;", "SELECT\n '\xFF';", "", "m/v.sql:2:3 byte 0xff is no UTF-8 text: save the file as UTF-8"},
};

START_TEST(a_script_verifies)
{
    struct text out = {0};
    struct revision_script script = {.text = verifications[_i].up, .length = strlen(verifications[_i].up)};
    struct verification verification = {"m/v.sql", verifications[_i].script, strlen(verifications[_i].script), NULL};
    verification_add(arena, &verification, &script, &out, &faults);
    if (verifications[_i].text != NULL)
        ck_assert_str_eq(text_string(&out), verifications[_i].text);
    ck_assert_str_eq(faults_text(), verifications[_i].faults);
    text_finish(&out);
}
END_TEST

Suite *layout_sqitch_suite(void)
{
    Suite *suite = suite_create("layout_sqitch");
    TCase *tests = tcase_create("layout_sqitch");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_plan, 0, sizeof plans / sizeof *plans);
    tcase_add_loop_test(tests, a_plans_head, 0, sizeof heads / sizeof *heads);
    tcase_add_loop_test(tests, a_configuration, 0, sizeof configurations / sizeof *configurations);
    tcase_add_loop_test(tests, variables_are_put_in, 0, sizeof variables / sizeof *variables);
    tcase_add_loop_test(tests, a_script_verifies, 0, sizeof verifications / sizeof *verifications);
    suite_add_tcase(suite, tests);
    return suite;
}
