#include "config/option_table.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/conninfo.h"
#include "option_check.h"

#include <string.h>

/* Enums are stored by way of `unsigned`, a position in the list of words: the order here is that of config/config.h. */
_Static_assert(sizeof(enum apply_policy) == sizeof(unsigned), "enum fields are written as unsigned");

static const struct option_word apply_words[] = {
    [APPLY_STARTUP] = {"startup"},
    [APPLY_WATCH] = {"watch"},
    [APPLY_APPROVE] = {"approve", .unavailable = true},
    [APPLY_NEVER] = {"never"},
    {NULL},
};

static const struct option_word empty_words[] = {[EMPTY_REFUSED] = {"no"}, [EMPTY_ALLOWED] = {"yes"}, {NULL}};
static const struct option_word blocked_words[] = {
    [BLOCKED_WAIT] = {"wait"}, [BLOCKED_CANCEL_IDLE] = {"cancel_idle"}, [BLOCKED_FAIL] = {"fail"}, {NULL}};
static const struct option_word ahead_words[] = {[AHEAD_READY] = {"ready"}, [AHEAD_FAIL] = {"fail"}, {NULL}};

static const struct option_word unknown_words[] = {
    [UNKNOWN_FAIL] = {"fail"}, [UNKNOWN_LAST_GOOD] = {"last_good"}, {NULL}};

static const struct option_word changed_words[] = {
    [CHANGED_AUTO] = {"auto"}, [CHANGED_WARN] = {"warn"}, [CHANGED_FAIL] = {"fail"}, {NULL}};

static const struct option_word details_words[] = {
    [DETAILS_ALWAYS] = {"always"}, [DETAILS_LOOPBACK] = {"loopback"}, [DETAILS_NEVER] = {"never"}, {NULL}};

static const struct option_word log_format_words[] = {
    [LOG_FORMAT_AUTO] = {"auto"}, [LOG_FORMAT_TEXT] = {"text"}, [LOG_FORMAT_JSON] = {"json"}, {NULL}};

static const struct option_word log_level_words[] = {
    [LOG_LEVEL_DEBUG] = {"debug"},
    [LOG_LEVEL_INFO] = {"info"},
    [LOG_LEVEL_WARNING] = {"warning"},
    [LOG_LEVEL_ERROR] = {"error"},
    {NULL},
};

static const struct option_word engine_words[] = {
    [ENGINE_SQL] = {"sql"},
    [ENGINE_ALEMBIC] = {"alembic"},
    [ENGINE_DJANGO] = {"django"},
    [ENGINE_SCRIPT] = {"script"},
    {NULL},
};

static const struct option_word layout_words[] = {
    {"auto"},   {"native"}, {"dbmate"},          {"diesel"}, {"flyway"},           {"golang-migrate"}, {"goose"},
    {"prisma"}, {"sqlx"},   {"node-pg-migrate"}, {"pop"},    {"graphile-migrate"}, {"sourcegraph"},    {"liquibase"},
    {"sqitch"}, {NULL},
};

static const struct option_word mirror_words[] = {
    {"no"},    {"yes"},   {"dbmate"},          {"diesel"}, {"flyway"}, {"golang-migrate"},
    {"goose"}, {"morph"}, {"node-pg-migrate"}, {"pop"},    {"prisma"}, {"sqlx"},
    {NULL},
};

#define DAEMON(field) .scope = OPTION_DAEMON, .offset = offsetof(struct config, field)
#define TARGET(field) .scope = OPTION_TARGET, .offset = offsetof(struct target_config, field)

/* PostgreSQL keeps its timeouts in an int of milliseconds. */
#define LONGEST_TIMEOUT "24d"

