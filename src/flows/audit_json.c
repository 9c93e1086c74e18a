#include "flows/audit_json.h"

static json_t *finding_json(const struct audit_finding *finding)
{
    json_t *object = json_object();
    json_object_set_new(object, "revision", json_string(finding->revision));
    json_object_set_new(object, "file", json_string(finding->file));
    if (finding->kind == AUDIT_EDITED) {
        json_object_set_new(object, "applied_checksum", json_string(finding->applied_checksum));
        json_object_set_new(object, "checksum", json_string(finding->checksum));
    } else {
        json_object_set_new(object, "before", json_string(finding->before));
    }
    return object;
}

json_t *audit_json(const struct audit *audit, enum audit_kind kind)
{
    json_t *array = json_array();
    for (size_t i = 0; audit != NULL && i < audit->count; i++)
        if (audit->findings[i].kind == kind)
            json_array_append_new(array, finding_json(&audit->findings[i]));
    return array;
}
