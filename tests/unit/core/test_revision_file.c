#include "base/arena.h"
#include "core/revision_file.h"

#include <check.h>
#include <string.h>

Suite *revision_file_suite(void);

static struct arena *arena;
static struct faults faults;
static struct revision revision;

static void setup(void)
{
    arena = arena_create();
    faults = (struct faults){.arena = arena};
}

static void teardown(void)
{
    arena_destroy(arena);
}

/* Faults as lines "line:column message". */
static const char *fault_lines(void)
{
    const char *lines = "";
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        lines = arena_printf(arena, "%s%s%u:%u %s", lines, i > 0 ? "\n" : "", faults.items[i].line,
                             faults.items[i].column, faults.items[i].message);
    return lines;
}

static void read_text(const char *text)
{
    revision_file_read(arena, "migrations/0007_things.sql", text, strlen(text), &revision, &faults);
}

static const char *list(const struct names *names)
{
    return names_join(arena, names, 100);
}

START_TEST(a_file_without_header_or_markers)
{
    const char *text = "CREATE TABLE t (a int);\nDROP TABLE u";
    read_text(text);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(revision.id, "0007_things");
    ck_assert_str_eq(revision.path, "migrations/0007_things.sql");
    ck_assert_uint_eq(revision.up.file_size, strlen(text));
    ck_assert_str_eq(revision.message, "");
    ck_assert(!revision.has_down_revision && revision.down_revisions.count == 0);
    ck_assert_int_eq(revision.phase, PHASE_EXPAND);
    ck_assert_int_eq(revision.lock_timeout_ms, -1);
    ck_assert_int_eq(revision.statement_timeout_ms, -1);
    ck_assert_int_eq(revision.online_timeout_ms, -1);
    ck_assert(revision.data_loss == NULL && revision.irreversible == NULL);
    ck_assert(revision.up.present && revision.up.transactional && !revision.up.wrapped && !revision.down.present);
    ck_assert_uint_eq(revision.up.offset, 0);
    ck_assert_uint_eq(revision.up.length, strlen(text));
    ck_assert_uint_eq(revision.up.statements, 2);
    ck_assert_uint_eq(strlen(revision.checksum), 64);
}
END_TEST