const struct config_option option_table[] = {
    {.name = "database_url",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_TEXT,
     TARGET(database_url),
     .secret = true,
     .values = "URL",
     .check = conninfo_check,
     .help = "the database, as postgresql://... or libpq's key=value (else DATABASE_URL, else PG*)"},
    {.name = "database_url_file",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_PATH,
     TARGET(database_url_file),
     .values = "FILE",
     .help = "file that holds the database URL, read again at each connect"},
    {.name = "migrate_url",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_TEXT,
     TARGET(migrate_url),
     .secret = true,
     .values = "URL",
     .check = conninfo_check,
     .help = "another address of that database to apply revisions through, where database_url is a pooler's"},
    {.name = "migrate_url_file",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_PATH,
     TARGET(migrate_url_file),
     .values = "FILE",
     .help = "file that holds it, read again at each connect"},
    {.name = "migrations",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_LIST,
     TARGET(migrations),
     .initial = "./migrations",
     .values = "DIR[,DIR...]",
     .help = "directories of the revision files (engine = script: the file)"},
    {.name = "allow_empty",
     .uses = OPTION_FOR_RUN | OPTION_FOR_VERDICT,
     .type = OPTION_WORD,
     TARGET(allow_empty),
     .initial = "no",
     .words = empty_words,
     .help = "may there be no revision file at all; no: a directory that was not mounted is refused"},
    {.name = "after",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_TEXT,
     TARGET(after),
     .values = "TARGET",
     .help = "the target that has to be in sync before this one is applied"},
    {.name = "apply",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_WORD,
     TARGET(apply),
     .initial = "startup",
     .words = apply_words,
     .help = "when serve upgrades: at startup, also when files change, or never"},
    {.name = "ahead",
     .uses = OPTION_FOR_VERDICT,
     .type = OPTION_WORD,
     TARGET(ahead),
     .initial = "ready",
     .words = ahead_words,
     .help = "is a database with newer revisions than the files ready"},
    {.name = "unknown",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_WORD,
     TARGET(unknown),
     .initial = "fail",
     .words = unknown_words,
     .help = "verdict on a version row that no known revision explains"},
    {.name = "on_changed",
     .uses = OPTION_FOR_VERDICT | OPTION_FOR_RUN | OPTION_FOR_PLAN,
     .type = OPTION_WORD,
     TARGET(on_changed),
     .initial = "auto",
     .words = changed_words,
     .help = "applied revisions whose files were edited; auto: nothing more is applied, readiness only warns"},
    {.name = "version_table",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_NAME,
     TARGET(version_table),
     .initial = "alembic_version",
     .restart = true,
     .values = "NAME",
     .check = check_identifier,
     .help = "table that holds the current revisions"},
    {.name = "version_schema",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_NAME,
     TARGET(version_schema),
     .restart = true,
     .values = "NAME",
     .check = check_identifier,
     .help = "its schema (else the first of search_path)"},
    {.name = "bookkeeping_schema",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_NAME,
     TARGET(bookkeeping_schema),
     .initial = "migrated",
     .restart = true,
     .values = "NAME",
     .check = check_identifier,
     .help = "schema of the history and the known revisions"},
    {.name = "engine",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_WORD,
     TARGET(engine),
     .initial = "sql",
     .words = engine_words,
     .restart = true,
     .help = "whose revisions they are; alembic, django: files are read, upgrade_command applies them; script: one "
             "file, run when it changes"},
    {.name = "apps",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_LIST,
     TARGET(apps),
     .values = "APP[,APP...]",
     .help = "Django's installed apps, where the settings don't tell them to a reader"},
    {.name = "settings",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_TEXT,
     TARGET(settings),
     .values = "MODULE",
     .help = "Django's settings module (else as manage.py says)"},
    {.name = "user_model",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_TEXT,
     TARGET(user_model),
     .values = "APP.MODEL",
     .help = "Django's AUTH_USER_MODEL (else as the settings say)"},
    {.name = "expected",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_PATH,
     TARGET(expected),
     .values = "FILE",
     .help = "the saved output of `manage.py showmigrations --plan`, instead of Django's files"},
    {.name = "tenant_schemas",
     .uses = OPTION_FOR_DATABASE,
     .type = OPTION_TEXT,
     TARGET(tenant_schemas),
     .values = "QUERY",
     .help = "of django-tenants: a query for the tenants' schemas, which are compared too"},
    {.name = "layout",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_TEXT,
     TARGET(layout),
     .initial = "auto",
     .words = layout_words,
     .restart = true,
     .help = "how revision files are laid out"},
    {.name = "mirror",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_TEXT,
     TARGET(mirror),
     .initial = "no",
     .words = mirror_words,
     .restart = true,
     .help = "is the table of the tool whose files these are kept current with each revision"},
    {.name = "mirror_table",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_TEXT,
     TARGET(mirror_table),
     .restart = true,
     .values = "SCHEMA.NAME",
     .check = check_table,
     .help = "that table, if not where the tool keeps it by itself"},
    {.name = "lock_timeout",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(lock_timeout_ms),
     .initial = "auto",
     .special = "auto",
     .special_value = -1,
     .most = LONGEST_TIMEOUT,
     .values = "DURATION|auto",
     .help = "longest wait for a table lock; auto: by the class of the statement, 0: no limit"},
    {.name = "statement_timeout",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(statement_timeout_ms),
     .initial = "none",
     .special = "none",
     .special_value = 0,
     .most = LONGEST_TIMEOUT,
     .values = "DURATION|none",
     .help = "longest run of a statement"},
    {.name = "online_timeout",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(online_timeout_ms),
     .initial = "12h",
     .special = "none",
     .special_value = 0,
     .most = LONGEST_TIMEOUT,
     .values = "DURATION|none",
     .help = "longest run of a concurrent index build and its kind, which wait by design"},
    {.name = "retry_for",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(retry_for_ms),
     .initial = "10min",
     .values = "DURATION",
     .help = "how long a revision is retried where a retry can help"},
    {.name = "on_blocked",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_WORD,
     TARGET(on_blocked),
     .initial = "wait",
     .words = blocked_words,
     .help = "a table lock is held: try again, end sessions idle in a transaction, or fail"},
    {.name = "wait_for_replicas",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(wait_for_replicas_ms),
     .initial = "none",
     .special = "none",
     .special_value = 0,
     .values = "DURATION|none",
     .help = "how long a run that applied something waits until streaming replicas have it"},
    {.name = "upgrade_command",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_TEXT,
     TARGET(upgrade_command),
     .values = "COMMAND",
     .help = "with engine = alembic, django: what applies pending revisions, run by /bin/sh under our lock"},
    {.name = "upgrade_timeout",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     TARGET(upgrade_timeout_ms),
     .initial = "none",
     .special = "none",
     .special_value = 0,
     .values = "DURATION|none",
     .help = "longest run of upgrade_command"},
    {.name = "upgrade_retries",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_NUMBER,
     TARGET(upgrade_retries),
     .initial = "0",
     .most = "100",
     .values = "N",
     .help = "how often an upgrade_command that failed is run again, with pauses that grow"},
    {.name = "new_command",
     .uses = OPTION_FOR_FILES,
     .type = OPTION_TEXT,
     TARGET(new_command),
     .values = "COMMAND",
     .help = "with engine = alembic, django: what `migrated new` runs, with the message as \"$1\""},
    {.name = "listen",
     .uses = OPTION_FOR_ADDRESS,
     .type = OPTION_TEXT,
     DAEMON(listen),
     .initial = "127.0.0.1:8088",
     .restart = true,
     .values = "ADDRESS:PORT|unix:PATH",
     .check = check_listen,
     .help = "where serve answers HTTP"},
    {.name = "cache_ttl",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_DURATION,
     DAEMON(cache_ttl_ms),
     .initial = "60s",
     .least = "10ms",
     .values = "DURATION",
     .help = "age at which a good verdict is computed anew"},
    {.name = "stale_after",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_DURATION,
     DAEMON(stale_after_ms),
     .initial = "5min",
     .least = "10ms",
     .values = "DURATION",
     .help = "age at which a verdict that cannot be refreshed becomes unknown"},
    {.name = "stop_timeout",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_DURATION,
     DAEMON(stop_timeout_ms),
     .initial = "20s",
     .values = "DURATION",
     .help = "time that stopping may take; a concurrent index build gets 3/4 of it to end"},
    {.name = "max_message",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_SIZE,
     DAEMON(max_message),
     .initial = "4MB",
     .least = "1kB",
     .most = "256MB",
     .values = "SIZE",
     .help = "longest message to the server; larger revisions go in several"},
    {.name = "details",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_WORD,
     DAEMON(details),
     .initial = "loopback",
     .words = details_words,
     .help = "who sees query texts, users and hosts over HTTP"},
    {.name = "log_format",
     .uses = OPTION_FOR_DAEMON,
     .type = OPTION_WORD,
     DAEMON(log_format),
     .initial = "auto",
     .words = log_format_words,
     .help = "form of log lines; auto: text on a terminal, else JSON"},
    {.name = "log_level",
     .uses = OPTION_FOR_RUN,
     .type = OPTION_WORD,
     DAEMON(log_level),
     .initial = "info",
     .words = log_level_words,
     .help = "least severe lines to log"},
};

