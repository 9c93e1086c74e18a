/*
 * Judgements in tests, written as text. Columns are separated by blanks; rows end in a newline and have their cells
 * separated by '|', "~" being NULL. Findings are a line each: "status: message -> next". Owned by the arena.
 */
#ifndef MIGRATED_TESTS_DIAGNOSIS_CASE_H
#define MIGRATED_TESTS_DIAGNOSIS_CASE_H

#include "base/arena.h"
#include "base/text.h"
#include "core/diagnosis.h"

#include <check.h>
#include <string.h>

struct diagnosis_case {
    const char *what;
    diagnosis_judge *judge;
    const struct diagnosis_facts *facts;
    const char *columns, *rows;
    const char *findings;
};

/* The parts of `text` that end in one of `ends`; an end of the text is an end too. */
static inline struct names case_parts(struct arena *arena, const char *text, const char *ends)
{
    struct names parts = {.items = arena_array(arena, strlen(text) + 1, sizeof *parts.items)};
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ends);
        const char *part = arena_copy(arena, at, length);
        parts.items[parts.count++] = strcmp(part, "~") == 0 ? NULL : part;
        at += length + (at[length] != '\0');
    }
    return parts;
}

static inline struct answer case_answer(struct arena *arena, const char *columns, const char *rows)
{
    struct names names = case_parts(arena, columns, " "), cells = case_parts(arena, rows, "|\n");
    ck_assert_uint_eq(cells.count % (names.count == 0 ? 1 : names.count), 0);
    return (struct answer){names.items, names.count, cells.items, names.count == 0 ? 0 : cells.count / names.count};
}

static inline const char *case_findings(const struct diagnosis *diagnosis)
{
    struct text text = {0};
    for (size_t i = 0; i < diagnosis->count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        text_addf(&text, "%s: %s%s%s\n", finding_status_name(finding->status), finding->message,
                  finding->next != NULL ? " -> " : "", finding->next != NULL ? finding->next : "");
        ck_assert_str_eq(finding->check, diagnosis->check);
    }
    const char *copy = arena_string(diagnosis->arena, text_string(&text));
    text_finish(&text);
    return copy;
}

static inline void case_judge(const struct diagnosis_case *judged)
{
    struct arena *arena = arena_create();
    struct diagnosis diagnosis = {.arena = arena, .check = "check", .facts = judged->facts};
    struct answer answer = case_answer(arena, judged->columns, judged->rows);
    judged->judge(&diagnosis, &answer);
    const char *findings = case_findings(&diagnosis);
    ck_assert_msg(strcmp(findings, judged->findings) == 0, "%s:\n%s\nexpected\n%s", judged->what, findings,
                  judged->findings);
    arena_destroy(arena);
}

#endif
