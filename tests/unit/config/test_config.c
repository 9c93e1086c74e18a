#include "base/arena.h"
#include "config/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *config_suite(void);

static struct arena *arena;
static char path[] = "/tmp/migrated-config-XXXXXX";

#define NO_FILE "/nonexistent/migrated.conf"

static void setup(void)
{
    arena = arena_create();
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void teardown(void)
{
    unlink(path);
    arena_destroy(arena);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* One of each source; NULL leaves it out. The flag is "name=value". */
static bool load(const char *flag, const char *variable, const char *text, struct config **config,
                 struct error *error)
{
    struct config_flag flags[1];
    const char *environment[] = {variable, NULL};
    struct config_source source = {.environment = environment, .default_file = NO_FILE};
    if (flag != NULL) {
        const char *equals = strchr(flag, '=');
        flags[0] = (struct config_flag){arena_copy(arena, flag, (size_t)(equals - flag)), equals + 1};
        source.flags = flags;
        source.n_flags = 1;
    }
    if (text != NULL) {
        write_file(text);
        source.file = path;
    }
    return config_load(arena, &source, config, error);
}

static struct config *load_good(const char *flag, const char *variable, const char *text)
{
    struct config *config = NULL;
    struct error error = {0};
    bool loaded = load(flag, variable, text, &config, &error);
    ck_assert_msg(loaded, "%u:%u: %s (%s)", error.line, error.column, error.message, error.next);
    return config;
}

START_TEST(has_defaults)
{
    const struct config *config = load_good(NULL, NULL, NULL);
    const struct target_config *target = &config->targets[0];

    ck_assert_ptr_null(config->file);
    ck_assert_str_eq(config->listen, "127.0.0.1:8088");
    ck_assert_int_eq(config->cache_ttl_ms, 60000);
    ck_assert_int_eq(config->stale_after_ms, 300000);
    ck_assert_int_eq(config->stop_timeout_ms, 20000);
    ck_assert_int_eq(config->max_message, 4 << 20);
    ck_assert_int_eq(config->details, DETAILS_LOOPBACK);
    ck_assert_int_eq(config->log_format, LOG_FORMAT_AUTO);
    ck_assert_int_eq(config->log_level, LOG_LEVEL_INFO);
    ck_assert_uint_eq(config->warnings.count, 0);

    ck_assert_uint_eq(config->n_targets, 1);
    ck_assert_str_eq(target->name, "main");
    ck_assert_ptr_null(target->database_url);
    ck_assert_ptr_null(target->database_url_file);
    ck_assert_ptr_null(target->database_url_from);
    ck_assert_uint_eq(target->migrations.count, 1);
    ck_assert_str_eq(target->migrations.items[0], "./migrations");
    ck_assert_str_eq(target->version_table, "alembic_version");
    ck_assert_ptr_null(target->version_schema);
    ck_assert_str_eq(target->bookkeeping_schema, "migrated");
    ck_assert_int_eq(target->engine, ENGINE_SQL);
    ck_assert_str_eq(target->layout, "auto");
    ck_assert_int_eq(target->apply, APPLY_STARTUP);
    ck_assert_int_eq(target->ahead, AHEAD_READY);
    ck_assert_int_eq(target->unknown, UNKNOWN_FAIL);
    ck_assert_int_eq(target->lock_timeout_ms, -1);
    ck_assert_int_eq(target->statement_timeout_ms, 0);
    ck_assert_int_eq(target->online_timeout_ms, 43200000);
    ck_assert_int_eq(target->retry_for_ms, 600000);
}
END_TEST

START_TEST(flag_over_environment_over_file)
{
    const char *text = "[migrated]\ncache_ttl = 3s\n";
    ck_assert_int_eq(load_good(NULL, NULL, text)->cache_ttl_ms, 3000);
    ck_assert_int_eq(load_good(NULL, "MIGRATED_CACHE_TTL=2s", text)->cache_ttl_ms, 2000);
    ck_assert_int_eq(load_good("cache-ttl=1", "MIGRATED_CACHE_TTL=2s", text)->cache_ttl_ms, 1000);
    ck_assert_str_eq(load_good(NULL, NULL, text)->file, path);
}
END_TEST

START_TEST(target_section_over_general_section)
{
    const char *text = "[target main]\napply = never\n[migrated]\napply = watch\nahead = fail\n";
    const struct target_config *target = &load_good(NULL, NULL, text)->targets[0];
    ck_assert_int_eq(target->apply, APPLY_NEVER);
    ck_assert_int_eq(target->ahead, AHEAD_FAIL);
}
END_TEST

START_TEST(parses_every_type)
{
    const struct config *config = load_good(
        NULL, NULL,
        "[migrated]\nlisten = unix:/run/m.sock\nmax_message = 256kB\ndetails = never\nlog_format = json\n"
        "log_level = error\n[target main]\nmigrations = a , b/c,d\nunknown = last_good\nlock_timeout = 250ms\n"
        "statement_timeout = 2h\nonline_timeout = 3d\nversion_schema = Ops\nlayout = native\n");
    const struct target_config *target = &config->targets[0];
    ck_assert_str_eq(config->listen, "unix:/run/m.sock");
    ck_assert_int_eq(config->max_message, 256 << 10);
    ck_assert_int_eq(config->details, DETAILS_NEVER);
    ck_assert_int_eq(config->log_format, LOG_FORMAT_JSON);
    ck_assert_int_eq(config->log_level, LOG_LEVEL_ERROR);
    ck_assert_uint_eq(target->migrations.count, 3);
    ck_assert_str_eq(target->migrations.items[0], "a");
    ck_assert_str_eq(target->migrations.items[1], "b/c");
    ck_assert_str_eq(target->migrations.items[2], "d");
    ck_assert_int_eq(target->unknown, UNKNOWN_LAST_GOOD);
    ck_assert_int_eq(target->lock_timeout_ms, 250);
    ck_assert_int_eq(target->statement_timeout_ms, 7200000);
    ck_assert_int_eq(target->online_timeout_ms, INT64_C(259200000));
    ck_assert_str_eq(target->version_schema, "Ops");
    ck_assert_str_eq(target->layout, "native");
}
END_TEST

static const char *const good_flags[] = {
    "listen=127.0.0.1:0",         "listen=[::]:8088", "listen=localhost:80",    "listen=0.0.0.0:65535",
    "lock-timeout=auto",          "lock-timeout=0",   "statement-timeout=none", "cache-ttl=10ms",
    "max-message=1024",           "max-message=1 MB", "max-message=2048B",      "retry-for=3650d",
    "version-table=a-b \xC3\xA4", "cache-ttl=0010",
};

START_TEST(takes_flag)
{
    load_good(good_flags[_i], NULL, NULL);
}
END_TEST

/* Everything that is refused: of a flag with 64, else with 78. */
static const struct {
    const char *flag, *variable, *text, *message, *next;
    unsigned line, column;
} bad[] = {
    {"cache-tll=5s", NULL, NULL, "unknown option --cache-tll", "did you mean --cache-ttl?", 0, 0},
    {"cache_ttl=5s", NULL, NULL, "unknown option --cache_ttl", "did you mean --cache-ttl?", 0, 0},
    {"nonsense=5s", NULL, NULL, "unknown option --nonsense", "help options", 0, 0},
    {"cache-ttl=", NULL, NULL, "--cache-ttl has no value", "leave", 0, 0},
    {"cache-ttl=5x", NULL, NULL, "--cache-ttl is \"5x\", which is no duration", "10min", 0, 0},
    {"cache-ttl=-5", NULL, NULL, "--cache-ttl is \"-5\", which is no duration", "10min", 0, 0},
    {"cache-ttl=5m", NULL, NULL, "--cache-ttl is \"5m\", which is no duration", "did you mean 5min?", 0, 0},
    {"cache-ttl=5 min", NULL, NULL, "--cache-ttl is \"5 min\", which is no duration", "did you mean 5min?", 0, 0},
    {"cache-ttl=0", NULL, NULL, "--cache-ttl is \"0\", which is too small", "at least 10ms", 0, 0},
    {"retry-for=4000d", NULL, NULL, "--retry-for is \"4000d\", which is too large", "at most 3650d", 0, 0},
    {"lock-timeout=25d", NULL, NULL, "--lock-timeout is \"25d\", which is too large", "at most 24d", 0, 0},
    {"lock-timeout=never", NULL, NULL, "--lock-timeout is \"never\", which is no duration", "the word auto", 0, 0},
    {"max-message=4mb", NULL, NULL, "--max-message is \"4mb\", which is no size", "4MB", 0, 0},
    {"max-message=9999999999GB", NULL, NULL, "--max-message is \"9999999999GB\", which is no size", "4MB", 0, 0},
    {"max-message=100", NULL, NULL, "--max-message is \"100\", which is too small", "at least 1kB", 0, 0},
    {"max-message=1GB", NULL, NULL, "--max-message is \"1GB\", which is too large", "at most 256MB", 0, 0},
    {"apply=neve", NULL, NULL, "--apply is \"neve\", which is none of its words", "did you mean never?", 0, 0},
    {"apply=always", NULL, NULL, "--apply is \"always\", which is none of its words", "startup|watch|never", 0, 0},
    {"apply=approve", NULL, NULL, "--apply: \"approve\" is not available in this version", "startup|watch|never", 0,
     0},
    {"layout=spiral", NULL, NULL, "--layout is \"spiral\", which is none of its words", "auto|native", 0, 0},
    {"version-table=a.b", NULL, NULL, "--version-table is \"a.b\", but takes a plain name without dots",
     "version_schema", 0, 0},
    {"version-table=\"a\"", NULL, NULL, "--version-table holds a double quote", "plain name", 0, 0},
    {"version-schema=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL, NULL,
     "--version-schema is longer than the 63 bytes of a name in PostgreSQL", "shorter", 0, 0},
    {"migrations=a,,b", NULL, NULL, "--migrations is \"a,,b\", which has an empty entry", "commas", 0, 0},
    {"migrations=a,", NULL, NULL, "--migrations is \"a,\", which has an empty entry", "commas", 0, 0},
    {"listen=8088", NULL, NULL, "--listen is \"8088\", which is no address to listen on", "[::]:8088", 0, 0},
    {"listen=:8088", NULL, NULL, "--listen is \":8088\", which is no address to listen on", "[::]:8088", 0, 0},
    {"listen=::1:8088", NULL, NULL, "--listen is \"::1:8088\", which is no address to listen on", "[::]:8088", 0, 0},
    {"listen=h:65536", NULL, NULL, "--listen is \"h:65536\", which is no address to listen on", "[::]:8088", 0, 0},
    {"listen=unix:", NULL, NULL, "--listen has no path behind unix:", "107 bytes", 0, 0},
    {"listen=postgresql://u:secret@h", NULL, NULL, "--listen is \"(hidden)\", which is no address to listen on",
     "8088", 0, 0},
    {"database-url=postgresql://u:secret@h/d?schema=x", NULL, NULL,
     "--database-url has a key that libpq does not know: schema", "search_path", 0, 0},

    {NULL, "MIGRATED_CACHE_TTL=60", NULL, "MIGRATED_CACHE_TTL is \"60\", which has no unit", "did you mean 60s?", 0,
     0},
    {NULL, "MIGRATED_APPLY=no", NULL, "MIGRATED_APPLY is \"no\", which is none of its words", "startup", 0, 0},
    {NULL, "MIGRATED_DATABASE_URL=u:secret@h", NULL,
     "MIGRATED_DATABASE_URL is neither a PostgreSQL URL nor key=value settings", "postgresql://", 0, 0},

    {NULL, NULL, "[migrated]\n  cache_ttl = 60\n", "cache_ttl is \"60\", which has no unit", "did you mean 60s?", 2,
     15},
    {"cache-ttl=5s", NULL, "[migrated]\ncache_ttl = x\n", "cache_ttl is \"x\", which is no duration", "10min", 2, 13},
    {NULL, NULL, "[migrated]\n cache_tll = 60s\n", "unknown option cache_tll", "did you mean cache_ttl?", 2, 2},
    {NULL, NULL, "[target main]\nlisten = h:1\n", "listen is an option of the whole daemon, not of a target",
     "[migrated]", 2, 1},
    {NULL, NULL, "[migrated]\nversion_schema =\n", "version_schema has no value", "leave", 2, 17},
    {NULL, NULL, "[migrated]\n[target billing]\n",
     "the targets main and billing have one version table, alembic_version, in one database",
     "version_table of its own", 2, 1},
    {NULL, NULL, "[target a.b]\n", "[target a.b] is no name of a target", "letters", 1, 1},
    {NULL, NULL, "[target main]\nafter = main\n", "target main would come after itself: main after main", "first", 2,
     9},
    {NULL, NULL, "[target b]\nversion_table = b\nafter = mian\n",
     "target b comes after mian, and there is no such target", "did you mean main?", 3, 9},
    {NULL, NULL, "[target b]\nversion_table = b\nafter = zebra\n",
     "target b comes after zebra, and there is no such target", "it may come after main", 3, 9},
    {"after=zebra", NULL, NULL, "target main comes after zebra, and there is no such target", "[target zebra]", 0, 0},
    {NULL, NULL,
     "[target main]\nafter = b\n[target b]\nversion_table = b\nafter = c\n[target c]\nversion_table = c\n"
     "after = main\n",
     "target main would come after itself: main after b after c after main", "first", 2, 9},
    {NULL, NULL, "[notify ops]\n", "[notify ops] is not available in this version", "remove", 1, 1},
    {NULL, NULL, "[target]\n", "a target without a name", "[target main]", 1, 1},
    {NULL, NULL, "[migratd]\n", "unknown section [migratd]", "did you mean [migrated]?", 1, 1},
    {NULL, NULL, "[pgbouncer]\n", "unknown section [pgbouncer]", "[migrated]", 1, 1},
    {NULL, NULL, "[migrated]\nvars.x = 1\n", "vars.x is a target's", "put it into [target main]", 2, 1},
    {NULL, NULL, "[target main]\nvars. = 1\n", "a parameter without a name", "write vars.NAME = VALUE", 2, 1},
    {NULL, NULL, "[target main]\nvars.x = 1\nvars.x = 2\n", "vars.x is there already, in line 2", "keep one", 3, 1},
    {NULL, NULL, "[target main]\ndatabase_url = host=h\ndatabase_url_file = f\n",
     "both database_url and database_url_file are given", "one", 3, 21},
    {NULL, NULL, "[target main]\ndatabase_url = postgresql://u:secret@h/d?schema=x\n",
     "database_url has a key that libpq does not know: schema", "search_path", 2, 16},
};

START_TEST(refuses)
{
    struct config *config = NULL;
    struct error error = {0};
    ck_assert_msg(!load(bad[_i].flag, bad[_i].variable, bad[_i].text, &config, &error), "%s", bad[_i].message);
    ck_assert_ptr_null(config);
    ck_assert_str_eq(error.message, bad[_i].message);
    ck_assert_msg(strstr(error.next, bad[_i].next) != NULL, "%s: %s", error.message, error.next);
    ck_assert_msg(strstr(error.next, "secret") == NULL, "%s", error.next);
    ck_assert_int_eq(error.code, bad[_i].flag != NULL && bad[_i].text == NULL ? ERROR_USAGE : ERROR_CONFIG);
    ck_assert_msg(error.line == bad[_i].line && error.column == bad[_i].column, "%s: %u:%u", error.message,
                  error.line, error.column);
    ck_assert_str_eq(error.file, bad[_i].text == NULL ? "" : path);
}
END_TEST

static const struct {
    const char *variable, *warning; /* NULL: none */
} variables[] = {
    {"MIGRATED_CACHE_TLL=5s", "unknown variable MIGRATED_CACHE_TLL is ignored: did you mean MIGRATED_CACHE_TTL?"},
    {"MIGRATED_NONSENSE=5s", "unknown variable MIGRATED_NONSENSE is ignored"},
    {"MIGRATED_CACHE_TTL=", "variable MIGRATED_CACHE_TTL is empty: taken as not set"},
    {"DATABASE_URL=", "variable DATABASE_URL is empty: taken as not set"},
    {"MIGRATED_PORT=tcp://10.0.0.1:8088", NULL},
    {"MIGRATED_PORT_8088_TCP_ADDR=10.0.0.1", NULL},
    {"MIGRATED_SERVICE_HOST=10.0.0.1", NULL},
    {"MIGRATED_SERVICE_PORT_HEALTH=8088", NULL},
    {"MIGRATED_PORTS=1", "unknown variable MIGRATED_PORTS is ignored"},
    {"MIGRATED", NULL},
    {"XMIGRATED_CACHE_TTL=5", NULL},
    {"DATABASE_URL_X=5", NULL},
};

START_TEST(warns_of_variables)
{
    const struct config *config = load_good(NULL, variables[_i].variable, NULL);
    ck_assert_uint_eq(config->warnings.count, variables[_i].warning != NULL);
    if (variables[_i].warning != NULL)
        ck_assert_str_eq(config->warnings.items[0], variables[_i].warning);
    ck_assert_int_eq(config->cache_ttl_ms, 60000);
}
END_TEST

#define IN_FILE "[target main]\ndatabase_url = host=file\n"

/* Who says which database: "the origin: url, file". */
static const struct {
    const char *flag, *environment[5], *text, *from, *url, *file;
} databases[] = {
    {NULL, {NULL}, NULL, NULL, NULL, NULL},
    {NULL, {"DATABASE_URL=host=a"}, NULL, "DATABASE_URL", "host=a", NULL},
    {NULL, {"DATABASE_URL=mysql://left/alone"}, NULL, "DATABASE_URL", "mysql://left/alone", NULL},
    {NULL, {"DATABASE_URL_FILE=/f"}, NULL, "DATABASE_URL_FILE", NULL, "/f"},
    {NULL, {"DATABASE_URL=host=a"}, IN_FILE, "database_url", "host=file", NULL},
    {NULL, {"DATABASE_URL=host=a", "DATABASE_URL_FILE=/f"}, IN_FILE, "database_url", "host=file", NULL},
    {NULL,
     {"MIGRATED_DATABASE_URL_FILE=/m", "DATABASE_URL=host=a"},
     IN_FILE,
     "MIGRATED_DATABASE_URL_FILE",
     NULL,
     "/m"},
    {NULL, {"MIGRATED_DATABASE_URL=host=m"}, IN_FILE, "MIGRATED_DATABASE_URL", "host=m", NULL},
    {"host=flag", {"MIGRATED_DATABASE_URL_FILE=/m"}, IN_FILE, "--database-url", "host=flag", NULL},
    {NULL,
     {NULL},
     "[migrated]\ndatabase_url = host=general\n[target main]\ndatabase_url_file = /t\n",
     "database_url_file",
     NULL,
     "/t"},
};

static void check_text(const char *actual, const char *expected)
{
    ck_assert_pstr_eq(actual, expected);
}

START_TEST(finds_the_database)
{
    const struct config_flag flag = {"database-url", databases[_i].flag};
    const struct config_source source = {
        .flags = &flag,
        .n_flags = databases[_i].flag != NULL,
        .environment = databases[_i].environment,
        .file = databases[_i].text == NULL ? NULL : path,
        .default_file = NO_FILE,
    };
    if (databases[_i].text != NULL)
        write_file(databases[_i].text);

    struct config *config;
    struct error error = {0};
    ck_assert_msg(config_load(arena, &source, &config, &error), "%s", error.message);
    check_text(config->targets[0].database_url_from, databases[_i].from);
    check_text(config->targets[0].database_url, databases[_i].url);
    check_text(config->targets[0].database_url_file, databases[_i].file);
}
END_TEST

#define MIGRATE_IN_FILE "[target main]\ndatabase_url = host=pool\nmigrate_url = host=direct\n"

/* A migrate_url of another database than the one that counts would be a migration of the wrong one. */
static const struct {
    const char *flag, *environment[3], *text, *url, *file;
    unsigned warnings;
} migrating[] = {
    {NULL, {NULL}, MIGRATE_IN_FILE, "host=direct", NULL, 0},
    {NULL, {"MIGRATED_MIGRATE_URL_FILE=/m"}, MIGRATE_IN_FILE, NULL, "/m", 0},
    {NULL, {"DATABASE_URL=host=a", "MIGRATED_MIGRATE_URL=host=b"}, NULL, "host=b", NULL, 0},
    {NULL, {"MIGRATED_DATABASE_URL=host=a"}, MIGRATE_IN_FILE, NULL, NULL, 1},
    {NULL, {"MIGRATED_DATABASE_URL=host=a", "MIGRATED_MIGRATE_URL=host=b"}, MIGRATE_IN_FILE, "host=b", NULL, 1},
    {"host=flag", {NULL}, MIGRATE_IN_FILE, NULL, NULL, 1},
    {"host=flag", {"MIGRATED_MIGRATE_URL=host=b"}, NULL, NULL, NULL, 1},
};

static void check_forgotten(const char *warning, bool by_flag)
{
    ck_assert_ptr_nonnull(strstr(warning, " gives another database; if revisions need another address there, give "));
    ck_assert_ptr_nonnull(strstr(warning, by_flag ? " give --migrate-url too" : " give MIGRATED_MIGRATE_URL too"));
}

START_TEST(finds_where_to_migrate)
{
    const struct config_flag flag = {"database-url", migrating[_i].flag};
    const struct config_source source = {
        .flags = &flag,
        .n_flags = migrating[_i].flag != NULL,
        .environment = migrating[_i].environment,
        .file = migrating[_i].text == NULL ? NULL : path,
        .default_file = NO_FILE,
    };
    if (migrating[_i].text != NULL)
        write_file(migrating[_i].text);

    struct config *config;
    struct error error = {0};
    ck_assert_msg(config_load(arena, &source, &config, &error), "%s", error.message);
    check_text(config->targets[0].migrate_url, migrating[_i].url);
    check_text(config->targets[0].migrate_url_file, migrating[_i].file);
    ck_assert_uint_eq(config->warnings.count, migrating[_i].warnings);
    if (migrating[_i].warnings > 0)
        check_forgotten(config->warnings.items[0], migrating[_i].flag != NULL);
}
END_TEST

START_TEST(refuses_two_databases_at_one_level)
{
    const struct config_flag flags[] = {{"database-url-file", "/f"}, {"database-url", "host=secret"}};
    const char *const own[] = {"MIGRATED_DATABASE_URL=host=secret", "MIGRATED_DATABASE_URL_FILE=/f", NULL};
    const char *const migrate[] = {"MIGRATED_MIGRATE_URL=host=secret", "MIGRATED_MIGRATE_URL_FILE=/f", NULL};
    const char *const fallback[] = {"DATABASE_URL_FILE=/f", "DATABASE_URL=host=secret", NULL};
    const struct {
        struct config_source source;
        enum error_code code;
        const char *message;
    } cases[] = {
        {{.flags = flags, .n_flags = 2}, ERROR_USAGE, "both --database-url-file and --database-url are given"},
        {{.environment = own}, ERROR_CONFIG, "both MIGRATED_DATABASE_URL and MIGRATED_DATABASE_URL_FILE are given"},
        {{.environment = migrate}, ERROR_CONFIG, "both MIGRATED_MIGRATE_URL and MIGRATED_MIGRATE_URL_FILE are given"},
        {{.environment = fallback}, ERROR_CONFIG, "both DATABASE_URL and DATABASE_URL_FILE are given"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config_source source = cases[i].source;
        source.default_file = NO_FILE;
        struct config *config;
        struct error error = {0};
        ck_assert(!config_load(arena, &source, &config, &error));
        ck_assert_int_eq(error.code, cases[i].code);
        ck_assert_str_eq(error.message, cases[i].message);
    }
}
END_TEST

START_TEST(last_flag_counts_and_lists_add_up)
{
    const struct config_flag flags[] = {
        {"cache-ttl", "1s"}, {"migrations", "a"}, {"apply", "watch"}, {"migrations", "b,c"}, {"cache-ttl", "2s"}};
    const struct config_source source = {.flags = flags, .n_flags = 5, .default_file = NO_FILE};
    struct config *config;
    ck_assert(config_load(arena, &source, &config, NULL));
    ck_assert_int_eq(config->cache_ttl_ms, 2000);
    ck_assert_str_eq(names_join(arena, &config->targets[0].migrations, 9), "a, b, c");
}
END_TEST

START_TEST(refuses_a_missing_file)
{
    const struct config_source missing = {.file = NO_FILE}, directory = {.file = "/tmp"};
    struct config *config;
    struct error error = {0};
    ck_assert(!config_load(arena, &missing, &config, &error));
    ck_assert_int_eq(error.code, ERROR_CONFIG);
    ck_assert_str_eq(error.file, NO_FILE);
    ck_assert_str_eq(error.message, "cannot read the configuration: No such file or directory");
    ck_assert(!config_load(arena, &directory, &config, &error));
    ck_assert_str_eq(error.message, "cannot read the configuration: Is a directory");
}
END_TEST

START_TEST(reads_the_default_file)
{
    const struct config_source source = {.default_file = path};
    struct config *config;
    write_file("[migrated]\nlisten = unix:/x\n");
    ck_assert(config_load(arena, &source, &config, NULL));
    ck_assert_str_eq(config->listen, "unix:/x");
    ck_assert_str_eq(config->file, path);
}
END_TEST

START_TEST(tells_all_faults_with_their_places)
{
    const struct config_flag flags[] = {{"log-level", "loud"}, {"nonsense", "1"}};
    const char *const environment[] = {"MIGRATED_CACHE_TTL=soon", "MIGRATED_LOG_FORMAT=text", NULL};
    const struct config_source source = {
        .flags = flags, .n_flags = 2, .environment = environment, .file = path, .default_file = NO_FILE};
    struct config_faults faults = {.arena = arena};
    struct config *config = NULL;
    write_file("[migrated]\n  cache_tll = 60s\nlisten = nowhere\n\"x\"\n[tarket main]\nx = 1\n");
    ck_assert(!config_load_all(arena, &source, &config, &faults));

    const char *told = "";
    for (size_t i = 0; i < faults.count; i++) {
        const struct error *fault = &faults.items[i];
        ck_assert_str_eq(fault->file, fault->line == 0 ? "" : path);
        ck_assert_str_ne(fault->next, "");
        told = arena_printf(arena, "%s%u:%u %s; ", told, fault->line, fault->column, error_word(fault->code));
    }
    ck_assert_str_eq(told, "2:3 config; 3:10 config; 4:1 config; 5:1 config; 0:0 config; 0:0 usage; 0:0 usage; ");
    ck_assert_int_eq(config->log_format, LOG_FORMAT_TEXT);
}
END_TEST

START_TEST(survives_without_an_error_to_fill)
{
    struct config *config;
    ck_assert(!load("cache-ttl=x", NULL, NULL, &config, NULL));
    ck_assert(!load("nonsense=x", NULL, NULL, &config, NULL));
    ck_assert(!load(NULL, NULL, "[x]\n", &config, NULL));
}
END_TEST

START_TEST(keeps_what_needs_a_restart)
{
    const struct config *running = load_good("version-schema=ops", NULL, NULL);
    struct config *loaded =
        load_good("cache-ttl=5s", "MIGRATED_NONSENSE=1", "[migrated]\nlisten = h:1\nengine = alembic\n");
    config_keep(arena, running, loaded);

    ck_assert_str_eq(loaded->listen, "127.0.0.1:8088");
    ck_assert_str_eq(loaded->targets[0].version_schema, "ops");
    ck_assert_ptr_ne(loaded->targets[0].version_schema, running->targets[0].version_schema);
    ck_assert_int_eq(loaded->targets[0].engine, ENGINE_SQL);
    ck_assert_int_eq(loaded->cache_ttl_ms, 5000);
    ck_assert_str_eq(names_join(arena, &loaded->warnings, 9),
                     "unknown variable MIGRATED_NONSENSE is ignored, "
                     "version_schema has changed: the new value waits for a restart, "
                     "engine has changed: the new value waits for a restart, "
                     "listen has changed: the new value waits for a restart");
}
END_TEST

/* The second of a load: flags mean the target that is named, variables main. */
static struct config *load_for(const char *target, const char *text, struct error *error)
{
    const struct config_flag flags[] = {{"apply", "never"}};
    const char *const environment[] = {"DATABASE_URL=host=h", "MIGRATED_AHEAD=fail", NULL};
    const struct config_source source = {.flags = flags,
                                         .n_flags = 1,
                                         .environment = environment,
                                         .file = path,
                                         .default_file = NO_FILE,
                                         .target = target};
    struct config *config = NULL;
    write_file(text);
    config_load(arena, &source, &config, error);
    return config;
}

START_TEST(several_targets)
{
    struct error error = {0};
    const struct config *config =
        load_for("b",
                 "[migrated]\nretry_for = 1s\nversion_table = t\nmigrate_url = host=m\n"
                 "[target b]\nafter = c\nversion_table = b\n[target c]\ndatabase_url = host=c\nretry_for = 2s\n",
                 &error);
    ck_assert_msg(config != NULL, "%s", error.message);
    ck_assert_uint_eq(config->n_targets, 3);
    const struct target_config *first = config_target(config, "main"), *b = config_target(config, "b"),
                               *c = config_target(config, "c");
    ck_assert_ptr_eq(first, &config->targets[0]);
    ck_assert_int_eq(first->apply, APPLY_STARTUP);
    ck_assert_int_eq(b->apply, APPLY_NEVER);
    ck_assert_int_eq(first->ahead, AHEAD_FAIL);
    ck_assert_int_eq(b->ahead, AHEAD_READY);
    ck_assert_int_eq(b->retry_for_ms, 1000);
    ck_assert_int_eq(c->retry_for_ms, 2000);
    ck_assert_str_eq(b->version_table, "b");
    ck_assert_str_eq(c->version_table, "t");
    ck_assert_str_eq(b->database_url, "host=h"); /* main's */
    ck_assert_str_eq(b->migrate_url, "host=m");
    ck_assert_str_eq(c->database_url, "host=c"); /* of its own: and so nothing of main's */
    ck_assert_ptr_null(c->migrate_url);

    const struct target_config **order = config_run_order(arena, config);
    ck_assert_str_eq(order[0]->name, "main");
    ck_assert_str_eq(order[1]->name, "c");
    ck_assert_str_eq(order[2]->name, "b");
    ck_assert_ptr_null(load_for("d", "[target bb]\nversion_table = b\n", &error));
    ck_assert_int_eq(error.code, ERROR_USAGE);
    ck_assert_str_eq(error.message, "--target d: there is no such target");
    ck_assert_str_eq(error.next, "the configuration has main, bb");
}
END_TEST

/* A flag for main must not leave another target behind at the database of the file. */
/* Names as the tool has them, and each target its own. */
START_TEST(text_parameters)
{
    const struct config *config = load_good(NULL, NULL,
                                            "[target main]\nvars.flyway:user = me\nvars.App-Schema =\n"
                                            "[target b]\nversion_table = b\nvars.x = a b=c\n");
    const struct parameters *vars = &config->targets[0].vars;
    ck_assert_uint_eq(vars->count, 2);
    ck_assert_str_eq(vars->items[0].name, "flyway:user");
    ck_assert_str_eq(vars->items[0].value, "me");
    ck_assert_str_eq(vars->items[1].name, "App-Schema");
    ck_assert_str_eq(vars->items[1].value, "");
    ck_assert_uint_eq(config->targets[1].vars.count, 1);
    ck_assert_str_eq(config->targets[1].vars.items[0].value, "a b=c");
    ck_assert_ptr_nonnull(vars->environment);
}
END_TEST

START_TEST(targets_follow_main_to_another_database)
{
    const struct config *config =
        load_good("database-url=host=staging", NULL,
                  "[migrated]\ndatabase_url = host=production\n[target b]\nversion_table = b\n");
    ck_assert_str_eq(config->targets[0].database_url, "host=staging");
    ck_assert_str_eq(config->targets[1].database_url, "host=staging");
}
END_TEST

START_TEST(a_script_keeps_its_rows_to_itself)
{
    const struct config *config = load_good(NULL, NULL,
                                            "[migrated]\nbookkeeping_schema = ops\n[target a]\nengine = script\n"
                                            "[target b]\nengine = script\nversion_table = t\nversion_schema = s\n");
    ck_assert_str_eq(config_target(config, "a")->version_schema, "ops");
    ck_assert_str_eq(config_target(config, "a")->version_table, "script_a");
    ck_assert_str_eq(config_target(config, "b")->version_schema, "s");
    ck_assert_str_eq(config_target(config, "b")->version_table, "t");
}
END_TEST

START_TEST(keeps_what_needs_a_restart_of_each_target)
{
    const struct config *running =
        load_good(NULL, NULL, "[target b]\nversion_table = b\n[target gone]\nversion_table = g\n");
    struct config *loaded =
        load_good(NULL, NULL, "[target new]\nversion_table = n\n[target b]\nversion_table = bb\n");
    config_keep(arena, running, loaded);
    ck_assert_str_eq(config_target(loaded, "b")->version_table, "b");
    ck_assert_str_eq(config_target(loaded, "new")->version_table, "n");
    ck_assert_str_eq(names_join(arena, &loaded->warnings, 9),
                     "version_table of target b has changed: the new value waits for a restart");
}
END_TEST

START_TEST(serve_only_reads_alembic)
{
    struct config_faults faults = {.arena = arena};
    ck_assert(config_check_serve(load_good(NULL, NULL, NULL), &faults));
    ck_assert(config_check_serve(load_good(NULL, NULL, "[migrated]\nengine = alembic\napply = never\n"), &faults));
    ck_assert(config_check_serve(load_good("engine=alembic", "MIGRATED_UPGRADE_COMMAND=make db", NULL), &faults));
    ck_assert(!config_check_serve(load_good("engine=alembic", NULL, NULL), &faults));
    ck_assert_int_eq(faults.items[0].code, ERROR_CONFIG);
    ck_assert_str_eq(faults.items[0].message,
                     "applying with engine = alembic needs upgrade_command: the project's own command");
}
END_TEST

START_TEST(keeps_silent_when_nothing_changed)
{
    struct config *loaded = load_good(NULL, NULL, NULL);
    config_keep(arena, load_good(NULL, NULL, NULL), loaded);
    ck_assert_uint_eq(loaded->warnings.count, 0);
}
END_TEST

Suite *config_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, has_defaults);
    tcase_add_test(tcase, flag_over_environment_over_file);
    tcase_add_test(tcase, target_section_over_general_section);
    tcase_add_test(tcase, parses_every_type);
    tcase_add_loop_test(tcase, takes_flag, 0, sizeof good_flags / sizeof *good_flags);
    tcase_add_loop_test(tcase, refuses, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(tcase, warns_of_variables, 0, sizeof variables / sizeof *variables);
    tcase_add_loop_test(tcase, finds_the_database, 0, sizeof databases / sizeof *databases);
    tcase_add_loop_test(tcase, finds_where_to_migrate, 0, sizeof migrating / sizeof *migrating);
    tcase_add_test(tcase, refuses_two_databases_at_one_level);
    tcase_add_test(tcase, last_flag_counts_and_lists_add_up);
    tcase_add_test(tcase, refuses_a_missing_file);
    tcase_add_test(tcase, reads_the_default_file);
    tcase_add_test(tcase, tells_all_faults_with_their_places);
    tcase_add_test(tcase, survives_without_an_error_to_fill);
    tcase_add_test(tcase, several_targets);
    tcase_add_test(tcase, text_parameters);
    tcase_add_test(tcase, targets_follow_main_to_another_database);
    tcase_add_test(tcase, a_script_keeps_its_rows_to_itself);
    tcase_add_test(tcase, keeps_what_needs_a_restart_of_each_target);
    tcase_add_test(tcase, serve_only_reads_alembic);
    tcase_add_test(tcase, keeps_what_needs_a_restart);
    tcase_add_test(tcase, keeps_silent_when_nothing_changed);
    suite_add_tcase(suite, tcase);
    return suite;
}
