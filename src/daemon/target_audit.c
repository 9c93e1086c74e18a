#include "target_parts.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *edited_lines(struct arena *arena, const struct audit *audit)
{
    const char *text = "";
    for (size_t i = 0; audit != NULL && i < audit->count; i++)
        if (audit->findings[i].kind == AUDIT_EDITED)
            text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : "\n",
                                audit_line(arena, &audit->findings[i]));
    return text;
}

void target_log_audit(struct target *target)
{
    struct arena *arena = arena_create();
    struct log_about about = {.target = target->own->name};
    const char *text = edited_lines(arena, target->audit);
    if (*text != '\0' && (target->audit_warning == NULL || strcmp(target->audit_warning, text) != 0))
        log_event(LOG_SEVERITY_WARNING, &about, "%s", text);
    free(target->audit_warning);
    target->audit_warning = memory_string(text);
    arena_destroy(arena);
}
