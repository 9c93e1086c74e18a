#include "core/stepwise.h"

bool stepwise_has_question(const struct sql_object *object)
{
    return object->kind != SQL_OBJECT_UNKNOWN && object->kind != SQL_OBJECT_REPEATABLE;
}

static bool is_index_work(const struct sql_object *object)
{
    return object->kind == SQL_OBJECT_NEW_INDEX || object->kind == SQL_OBJECT_REINDEX;
}

/* Invalid, and nobody is at work on it: what an attempt left behind, and we may drop. An index without a name in the
 * statement is one of its leftovers only if it came after the start. */
static bool is_remains(const struct sql_object *object, const struct catalog_object *found)
{
    bool named = object->kind != SQL_OBJECT_NEW_INDEX || object->name.length > 0;
    return !found->valid && !found->theirs && found->builder == 0 && (named || !found->known);
}

static const struct catalog_object *find_remains(const struct sql_object *object, const struct catalog_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (is_remains(object, &facts->objects[i]))
            return &facts->objects[i];
    return NULL;
}

static const struct catalog_object *find_built_now(const struct catalog_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->objects[i].builder != 0 && !facts->objects[i].theirs)
            return &facts->objects[i];
    return NULL;
}

static const struct catalog_object *find_wanted(const struct catalog_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->objects[i].wanted)
            return &facts->objects[i];
    return NULL;
}

/* Of what came after the start. */
static const struct catalog_object *find_new(const struct catalog_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->objects[i].wanted && !facts->objects[i].known)
            return &facts->objects[i];
    return NULL;
}

/* A valid index that came after we began it, by its name and its definition, is ours; or somebody did it for us. */
static enum stepwise_decision decide_new_index(enum journal_state state, const struct catalog_facts *facts,
                                               const struct catalog_object **which)
{
    const struct catalog_object *found = state == JOURNAL_STARTED ? find_new(facts) : NULL;
    if (found == NULL)
        return DECIDE_RUN;
    *which = found;
    switch (facts->definition) {
    case DEFINITION_UNASKED:
        return DECIDE_COMPARE;
    case DEFINITION_SAME:
        return DECIDE_DONE;
    default:
        return DECIDE_ASK;
    }
}

/* What is no longer there was dropped; something of that name that came meanwhile is not ours to drop. */
static enum stepwise_decision decide_gone(enum journal_state state, const struct catalog_facts *facts,
                                          const struct catalog_object **which)
{
    *which = find_wanted(facts);
    if (state != JOURNAL_STARTED)
        return DECIDE_RUN;
    if (*which == NULL)
        return DECIDE_DONE;
    return (*which)->known ? DECIDE_RUN : DECIDE_ASK;
}

static enum stepwise_decision decide_made(enum journal_state state, const struct catalog_facts *facts,
                                          const struct catalog_object **which)
{
    *which = state == JOURNAL_STARTED ? find_new(facts) : NULL;
    if (*which == NULL)
        return DECIDE_RUN;
    return (*which)->valid ? DECIDE_DONE : DECIDE_ASK;
}

static enum stepwise_decision decide_partition(enum journal_state state, const struct catalog_facts *facts,
                                               const struct catalog_object **which)
{
    *which = find_wanted(facts);
    if (*which != NULL && !(*which)->valid)
        return DECIDE_FINALIZE;
    return *which == NULL && state == JOURNAL_STARTED ? DECIDE_DONE : DECIDE_RUN;
}

enum stepwise_decision stepwise_decide(const struct sql_object *object, enum journal_state state,
                                       const struct catalog_facts *facts, const struct catalog_object **which)
{
    *which = NULL;
    if (is_index_work(object)) {
        if ((*which = find_built_now(facts)) != NULL)
            return DECIDE_WAIT;
        if ((*which = find_remains(object, facts)) != NULL)
            return DECIDE_DROP;
    }
    switch (object->kind) {
    case SQL_OBJECT_NEW_INDEX:
        return decide_new_index(state, facts, which);
    case SQL_OBJECT_OLD_INDEX:
    case SQL_OBJECT_OLD_DATABASE:
    case SQL_OBJECT_OLD_TABLESPACE:
    case SQL_OBJECT_OLD_SUBSCRIPTION:
        return decide_gone(state, facts, which);
    case SQL_OBJECT_NEW_DATABASE:
    case SQL_OBJECT_NEW_TABLESPACE:
    case SQL_OBJECT_NEW_SUBSCRIPTION:
        return decide_made(state, facts, which);
    case SQL_OBJECT_PARTITION:
        return decide_partition(state, facts, which);
    case SQL_OBJECT_REINDEX:
    case SQL_OBJECT_REPEATABLE:
        return DECIDE_RUN;
    case SQL_OBJECT_UNKNOWN:
        break;
    }
    return state == JOURNAL_STARTED ? DECIDE_ASK : DECIDE_RUN;
}

bool stepwise_holds(const struct sql_object *object, const struct catalog_facts *facts,
                    const struct catalog_object **which)
{
    const struct catalog_object *wanted = find_wanted(facts);
    *which = is_index_work(object) ? find_remains(object, facts) : NULL;
    switch (object->kind) {
    case SQL_OBJECT_NEW_INDEX:
        return *which == NULL && wanted != NULL;
    case SQL_OBJECT_NEW_DATABASE:
    case SQL_OBJECT_NEW_TABLESPACE:
    case SQL_OBJECT_NEW_SUBSCRIPTION:
        return wanted != NULL && wanted->valid;
    case SQL_OBJECT_OLD_INDEX:
    case SQL_OBJECT_OLD_DATABASE:
    case SQL_OBJECT_OLD_TABLESPACE:
    case SQL_OBJECT_OLD_SUBSCRIPTION:
    case SQL_OBJECT_PARTITION:
        return wanted == NULL;
    case SQL_OBJECT_REINDEX:
        return *which == NULL;
    case SQL_OBJECT_REPEATABLE:
    case SQL_OBJECT_UNKNOWN:
        break;
    }
    return true;
}
