#include "core/audit.h"

#include "graph_text.h"

#include <stdio.h>
#include <stdlib.h>

Suite *audit_suite(void);

static struct arena *arena;

static void setup(void)
{
    arena = arena_create();
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* The file of revision x has the checksum "x1". */
static struct graph *graph_of(const char *text)
{
    struct names lines = words(arena, text, ";");
    struct revision *revisions = arena_array(arena, lines.count, sizeof *revisions);
    struct faults faults = {.arena = arena};
    for (size_t i = 0; i < lines.count; i++) {
        revisions[i] = text_revision(arena, lines.items[i]);
        snprintf(revisions[i].checksum, sizeof revisions[i].checksum, "%s1", revisions[i].id);
    }
    struct graph *graph = graph_build(arena, revisions, lines.count, &faults);
    ck_assert_ptr_nonnull(graph);
    return graph;
}

static const char *checksum_of(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : strcmp(text, "=") == 0 ? "" : text;
}

/* "ID CHECKSUM APPLIED KNOWN" separated by ';', "-" not applied, "=" an empty checksum, 0 not known. */
static struct audit_records records_of(const char *text, int64_t stamped_us)
{
    struct names lines = words(arena, text, ";");
    struct audit_record *items = arena_array(arena, lines.count + 1, sizeof *items);
    for (size_t i = 0; i < lines.count; i++) {
        struct names fields = words(arena, lines.items[i], " ");
        items[i] = (struct audit_record){
            .revision = fields.items[0],
            .checksum = checksum_of(fields.items[1]),
            .applied_us = strtoll(fields.items[2], NULL, 10),
            .known_us = strtoll(fields.items[3], NULL, 10),
        };
    }
    return (struct audit_records){items, lines.count, stamped_us};
}

/* a - b - c: all applied by a run at 10 that told its graph at 5, unless said otherwise. */
static const struct {
    const char *what, *graph, *pending, *records;
    int64_t stamped_us;
    const char *found; /* "x" edited, "x<y" slipped in before y */
} cases[] = {
    {"as applied", "a; b a; c b", "", "a a1 10 5; b b1 11 5; c c1 12 5", 0, ""},
    {"edited", "a; b a; c b", "", "a a1 10 5; b b0 11 5; c c1 12 5", 0, "b"},
    {"two edited, in the order in which they run", "c b; b a; a", "", "a a0 10 5; b b1 11 5; c c0 12 5", 0, "a c"},
    {"edited while it is pending", "a; b a; c b", "c", "a a1 10 5; b b1 11 5; c c0 12 5", 0, ""},
    {"an empty checksum is not known", "a; b a", "", "a a1 10 5; b = 11 5", 0, ""},

    {"slipped in, no runner has seen it", "a; x a; c x", "", "a a1 10 5; c c1 12 5", 0, "x<c"},
    {"slipped in, seen after the one above", "a; x a; c x", "", "a a1 10 5; x - 0 20; c c1 12 5", 0, "x<c"},
    {"two slipped in", "a; x a; y x; c y", "", "a a1 10 5; c c1 12 5", 0, "x<c y<c"},
    {"a new base below everything", "x; a x; c a", "", "a a1 10 5; c c1 12 5", 0, "x<a"},
    {"beside an edited one", "a; x a; c x", "", "a a0 10 5; c c1 12 5", 0, "a x<c"},
    {"not below what is applied: pending", "a; x a; c a", "x", "a a1 10 5; c c1 12 5", 0, ""},
    {"by way of depends_on", "a; x; c a x", "", "a a1 10 5; c c1 12 5", 0, "x<c"},
    {"accepted by a stamp", "a; x a; c x", "", "a a1 10 5; x - 0 20; c c1 12 5", 21, ""},
    {"a stamp before it came", "a; x a; c x", "", "a a1 10 5; x - 0 20; c c1 12 5", 8, "x<c"},
    {"stamped back, to be run again", "a; x a; c x", "x c", "a a1 10 5; c c0 12 5", 0, ""},
    {"run after a way back", "a; x a; c x", "", "a a1 10 5; x x1 30 20; c c1 31 5", 0, ""},

    {"Alembic alone: no records", "a; b a; c b", "", "", 0, ""},
    {"Alembic's, then one of ours above", "a; b a; c b", "", "a - 0 5; b - 0 5; c c1 12 5", 0, ""},
    {"Alembic applied all, a runner told its graph", "a; b a; c b", "", "a - 0 5; b - 0 5; c - 0 5", 0, ""},
    {"slipped in below Alembic's, one of ours is above", "a; x a; b x; c b", "", "a - 0 5; b - 0 5; c c1 12 5", 0,
     "x<c"},
    {"the known graph was lost", "a; b a; c b", "", "c c1 12 0", 0, ""},
    {"the known graph was lost and told again", "a; b a; c b", "", "a - 0 20; b - 0 20; c c1 12 20", 0, ""},
    {"renamed", "a; y a; c y", "", "a a1 10 5; b b1 11 5; c c1 12 5", 0, ""},
    {"several made one", "s; c s", "", "a a1 10 5; b b1 11 5; c c1 12 5", 0, ""},
    {"a newer release's file is not here", "a; x a; c x", "", "a a1 10 5; c c1 12 5; z z1 14 13", 0, "x<c"},
    {"stamped, all of it", "a; b a; c b", "", "a - 0 5; b - 0 5; c - 0 5", 6, ""},
};

static const char *found_of(const struct audit *audit)
{
    const char *text = "";
    for (size_t i = 0; i < audit->count; i++) {
        const struct audit_finding *finding = &audit->findings[i];
        bool edited = finding->kind == AUDIT_EDITED;
        text = arena_printf(arena, "%s%s%s%s%s", text, i > 0 ? " " : "", finding->revision, edited ? "" : "<",
                            edited ? "" : finding->before);
    }
    return text;
}

START_TEST(judges)
{
    struct names pending = words(arena, cases[_i].pending, " ");
    struct audit_records records = records_of(cases[_i].records, cases[_i].stamped_us);
    struct audit audit, copy;

    audit_judge(arena, graph_of(cases[_i].graph), &pending, &records, &audit);

    ck_assert_msg(strcmp(found_of(&audit), cases[_i].found) == 0, "%s: %s", cases[_i].what, found_of(&audit));
    ck_assert_uint_eq(audit.edited + audit.slipped_in, audit.count);
    audit_copy(arena, &audit, &copy);
    ck_assert_str_eq(found_of(&copy), cases[_i].found);
}
END_TEST

START_TEST(says_what_and_what_next)
{
    struct names none = {0};
    struct audit_records records = records_of("a a0 10 5; c c0 12 5", 0);
    struct audit audit;
    struct error error;
    audit_judge(arena, graph_of("a; x a; c x"), &none, &records, &audit);
    ck_assert_uint_eq(audit.edited, 2);
    ck_assert_uint_eq(audit.slipped_in, 1);
    ck_assert_str_eq(
        audit_message(arena, &audit, AUDIT_SLIPPED_IN),
        "x stands before c, which is applied, and was never run; next: rename it so that it sorts "
        "behind what is applied; if its work is done already, `migrated stamp` the rows of `migrated current` again");
    const char *edited = audit_message(arena, &audit, AUDIT_EDITED);
    ck_assert_str_eq(edited, "a was edited after it was applied: its checksum was a0, that of a.sql is a1; next: put "
                             "the file back as it was and write a new revision; if the edit does no harm, `migrated "
                             "repair --checksum a` (and 1 more)");
    ck_assert(!audit_refuse(arena, &audit, &error));
    ck_assert_int_eq(error.code, ERROR_FILES);
    ck_assert_str_eq(error.file, "a.sql");
    ck_assert_ptr_nonnull(strstr(error.next, "migrated repair --checksum a"));
    ck_assert_ptr_nonnull(strstr(error.detail, "x stands before c"));
    ck_assert_ptr_nonnull(strstr(error.detail, "migrated repair --checksum c"));
}
END_TEST

/* printf 'a a1\nb b1\n' | sha256sum */
START_TEST(digests_what_counts_as_applied)
{
    struct names pending = words(arena, "c", " ");
    char hex[DIGEST_HEX_SIZE];
    audit_digest(arena, graph_of("b a; c b; a"), &pending, hex);
    ck_assert_str_eq(hex, "b74791f9d8c50d133cbdc43bdf283d7aff8b37ead4d14234344cbb949018bd65");
    pending = words(arena, "a b c", " ");
    audit_digest(arena, graph_of("b a; c b; a"), &pending, hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

Suite *audit_suite(void)
{
    Suite *suite = suite_create("audit");
    TCase *tests = tcase_create("audit");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, judges, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, says_what_and_what_next);
    tcase_add_test(tests, digests_what_counts_as_applied);
    suite_add_tcase(suite, tests);
    return suite;
}
