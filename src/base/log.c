#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    enum log_style style;
    enum log_severity least;
    bool journal; /* stderr goes to journald: lines carry a priority */
    bool targets;
} settings = {LOG_STYLE_PLAIN, LOG_SEVERITY_INFO, false, false};

static const struct {
    const char *word, *json, *journal;
} severities[] = {
    [LOG_SEVERITY_DEBUG] = {"debug", "DEBUG", "<7>"},
    [LOG_SEVERITY_INFO] = {"info", "INFO", "<6>"},
    [LOG_SEVERITY_WARNING] = {"warning", "WARNING", "<4>"},
    [LOG_SEVERITY_ERROR] = {"error", "ERROR", "<3>"},
};

/* systemd.exec(5): JOURNAL_STREAM holds device and inode of the stream that is connected to the journal. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    unsigned long long device, inode;
    return stream != NULL && fstat(STDERR_FILENO, &status) == 0 &&
           sscanf(stream, "%llu:%llu", &device, &inode) == 2 && status.st_dev == device && status.st_ino == inode;
}

void log_init(enum log_style style, enum log_severity least)
{
    settings.style = style;
    settings.least = least;
    settings.journal = stderr_is_journal();
}

void log_show_targets(bool shown)
{
    settings.targets = shown;
}

static void add_json_field(json_t *line, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        json_object_set_new(line, key, json_string(value));
}

static void add_json(struct text *out, enum log_severity severity, const struct log_about *about, const char *message)
{
    char time[CLOCK_RFC3339_SIZE];
    json_t *line = json_object();
    add_json_field(line, "time", clock_rfc3339(clock_wall_ms(), time));
    add_json_field(line, "severity", severities[severity].json);
    add_json_field(line, "message", message);
    if (about != NULL) {
        add_json_field(line, "target", about->target);
        add_json_field(line, "revision", about->revision);
        add_json_field(line, "sqlstate", about->sqlstate);
    }
    char *dumped = json_dumps(line, JSON_COMPACT);
    text_add(out, dumped == NULL ? "{}" : dumped);
    free(dumped);
    json_decref(line);
}

static void add_text(struct text *out, enum log_severity severity, const struct log_about *about, const char *message)
{
    char time[CLOCK_RFC3339_SIZE];
    if (settings.style == LOG_STYLE_TEXT && !settings.journal)
        text_addf(out, "%s ", clock_rfc3339(clock_wall_ms(), time));
    if (settings.style == LOG_STYLE_TEXT)
        text_addf(out, "%-7s ", severities[severity].word);
    else if (severity >= LOG_SEVERITY_WARNING)
        text_addf(out, "%s: ", severities[severity].word);
    if (settings.targets && about != NULL && about->target != NULL)
        text_addf(out, "[%s] ", about->target);
    if (about != NULL && about->revision != NULL && *about->revision != '\0')
        text_addf(out, "%s: ", about->revision);
    text_add(out, message);
}

void log_event(enum log_severity severity, const struct log_about *about, const char *format, ...)
{
    if (severity < settings.least)
        return;

    struct text message = {0}, line = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vaddf(&message, format, arguments);
    va_end(arguments);

    if (settings.journal)
        text_add(&line, severities[severity].journal);
    if (settings.style == LOG_STYLE_JSON)
        add_json(&line, severity, about, text_string(&message));
    else
        add_text(&line, severity, about, text_string(&message));
    text_add_char(&line, '\n');
    fwrite(line.bytes, 1, line.length, stderr);
    text_finish(&message);
    text_finish(&line);
}
