#include "base/arena.h"
#include "core/sql_object.h"
#include "diagnosis_parts.h"

#include <string.h>
#include <strings.h>

/* Does a name as typed, schema and all, end in this one? */
static bool ends_in(const char *typed, size_t length, const char *name)
{
    size_t own = strlen(name), quotes = length > 0 && typed[length - 1] == '"' ? 2 : 0;
    if (length < own + quotes)
        return false;
    const char *tail = typed + length - own - quotes;
    bool same = quotes > 0 ? tail[0] == '"' && memcmp(tail + 1, name, own) == 0 : strncasecmp(tail, name, own) == 0;
    return same && (tail == typed || tail[-1] == '.');
}

bool diagnosis_is_half_built(const struct diagnosis *diagnosis, const char *index)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    for (size_t i = 0; i < facts->n_journal; i++) {
        const struct journal_entry *entry = &facts->journal[i];
        struct sql_object object = sql_object_read(entry->words, strlen(entry->words));
        if (entry->state != JOURNAL_DONE && object.kind == SQL_OBJECT_NEW_INDEX &&
            ends_in(entry->words + object.name.offset, object.name.length, index))
            return true;
    }
    return false;
}

static bool are_unknown(struct diagnosis *diagnosis)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    if (facts->verdict != NULL && facts->books_error == NULL)
        return false;
    diagnosis_add(diagnosis, FINDING_SKIP, "not known: %s",
                  facts->books_error != NULL  ? facts->books_error->message
                  : facts->rows_error != NULL ? facts->rows_error->message
                                              : "the revision files can't be used");
    return true;
}

void diagnose_half_done(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct half_done_list *list = &diagnosis->facts->half_done;
    size_t before = diagnosis->count;
    (void)answer;
    if (are_unknown(diagnosis))
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].begun)
            continue;
        diagnosis_add(diagnosis, FINDING_WARN, "revision %s", half_done_state(diagnosis->arena, &list->items[i]));
        diagnosis_next(diagnosis, "migrated resume --show");
    }
    if (diagnosis->count == before)
        diagnosis_add(diagnosis, FINDING_OK, "no revision is");
}

void diagnose_changed(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    const struct audit *audit = &facts->audit;
    (void)answer;
    if (are_unknown(diagnosis))
        return;
    enum finding_status status = facts->changed_fails ? FINDING_FAIL : FINDING_WARN;
    if (audit->count == 0)
        diagnosis_add(diagnosis, FINDING_OK, "no applied revision was edited, and none slipped in");
    for (size_t i = 0; i < audit->count && i < DIAGNOSIS_MOST; i++) {
        diagnosis_add(diagnosis, status, "%s", audit_what(diagnosis->arena, &audit->findings[i]));
        diagnosis_next(diagnosis, "%s", audit_next(diagnosis->arena, &audit->findings[i]));
    }
    diagnosis_add_rest(diagnosis, status, audit->count);
}