START_TEST(every_header)
{
    read_text("\xEF\xBB\xBF-- revision: 0052_b\r\n"
              "--\r\n"
              "-- a comment: with a colon\r\n"
              "\r\n"
              "-- Down_Revision:\t0051_a , 0051-\xC3\xA4\r\n"
              "--message:  adds things: two--labels: 1  \r\n"
              "  -- depends_on: x, y   -- labels: billing\r\n"
              "-- phase: Contract\r\n"
              "-- data_loss: nobody reads it\r\n"
              "-- transaction: on\r\n"
              "-- lock_timeout: 0 -- statement_timeout: 10min\r\n"
              "-- online_timeout: 2h\r\n"
              "-- migrated:up\r\n"
              "-- revision: other\r\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(revision.id, "0052_b");
    ck_assert_uint_eq(revision.id_place.line, 1);
    ck_assert_uint_eq(revision.id_place.column, 14);
    ck_assert(revision.has_down_revision);
    ck_assert_str_eq(list(&revision.down_revisions), "0051_a, 0051-\xC3\xA4");
    ck_assert_uint_eq(revision.down_revision_place.line, 5);
    ck_assert_uint_eq(revision.down_revision_place.column, 19);
    ck_assert_str_eq(revision.message, "adds things: two--labels: 1");
    ck_assert_str_eq(list(&revision.depends_on), "x, y");
    ck_assert_uint_eq(revision.depends_on_place.column, 18);
    ck_assert_str_eq(list(&revision.labels), "billing");
    ck_assert_uint_eq(revision.labels_place.line, 7);
    ck_assert_uint_eq(revision.labels_place.column, 36);
    ck_assert_int_eq(revision.phase, PHASE_CONTRACT);
    ck_assert_str_eq(revision.data_loss, "nobody reads it");
    ck_assert_int_eq(revision.lock_timeout_ms, 0);
    ck_assert_int_eq(revision.statement_timeout_ms, 600000);
    ck_assert_int_eq(revision.online_timeout_ms, 7200000);
    ck_assert_uint_eq(revision.up.place.line, 14);
}
END_TEST

START_TEST(bases)
{
    static const char *const texts[] = {"-- down_revision: none", "-- down_revision: None\n", "-- down_revision:\n"};
    read_text(texts[_i]);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(revision.has_down_revision);
    ck_assert_uint_eq(revision.down_revisions.count, 0);
}
END_TEST

START_TEST(prose_stays_prose)
{
    read_text("-- note: phase two\n-- a phase: later\n-- see also: the wiki\n-- Name: t; Type: TABLE\n"
              "-- this is lost data: none\n-- depending on the load: slow\n-- one message: x\n-- https://a.b/c\n");
    ck_assert_str_eq(fault_lines(), "");
}
END_TEST

START_TEST(the_header_ends_at_the_first_other_line)
{
    read_text("-- message: yes\nSELECT 1;\n-- revision: no\n-- phase: wrong\n-- revison: no\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(revision.id, "0007_things");
    ck_assert_str_eq(revision.message, "yes");
}
END_TEST

START_TEST(a_reason_for_no_way_back)
{
    read_text("-- irreversible: the column is gone\n-- migrated:up\nSELECT 1;\n-- migrated:down\n-- nothing\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(revision.irreversible, "the column is gone");
    ck_assert_uint_eq(revision.down.statements, 0);
}
END_TEST

static const struct {
    const char *text;
    bool is_one;
} ways_back[] = {
    {"-- migrated:up\nA;\n-- migrated:down\nB;\n", true},
    {"-- migrated:up\nA;\n-- migrated:down\n-- later\n;\n", false},
    {"-- migrated:up\nA;\n-- migrated:down\nBEGIN; COMMIT;\n", false},
    {"-- migrated:up\nA;\n", false},
    {"A;\n", false},
    {"-- migrated:up\n-- nothing\n-- migrated:down\n", true},
    {"-- migrated:up\n", false},
};

START_TEST(knows_a_way_back)
{
    read_text(ways_back[_i].text);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_msg(revision_has_way_back(&revision) == ways_back[_i].is_one, "%s", ways_back[_i].text);
}
END_TEST

/* The text of a section, for a comparison in one line. */
static const char *span(const char *text, const struct section *section)
{
    return section->present ? arena_copy(arena, text + section->offset, section->length) : "absent";
}

static const struct {
    const char *name, *text, *up, *down;
} sections[] = {
    {"empty file", "", "", "absent"},
    {"nothing but comments", "-- nothing\n", "-- nothing\n", "absent"},
    {"byte order mark", "\xEF\xBB\xBFSELECT 1;", "SELECT 1;", "absent"},
    {"up and down", "-- x\n-- migrated:up\nA;\n-- migrated:down\nB;\n", "A;\n", "B;\n"},
    {"down before up", "-- migrated:down\nB;\n-- migrated:up\nA;", "A;", "B;\n"},
    {"only up", "-- migrated:up\nA;", "A;", "absent"},
    {"no final line end", "-- migrated:up\nA;\n-- migrated:down", "A;\n", ""},
    {"form of a marker", " --migrated:UP \t\r\nA;\r\n--  Migrated:Down\r\nB;\r\n", "A;\r\n", "B;\r\n"},
    {"the last statement needs no semicolon", "-- migrated:up\nA\n-- migrated:down\nB\n", "A\n", "B\n"},
    {"not in a string", "-- migrated:up\nA '\n-- migrated:down\n';", "A '\n-- migrated:down\n';", "absent"},
    {"not in a dollar quote", "-- migrated:up\nA $$\n-- migrated:down\n$$;", "A $$\n-- migrated:down\n$$;", "absent"},
    {"not in a block comment", "-- migrated:up\n/*\n-- migrated:down\n*/", "/*\n-- migrated:down\n*/", "absent"},
    {"not in COPY data", "-- migrated:up\nCOPY t FROM stdin;\n-- migrated:down\n\\.\n-- migrated:down\nB;",
     "COPY t FROM stdin;\n-- migrated:down\n\\.\n", "B;"},
    {"a body without end ends too", "-- migrated:up\nCREATE FUNCTION f() BEGIN ATOMIC (A;\n-- migrated:down\nB;",
     "CREATE FUNCTION f() BEGIN ATOMIC (A;\n", "B;"},
    {"nor is nothing", "-- migrated:\nA;", "-- migrated:\nA;", "absent"},
    {"prose is no marker", "-- migrated: all the old rows\n-- migration: up\nA;",
     "-- migrated: all the old rows\n-- migration: up\nA;", "absent"},
};

START_TEST(sections_of_a_file)
{
    read_text(sections[_i].text);
    ck_assert_msg(faults.count == 0, "%s: %s", sections[_i].name, fault_lines());
    ck_assert_str_eq(span(sections[_i].text, &revision.up), sections[_i].up);
    ck_assert_str_eq(span(sections[_i].text, &revision.down), sections[_i].down);
}
END_TEST

static const struct {
    const char *name, *text, *faults;
} faulty[] = {
    {"near miss of a header", "-- down-revision: none\n-- revison: x\n-- Label: y\n",
     "1:4 unknown header 'down-revision', did you mean 'down_revision'?\n"
     "2:4 unknown header 'revison', did you mean 'revision'?\n"
     "3:4 unknown header 'Label', did you mean 'labels'?"},
    {"two words for one header", "-- data loss: none\n-- Depends  on: a\n-- depends on : a\n-- lock time-out: 1s\n",
     "1:4 unknown header 'data loss', did you mean 'data_loss'?\n"
     "3:4 unknown header 'depends on', did you mean 'depends_on'?\n"
     "4:4 unknown header 'lock time-out', did you mean 'lock_timeout'?"},
    {"a word for one header", "-- depends: a\n-- downrevision: b\n",
     "1:4 unknown header 'depends', did you mean 'depends_on'?\n"
     "2:4 unknown header 'downrevision', did you mean 'down_revision'?"},
    {"header given twice", "-- phase: data\n-- Phase: data\n", "2:4 header 'phase' is given twice, first in line 1"},
    {"bad phase", "-- phase: expend\n",
     "1:11 'expend' is no phase, did you mean 'expand'? (expand, data or contract)"},
    {"unlike any phase", "-- phase: 1\n", "1:11 '1' is no phase: it is expand, data or contract"},
    {"empty phase", "-- phase:\n", "1:10 '' is no phase: it is expand, data or contract"},
    {"bad transaction mode", "-- transaction: false\n", "1:17 'false' is no transaction mode: it is on or off"},
    {"duration without unit", "-- lock_timeout: 5\n",
     "1:18 '5' has no unit: write 5s for seconds or 5ms for milliseconds"},
    {"no duration", "-- statement_timeout: soon\n", "1:23 'soon' is no duration: write 250ms, 5s, 10min or 2h"},
    {"no reason", "-- data_loss:\n-- irreversible: \n",
     "1:14 'data_loss' needs a reason behind the colon\n2:17 'irreversible' needs a reason behind the colon"},
    {"empty id", "-- revision:\n", "1:13 the revision id is empty"},
    {"illegal ids", "-- revision: a b\n-- down_revision: a+1, b@c\n-- depends_on: a:b\n-- labels: \xC2\xA0\n",
     "1:14 blanks and control characters are not allowed in a revision id or label ('a b')\n"
     "2:19 '+' is not allowed in a revision id or label ('a+1')\n"
     "2:24 '@' is not allowed in a revision id or label ('b@c')\n"
     "3:16 ':' is not allowed in a revision id or label ('a:b')\n"
     "4:12 blanks and control characters are not allowed in a revision id or label ('\xC2\xA0')"},
    {"holes in lists", "-- down_revision: a,, none\n-- labels: b,\n",
     "1:21 a name is missing beside the comma\n1:23 'none' stands alone, not in a list\n"
     "2:14 a name is missing beside the comma"},

    {"near miss of a marker", "-- migrated:up\nA;\n-- migrated:dwon\nB;\n",
     "3:1 '-- migrated:dwon' is no section marker, did you mean '-- migrated:down'?"},
    {"another tool's marker", "-- migrate:up\nA;\n-- migrate:down\nB;\n",
     "1:1 '-- migrate:up' is no section marker, did you mean '-- migrated:up'?\n"
     "3:1 '-- migrate:down' is no section marker, did you mean '-- migrated:down'?"},
    {"blank in a marker", "-- migrated: up\nA;\n",
     "1:1 '-- migrated: up' is no section marker, did you mean '-- migrated:up'?"},
    {"text behind a marker", "-- migrated:up\n-- migrated:down -- drop it\nB;",
     "2:1 '-- migrated:down -- drop it' is no section marker, did you mean '-- migrated:down'?"},
    {"unknown marker", "-- migrated:rollback\nA;\n",
     "1:1 '-- migrated:rollback' is no section marker: there are '-- migrated:up' and '-- migrated:down'"},
    {"marker behind a statement", "-- migrated:up\nA; -- migrated:down\nB;",
     "2:4 a section marker stands on a line of its own"},
    {"up twice", "-- migrated:up\nA;\n-- migrated:up\nB;", "3:1 a second '-- migrated:up', the first is in line 1"},
    {"SQL before the first marker", "-- x\nA;\n-- migrated:down\nB;",
     "2:1 SQL before the first section marker: it belongs behind '-- migrated:up'"},
    {"down without up", "-- migrated:down\nB;", "1:1 a '-- migrated:down' section, but no '-- migrated:up'"},
    {"irreversible with a way back", "-- irreversible: x\n-- migrated:up\nA;\n-- migrated:down\nB;\n",
     "1:18 'irreversible', but the down section in line 4 holds statements: take one of them out"},

    {"transaction: on beside what can't", "-- transaction: on\nA;\nCREATE INDEX CONCURRENTLY i ON t (a); VACUUM;",
     "3:1 CREATE INDEX CONCURRENTLY can't run in a transaction, but line 1 says 'transaction: on'\n"
     "3:39 VACUUM can't run in a transaction, but line 1 says 'transaction: on'"},
    {"own transaction control", "A;\nROLLBACK; ABORT;\nBEGIN;\nCOMMIT;\nB;",
     "2:1 ROLLBACK: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)\n"
     "2:11 ABORT: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)\n"
     "3:1 BEGIN: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)\n"
     "4:1 COMMIT: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)"},
    {"COMMIT alone at the end", "A;\nEND;",
     "2:1 END: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)"},
    {"BEGIN without COMMIT", "BEGIN;\nA;", "1:1 BEGIN without a COMMIT as the section's last statement"},
    {"two transactions", "BEGIN;\nA;\nCOMMIT;\nBEGIN;\nB;\nCOMMIT;",
     "3:1 COMMIT: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)\n"
     "4:1 BEGIN: transaction control of its own (only one BEGIN ... COMMIT around a whole section is taken off)"},
    {"wrapped in vain", "BEGIN;\nDROP INDEX CONCURRENTLY i;\nCOMMIT;",
     "1:1 BEGIN ... COMMIT around DROP INDEX CONCURRENTLY in line 2, which can't run in a transaction"},
    {"wrapped in spite of the header", "-- transaction: off\nBEGIN;\nA;\nCOMMIT;",
     "2:1 BEGIN ... COMMIT, but line 1 says 'transaction: off'"},
    {"psql commands", "\\set x 1\nA;\n\\copy t from 'f'\n",
     "1:1 psql command \\set is not supported: write the value where it is used\n"
     "3:1 psql command \\copy is not supported: use COPY ... FROM stdin; with the data lines and \\. behind it"},
    {"unknown command in a statement", "A \\watch 1\n;",
     "1:3 psql command \\watch is not supported: take it out, revisions are not run by psql"},
    {"restrict in a statement", "A\n\\restrict x\n+ 1;", "2:1 psql command \\restrict in the middle of a statement"},
    {"COPY to nowhere", "A;\nCOPY t TO STDOUT;", "2:1 COPY TO STDOUT: its data would go nowhere"},
    {"unterminated quote", "-- phase: x\nA;\nB 'x;\n",
     "1:11 'x' is no phase: it is expand, data or contract\n3:3 unterminated quoted string"},
    {"not UTF-8", "A;\n-- \xC3\xA4 na\xEFve\n", "2:8 byte 0xef is not UTF-8: save the file as UTF-8"},
    {"overlong UTF-8", "A '\xC0\x80';", "1:4 byte 0xc0 is not UTF-8: save the file as UTF-8"},
    {"longer overlong UTF-8", "A '\xE0\x80\x80';", "1:4 byte 0xe0 is not UTF-8: save the file as UTF-8"},
    {"surrogate in UTF-8", "A '\xED\xA0\x80';", "1:4 byte 0xed is not UTF-8: save the file as UTF-8"},
    {"cut UTF-8", "A \xE2\x82", "1:3 byte 0xe2 is not UTF-8: save the file as UTF-8"},
};

START_TEST(faults_of_a_file)
{
    read_text(faulty[_i].text);
    ck_assert_msg(strcmp(fault_lines(), faulty[_i].faults) == 0, "%s:\n%s", faulty[_i].name, fault_lines());
    ck_assert_str_eq(faults.items[0].file, "migrations/0007_things.sql");
    ck_assert_str_ne(revision.id, "");
}
END_TEST

START_TEST(an_illegal_file_name)
{
    revision_file_read(arena, "a/1+1.sql", "", 0, &revision, &faults);
    ck_assert_str_eq(fault_lines(), "1:1 '+' is not allowed in a revision id or label ('1+1')");
    ck_assert_uint_eq(revision.id_place.line, 1);
}
END_TEST

START_TEST(a_nul_byte)
{
    revision_file_read(arena, "a.sql", "--revision:\n \0;", 15, &revision, &faults);
    ck_assert_str_eq(revision.id, "a");
    ck_assert_str_eq(fault_lines(), "2:2 a NUL byte, which SQL text can't hold: is the file binary, or UTF-16?");
}
END_TEST

START_TEST(a_statement_makes_its_section_non_transactional)
{
    read_text("-- migrated:up\nA;\nCREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM;\n-- migrated:down\nB;\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(!revision.up.transactional && revision.down.transactional);
    ck_assert_str_eq(revision.up.why_not, "CREATE INDEX CONCURRENTLY");
    ck_assert_uint_eq(revision.up.why_place.line, 3);
    ck_assert_uint_eq(revision.up.why_place.column, 1);
    ck_assert_uint_eq(revision.up.statements, 3);
    ck_assert(revision.down.why_not == NULL);
}
END_TEST

START_TEST(a_header_makes_both_sections_non_transactional)
{
    read_text("-- transaction: OFF\n-- migrated:up\nVACUUM;\n-- migrated:down\nB;\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(!revision.up.transactional && !revision.down.transactional);
    ck_assert_str_eq(revision.up.why_not, "transaction: off");
    ck_assert_str_eq(revision.down.why_not, "transaction: off");
    ck_assert_uint_eq(revision.up.why_place.line, 1);
    ck_assert_uint_eq(revision.up.why_place.column, 17);
}
END_TEST

START_TEST(a_transaction_around_a_section_is_taken_off)
{
    static const char *const texts[] = {
        "-- x\nBEGIN;\nA;\nSAVEPOINT s;\nROLLBACK TO s;\nCOMMIT;\n-- y\n",
        "\\restrict x\n;START TRANSACTION;A;END;;\n\\unrestrict x",
        "BEGIN WORK;\nCOMMIT",
    };
    read_text(texts[_i]);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(revision.up.wrapped && revision.up.transactional);
}
END_TEST

START_TEST(what_a_dump_holds)
{
    read_text("\\restrict abc\n\nSET statement_timeout = 0;\nCREATE TABLE t (a int);\n"
              "COPY public.t (a) FROM stdin;\n1\nBEGIN;\n\\i x\n\\.\n\n\\unrestrict abc\n");
    ck_assert_str_eq(fault_lines(), "");
    ck_assert(revision.up.transactional && !revision.up.wrapped && !revision.up.leaves_session_state);
    ck_assert_uint_eq(revision.up.statements, 3);
}
END_TEST

START_TEST(session_state_is_noticed)
{
    read_text("-- migrated:up\nCREATE TEMP TABLE t (a int);\n-- migrated:down\nB;");
    ck_assert(revision.up.leaves_session_state && !revision.down.leaves_session_state);
}
END_TEST

START_TEST(checksums_do_not_see_line_ends)
{
    static const char *const same[] = {
        "\n  A;\n\nB;",
        "\xEF\xBB\xBF\n  A;\n\nB;\n",
        "\r\n  A;\r\n\r\nB;\r\n\r\n",
        " \n  A; \t\n\t\nB;  \n \n",
    };
    static const char *const other[] = {"  A;\n\nB;", "\n A;\n\nB;", "\n  A;\nB;", "\n  A;\n\n\nB;", ""};
    char first[DIGEST_HEX_SIZE], next[DIGEST_HEX_SIZE];
    revision_checksum(same[0], strlen(same[0]), first);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        revision_checksum(same[i], strlen(same[i]), next);
        ck_assert_str_eq(first, next);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        revision_checksum(other[i], strlen(other[i]), next);
        ck_assert_str_ne(first, next);
    }
    /* sha256sum of the bytes "a\nb": the normalised text is hashed as it stands */
    revision_checksum("a \r\nb\n", 6, next);
    ck_assert_str_eq(next, "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78");
    /* of "\n\na\n\n\nb\nc": what stays as it is beside what does not */
    revision_checksum("\n \na\n\n\nb \nc\n\n \n", 15, next);
    ck_assert_str_eq(next, "05463cfa99de41faa8763c6cbf627d0aa07c1cd8a9914d9a56e8dbc3733019eb");
}
END_TEST

START_TEST(places_behind_a_header)
{
    read_text("\xEF\xBB\xBF\n \t-- message: \xC3\xA9   -- phase: data\r\n\f\n-- labels: \xC3\xA9, a b\r'");
    ck_assert_str_eq(fault_lines(),
                     "4:15 blanks and control characters are not allowed in a revision id or label ('a b')\n"
                     "4:19 unterminated quoted string");
    ck_assert_uint_eq(revision.up.offset, 3);
    ck_assert_uint_eq(revision.up.place.line, 1);
    ck_assert_int_eq(revision.phase, PHASE_DATA);
}
END_TEST

START_TEST(ids_are_measured_in_characters)
{
    ck_assert_uint_eq(revision_id_characters(&(struct revision){.id = "a\xC3\xA4-1"}), 4);
}
END_TEST

/* Files of one or more directories: path and text. */
struct file {
    const char *path, *text;
};

static struct revision *link_files(const struct file *files, size_t count)
{
    struct revision *revisions = arena_array(arena, count, sizeof *revisions);
    for (size_t i = 0; i < count; i++)
        revision_file_read(arena, files[i].path, files[i].text, strlen(files[i].text), &revisions[i], &faults);
    revision_files_link(arena, revisions, count, &faults);
    return revisions;
}

/* "id<parent id<parent ..." */
static const char *links(const struct revision *revisions, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s<%s", text, i > 0 ? " " : "", revisions[i].id,
                            list(&revisions[i].down_revisions));
    return text;
}

START_TEST(a_linear_directory)
{
    static const struct file files[] = {
        {"m/10_c.sql", ""}, {"m/1_a.sql", ""}, {"m/2-x.sql", "-- revision: named"},
        {"m/2.sql", ""},    {"m/9_b.sql", ""},
    };
    const struct revision *revisions = link_files(files, 5);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(links(revisions, 5), "1_a< 2<1_a named<2 9_b<named 10_c<9_b");
    ck_assert_str_eq(revisions[2].path, "m/2-x.sql");
}
END_TEST

START_TEST(a_directory_with_headers)
{
    static const struct file files[] = {
        {"m/10.sql", "-- down_revision: none"}, {"m/2.sql", ""}, {"m/3.sql", "-- down_revision: 10"}};
    const struct revision *revisions = link_files(files, 3);
    ck_assert_str_eq(fault_lines(), "1:1 no down_revision header, but m/10.sql has one: name its parent, or write "
                                    "`-- down_revision: none` if it is a base");
    ck_assert_str_eq(faults.items[0].file, "m/2.sql");
    ck_assert_str_eq(links(revisions, 3), "10< 2< 3<10");
}
END_TEST

START_TEST(each_directory_is_judged_alone)
{
    static const struct file files[] = {
        {"a/1.sql", ""}, {"a/2.sql", ""}, {"ab/1b.sql", ""}, {"ab/2b.sql", ""}, {"c/z.sql", "-- down_revision: 2b"}};
    const struct revision *revisions = link_files(files, 5);
    ck_assert_str_eq(fault_lines(), "");
    ck_assert_str_eq(links(revisions, 5), "1< 2<1 1b< 2b<1b z<2b");
}
END_TEST

START_TEST(no_files_at_all)
{
    revision_files_link(arena, NULL, 0, &faults);
    ck_assert_uint_eq(faults.count, 0);
}
END_TEST

Suite *revision_file_suite(void)
{
    Suite *suite = suite_create("revision_file");
    TCase *tcase = tcase_create("revision_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_file_without_header_or_markers);
    tcase_add_test(tcase, every_header);
    tcase_add_loop_test(tcase, bases, 0, 3);
    tcase_add_test(tcase, prose_stays_prose);
    tcase_add_loop_test(tcase, knows_a_way_back, 0, sizeof ways_back / sizeof *ways_back);
    tcase_add_test(tcase, the_header_ends_at_the_first_other_line);
    tcase_add_test(tcase, a_reason_for_no_way_back);
    tcase_add_loop_test(tcase, sections_of_a_file, 0, sizeof sections / sizeof *sections);
    tcase_add_loop_test(tcase, faults_of_a_file, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(tcase, an_illegal_file_name);
    tcase_add_test(tcase, a_nul_byte);
    tcase_add_test(tcase, a_statement_makes_its_section_non_transactional);
    tcase_add_test(tcase, a_header_makes_both_sections_non_transactional);
    tcase_add_loop_test(tcase, a_transaction_around_a_section_is_taken_off, 0, 3);
    tcase_add_test(tcase, what_a_dump_holds);
    tcase_add_test(tcase, session_state_is_noticed);
    tcase_add_test(tcase, checksums_do_not_see_line_ends);
    tcase_add_test(tcase, places_behind_a_header);
    tcase_add_test(tcase, ids_are_measured_in_characters);
    tcase_add_test(tcase, a_linear_directory);
    tcase_add_test(tcase, a_directory_with_headers);
    tcase_add_test(tcase, each_directory_is_judged_alone);
    tcase_add_test(tcase, no_files_at_all);
    suite_add_tcase(suite, tcase);
    return suite;
}
