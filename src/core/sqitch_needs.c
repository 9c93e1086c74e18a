/*
 * What the changes of a plan require and conflict with (Plan.pm, check_changes; Engine.pm, check_deploy_dependencies).
 * A required change stands before the one that needs it; one that it conflicts with may not, as it would be deployed.
 */
#include "base/arena.h"
#include "core/sql_scan.h"
#include "sqitch_plan.h"

#include <string.h>

#define uthash_malloc(size)      arena_alloc(needs->arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

/* A name ("@name": a tag) while the plan goes by. */
struct known {
    const char *name;
    size_t first, last;   /* positions of changes of this name, or of the tag's */
    unsigned closed_line; /* of the last one that a tag follows; 0: there is none yet */
    bool passed;          /* it stands before the change that is looked at */
    UT_hash_handle hh;
};

struct needs {
    struct arena *arena;
    struct sqitch_plan *plan;
    struct faults *faults;
    struct known *known;
    size_t segment, next_tag; /* where the changes behind the last tag begin; the tag that comes next */
};

/* One of the words between the brackets: !project:change@tag. */
struct need {
    const char *word; /* as written, without the ! */
    bool conflicts;
    const char *project, *change, *tag; /* NULL: not in it */
    struct place place;
};

static struct known *find(const struct needs *needs, const char *name)
{
    struct known *known;
    HASH_FIND_STR(needs->known, name, known);
    return known;
}

static struct known *note(struct needs *needs, const char *name, size_t position)
{
    struct known *known = find(needs, name);
    if (known == NULL) {
        known = arena_alloc(needs->arena, sizeof *known);
        *known = (struct known){.name = name, .first = position};
        HASH_ADD_KEYPTR(hh, needs->known, known->name, strlen(known->name), known);
    }
    known->last = position;
    return known;
}

static const char *tag_key(const struct needs *needs, const char *tag)
{
    return arena_printf(needs->arena, "@%s", tag);
}

static void note_all(struct needs *needs)
{
    for (size_t i = 0; i < needs->plan->count; i++)
        note(needs, needs->plan->changes[i].name, i);
    for (size_t i = 0; i < needs->plan->tag_count; i++)
        note(needs, tag_key(needs, needs->plan->tags[i].name), needs->plan->tags[i].change);
}

static void refuse(struct needs *needs, const struct need *need, const char *message)
{
    fault_add(needs->faults, needs->plan->path, need->place.line, need->place.column, "%s", message);
}

/* ---- the words ---- */

static bool is_hash(const char *word)
{
    return strlen(word) == 40 && strspn(word, "0123456789abcdef") == 40;
}

/* False: it is no such word. */
static bool parse(const struct needs *needs, struct need *need)
{
    struct arena *arena = needs->arena;
    const char *rest = need->word, *colon = strchr(rest, ':');
    if (colon != NULL) {
        need->project = arena_copy(arena, rest, (size_t)(colon - rest));
        rest = colon + 1;
        if (!sqitch_name_is_valid(need->project, strlen(need->project), false))
            return false;
    }
    size_t length = strcspn(rest, "@");
    if (rest[length] == '@') {
        need->tag = arena_string(arena, rest + length + 1);
        if (!sqitch_name_is_valid(need->tag, strlen(need->tag), true))
            return false;
    }
    if (length == 0)
        return need->tag != NULL;
    need->change = arena_copy(arena, rest, length);
    return sqitch_name_is_valid(need->change, length, need->tag == NULL);
}

/* ---- what they name ---- */

/* The last change of this name up to a position; SQITCH_NONE: there is none. */
static size_t last_of(const struct needs *needs, const char *name, size_t position)
{
    const struct sqitch_plan *plan = needs->plan;
    const struct known *known = find(needs, name);
    size_t at = known == NULL || known->first > position ? SQITCH_NONE : known->first;
    while (at != SQITCH_NONE && plan->changes[at].reworked_by != SQITCH_NONE &&
           plan->changes[at].reworked_by <= position)
        at = plan->changes[at].reworked_by;
    return at;
}

/* The change that is meant, by one that stands at `position`; SQITCH_NONE: there is none. */
static size_t meant(const struct needs *needs, const struct need *need, size_t position)
{
    const struct known *tag = need->tag == NULL ? NULL : find(needs, tag_key(needs, need->tag));
    if (need->tag != NULL && tag == NULL)
        return SQITCH_NONE;
    if (need->change != NULL)
        return last_of(needs, need->change, tag == NULL ? position : tag->last);
    return tag == NULL ? SQITCH_NONE : tag->last;
}

/* As sqitch looks it up in what stands before the change. */
static bool is_before(const struct needs *needs, const struct need *need)
{
    const struct known *change = need->change == NULL ? NULL : find(needs, need->change);
    const struct known *tag = need->tag == NULL ? NULL : find(needs, tag_key(needs, need->tag));
    if (need->tag == NULL)
        return change != NULL && change->passed;
    bool tagged = tag != NULL && tag->passed;
    if (need->change == NULL || !tagged)
        return tagged;
    return change != NULL && change->closed_line > 0 && change->closed_line < tag->closed_line;
}

