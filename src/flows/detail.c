#include "flows/detail.h"

#include <string.h>

json_t *detail_names(const struct names *names)
{
    json_t *array = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(array, json_string(names->items[i]));
    return array;
}

/* The single id, else null. */
static json_t *single(const struct names *names)
{
    return names->count == 1 ? json_string(names->items[0]) : json_null();
}

json_t *detail_heads(const struct graph *graph)
{
    json_t *array = json_array();
    if (graph == NULL) /* not read yet */
        return array;
    struct nodes heads = graph_real_heads(graph);
    for (uint32_t i = 0; i < heads.count; i++)
        json_array_append_new(array, json_string(graph_revision(graph, heads.items[i])->id));
    return array;
}

/* A revision that slipped in below the heads is missing, whatever the rows say; without files nothing is known. */
static bool is_current(const struct verdict *verdict, const struct readiness *readiness)
{
    return verdict != NULL && (verdict->kind == VERDICT_IN_SYNC || verdict->kind == VERDICT_AHEAD) &&
           strcmp(readiness->migrations_check, "diverged") != 0 &&
           strcmp(readiness->migrations_check, "skipped") != 0;
}

json_t *detail_tenants(const struct verdict *verdict, bool full)
{
    const struct tenant_summary *tenants = &verdict->tenants;
    json_t *object = json_object();
    json_object_set_new(object, "total", json_integer((json_int_t)tenants->total));
    json_object_set_new(object, "behind", json_integer((json_int_t)tenants->behind));
    if (full)
        json_object_set_new(object, "first", detail_names(&tenants->first));
    return object;
}

json_t *detail_json(const struct graph *graph, const struct verdict *verdict, const struct readiness *readiness,
                    const char *message, bool full)
{
    static const struct verdict none = {0};
    const struct verdict *known = verdict == NULL ? &none : verdict;
    json_t *heads = verdict == NULL ? detail_heads(graph) : detail_names(&known->heads);
    json_t *head = json_array_size(heads) == 1 ? json_incref(json_array_get(heads, 0)) : json_null();
    json_t *detail = json_object();
    json_object_set_new(detail, "message", json_string(message));
    json_object_set_new(detail, "migrations_current", json_boolean(is_current(verdict, readiness)));
    json_object_set_new(detail, "current_version", single(&known->current));
    json_object_set_new(detail, "current_versions", detail_names(&known->current));
    json_object_set_new(detail, "expected_head", head);
    json_object_set_new(detail, "expected_heads", heads);
    json_object_set_new(detail, "pending", json_integer((json_int_t)known->pending.count));
    json_object_set_new(detail, "pending_revisions", detail_names(&known->pending));
    if (known->tenants.known)
        json_object_set_new(detail, "tenants", detail_tenants(known, full));
    json_object_set_new(detail, "migrations_check", json_string(readiness->migrations_check));
    return detail;
}
