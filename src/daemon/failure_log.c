#include "daemon/failure_log.h"

#include "base/log.h"

void failure_add(struct text *text, const struct error *error)
{
    if (error->file[0] != '\0')
        text_add(text, error->file);
    if (error->line > 0)
        text_addf(text, ":%u", error->line);
    if (error->line > 0 && error->column > 0)
        text_addf(text, ":%u", error->column);
    text_addf(text, "%s%s", error->file[0] != '\0' ? ": " : "", error->message);
}

void failure_log(const struct error *error)
{
    struct text line = {0};
    struct log_about about = {.sqlstate = error->sqlstate};
    failure_add(&line, error);
    if (error->next[0] != '\0')
        text_addf(&line, "; next: %s", error->next);
    log_event(LOG_SEVERITY_ERROR, &about, "%s", text_string(&line));
    text_finish(&line);
}