static void add_required(struct needs *needs, struct sqitch_change *change, size_t position)
{
    const char *id = needs->plan->changes[position].id;
    if (names_contain(&change->requires, id))
        return;
    change->requires.items[change->requires.count++] = id;
}

static void judge_required(struct needs *needs, const struct need *need, struct sqitch_change *change,
                           size_t position)
{
    if (is_before(needs, need)) {
        add_required(needs, change, meant(needs, need, position - 1));
        return;
    }
    const struct known *named = need->change == NULL ? NULL : find(needs, need->change);
    if (need->tag == NULL && named != NULL && named->first == position)
        refuse(needs, need, arena_printf(needs->arena, "change %s requires itself", change->name));
    else if (meant(needs, need, SQITCH_NONE - 1) != SQITCH_NONE && meant(needs, need, SQITCH_NONE - 1) >= position)
        refuse(needs, need,
               arena_printf(needs->arena, "change %s requires %s, which is planned behind it: move its line down",
                            change->name, need->word));
    else
        refuse(needs, need,
               arena_printf(needs->arena, "change %s requires %s, which the plan does not have before it",
                            change->name, need->word));
}

/* Without a tag the first of its name is meant (ChangeList.pm, find). */
static void judge_conflict(struct needs *needs, const struct need *need, const struct sqitch_change *change,
                           size_t position)
{
    const struct known *named = need->tag != NULL || need->change == NULL ? NULL : find(needs, need->change);
    size_t other = named != NULL ? named->first : meant(needs, need, SQITCH_NONE - 1);
    if (other == SQITCH_NONE)
        refuse(needs, need,
               arena_printf(needs->arena, "change %s conflicts with %s, which the plan does not have", change->name,
                            need->word));
    else if (other < position)
        refuse(
            needs, need,
            arena_printf(needs->arena,
                         "change %s conflicts with %s, which is deployed before it: one of them can't be in the plan",
                         change->name, need->word));
}

static void judge(struct needs *needs, struct need *need, size_t position)
{
    struct sqitch_change *change = &needs->plan->changes[position];
    if (is_hash(need->word))
        refuse(
            needs, need,
            arena_printf(needs->arena, "change %s names %s by its hash: write its name", change->name, need->word));
    else if (!parse(needs, need))
        refuse(needs, need,
               arena_printf(needs->arena, "'%s' names no change: write change, change@tag or @tag", need->word));
    else if (need->project != NULL && strcmp(need->project, needs->plan->project) != 0)
        refuse(needs, need,
               arena_printf(needs->arena,
                            "change %s depends on project %s, of which nothing is known here: see to it by `after` "
                            "between two targets, and take it out",
                            change->name, need->project));
    else if (need->conflicts)
        judge_conflict(needs, need, change, position);
    else
        judge_required(needs, need, change, position);
}

/* ---- the plan ---- */

/* The words between the brackets, by blanks. */
static void judge_change(struct needs *needs, size_t position)
{
    struct sqitch_change *change = &needs->plan->changes[position];
    const char *at = change->dependencies;
    struct names seen = {0};
    if (at == NULL)
        return;
    change->requires.items = arena_array(needs->arena, strlen(at), sizeof *change->requires.items);
    seen.items = arena_array(needs->arena, strlen(at), sizeof *seen.items);
    for (;;) {
        size_t length = strcspn(at, " \t");
        const char *word = arena_copy(needs->arena, at, length);
        struct place place = place_after((struct place){change->line, change->dependencies_column, 0},
                                         change->dependencies, (size_t)(at - change->dependencies));
        struct need need = {.word = word + (*word == '!'), .conflicts = *word == '!', .place = place};
        if (names_contain(&seen, word))
            refuse(needs, &need, arena_printf(needs->arena, "'%s' is named twice", word));
        else
            judge(needs, &need, position);
        seen.items[seen.count++] = word;
        at += length;
        at += strspn(at, " \t");
        if (*at == '\0')
            return;
    }
}

/* Behind a tag sqitch takes the changes before it for settled. */
static void pass_tags(struct needs *needs, size_t position)
{
    struct sqitch_plan *plan = needs->plan;
    for (; needs->next_tag < plan->tag_count && plan->tags[needs->next_tag].change == position; needs->next_tag++) {
        for (; needs->segment <= position; needs->segment++)
            find(needs, plan->changes[needs->segment].name)->closed_line = plan->changes[needs->segment].line;
        struct known *tag = find(needs, tag_key(needs, plan->tags[needs->next_tag].name));
        tag->closed_line = plan->tags[needs->next_tag].line;
        tag->passed = true;
    }
}

void sqitch_plan_resolve(struct arena *arena, struct sqitch_plan *plan, struct faults *faults)
{
    struct needs needs = {.arena = arena, .plan = plan, .faults = faults};
    note_all(&needs);
    for (size_t i = 0; i < plan->count; i++) {
        judge_change(&needs, i);
        find(&needs, plan->changes[i].name)->passed = true;
        pass_tags(&needs, i);
    }
}