const size_t option_count = sizeof option_table / sizeof *option_table;

const struct config_option *option_find(const char *name)
{
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(option_table[i].name, name) == 0)
            return &option_table[i];
    return NULL;
}

bool option_is_address(const struct config_option *option)
{
    return option->scope == OPTION_TARGET && (strncmp(option->name, "database_url", strlen("database_url")) == 0 ||
                                              strncmp(option->name, "migrate_url", strlen("migrate_url")) == 0);
}

/* A character of a name in another spelling. */
static char as_flag(char character)
{
    return character == '_' ? '-' : character;
}

static char as_variable(char character)
{
    return character >= 'a' && character <= 'z' ? (char)(character - ('a' - 'A')) : character;
}

static const struct config_option *find_spelled(const char *text, char (*spell)(char))
{
    for (size_t i = 0; i < option_count; i++) {
        const char *name = option_table[i].name;
        size_t at = 0;
        while (name[at] != '\0' && text[at] == spell(name[at]))
            at++;
        if (name[at] == '\0' && text[at] == '\0')
            return &option_table[i];
    }
    return NULL;
}

static const char *spelled(struct arena *arena, const char *prefix, const char *name, char (*spell)(char))
{
    char *text = arena_printf(arena, "%s%s", prefix, name);
    for (char *p = text + strlen(prefix); *p != '\0'; p++)
        *p = spell(*p);
    return text;
}

#define VARIABLE_PREFIX "MIGRATED_"

const struct config_option *option_find_flag(const char *flag)
{
    return find_spelled(flag, as_flag);
}

const struct config_option *option_find_variable(const char *variable)
{
    size_t prefix = strlen(VARIABLE_PREFIX);
    return strncmp(variable, VARIABLE_PREFIX, prefix) == 0 ? find_spelled(variable + prefix, as_variable) : NULL;
}

const char *option_flag(struct arena *arena, const struct config_option *option)
{
    return spelled(arena, "--", option->name, as_flag);
}

const char *option_variable(struct arena *arena, const struct config_option *option)
{
    return spelled(arena, VARIABLE_PREFIX, option->name, as_variable);
}

const char *option_values(struct arena *arena, const struct config_option *option)
{
    if (option->words == NULL)
        return option->values;

    const char *values = NULL;
    for (const struct option_word *word = option->words; word->text != NULL; word++)
        if (!word->unavailable)
            values = values == NULL ? word->text : arena_printf(arena, "%s|%s", values, word->text);
    return values;
}
