#include "site.h"

#include "base/memory.h"
#include "base/text.h"
#include "core/ledger.h"
#include "support/fail.h"
#include "support/wait.h"

#include <stdlib.h>
#include <string.h>

#define N_VARIABLES (sizeof((struct site *)0)->variables / sizeof(char *))

__attribute__((format(printf, 4, 0))) static void vset(struct site *site, size_t slot, const char *name,
                                                       const char *format, va_list arguments)
{
    struct text variable = {0};
    text_add(&variable, name);
    text_vaddf(&variable, format, arguments);
    free(site->variables[slot]);
    site->variables[slot] = variable.bytes;
}

void site_use_url(struct site *site, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vset(site, 0, "DATABASE_URL=", format, arguments);
    va_end(arguments);
}

void site_set(struct site *site, const char *format, ...)
{
    size_t slot = 0;
    va_list arguments;
    while (site->variables[slot] != NULL)
        slot++;
    if (slot + 1 >= N_VARIABLES)
        support_fail("more than %zu variables", N_VARIABLES - 1);
    va_start(arguments, format);
    vset(site, slot, "", format, arguments);
    va_end(arguments);
}

void site_open_on(struct site *site, struct cluster *cluster)
{
    *site = (struct site){.folder = folder_create()};
    site->database = cluster_create_database(cluster);
    site->url = cluster_url(cluster, site->database);
    site->conn = sql_connect(site->url);
    sql_exec(site->conn, "SET client_min_messages = error");
    site->options.environment = (const char *const *)site->variables;
    site_use_url(site, "%s", site->url);
    site_set(site, "MIGRATED_MIGRATIONS=%s", folder_path(site->folder));
}

void site_open(struct site *site)
{
    site_open_on(site, cluster_shared());
}

void site_close(struct site *site)
{
    program_result_finish(&site->result);
    PQfinish(site->conn);
    folder_destroy(site->folder);
    for (size_t i = 0; i < N_VARIABLES; i++)
        free(site->variables[i]);
}

void site_write(struct site *site, const char *name, const char *text)
{
    folder_write(site->folder, name, text);
}

void site_revision(struct site *site, const char *name, const char *parent, const char *up, const char *down)
{
    struct text file = {0}, path = {0};
    text_addf(&path, "%s.sql", name);
    text_addf(&file, "-- down_revision: %s\n-- migrated:up\n%s\n", parent, up);
    if (down != NULL)
        text_addf(&file, "-- migrated:down\n%s\n", down);
    site_write(site, text_string(&path), text_string(&file));
    text_finish(&file);
    text_finish(&path);
}

void site_run_alembic(struct site *site, const char *command, const char *argument)
{
    struct program_options options = site->options;
    options.path = "alembic";
    program_result_finish(&site->result);
    program_run(&site->result, &options, SITE_DEADLINE_MS, "-c", folder_file(site->folder, "alembic.ini"), command,
                argument, NULL);
    if (site->result.status != 0)
        support_fail("alembic %s: %s", command, site->result.err);
}

void site_ends(struct program *program, int status)
{
    int ended = program_wait(program, SITE_DEADLINE_MS);
    ck_assert_msg(ended == status, "exit status %d, not %d\nstdout:\n%s\nstderr:\n%s", ended, status,
                  program_out(program), program_err(program));
    program_stop(program);
}

void site_says(const struct site *site, const char *part)
{
    ck_assert_msg(strstr(site->result.err, part) != NULL, "not on stderr: %s\nstderr:\n%s", part, site->result.err);
}

void site_prints(const struct site *site, const char *part)
{
    ck_assert_msg(strstr(site->result.out, part) != NULL, "not on stdout: %s\nstdout:\n%s", part, site->result.out);
}

void site_printed(const struct site *site, const char *whole)
{
    ck_assert_str_eq(site->result.out, whole);
}

void site_holds(const struct site *site, const char *query, const char *expected)
{
    char *found = sql_names(site->conn, query);
    ck_assert_msg(strcmp(found, expected) == 0, "%s\nreturned %s\nexpected %s\nstdout:\n%s\nstderr:\n%s", query,
                  found, expected, site->result.out ? site->result.out : "",
                  site->result.err ? site->result.err : "");
    free(found);
}

void site_at(const struct site *site, const char *rows)
{
    site_holds(site, "SELECT version_num FROM alembic_version ORDER BY version_num COLLATE \"C\"", rows);
}

void site_history(const struct site *site, const char *expected)
{
    site_holds(site, "SELECT concat_ws(' ', revision, direction, outcome) FROM migrated.history ORDER BY id",
               expected);
}

long long site_lock_key(const struct site *site)
{
    return ledger_lock_key(site->database, "public", "alembic_version");
}

struct question {
    const struct site *site;
    const char *query;
};

static bool is_true(void *context)
{
    const struct question *question = context;
    char *found = sql_names(question->site->conn, question->query);
    bool answer = strcmp(found, "t") == 0;
    free(found);
    return answer;
}

void site_wait(const struct site *site, const char *query)
{
    struct question question = {site, query};
    ck_assert_msg(wait_until(is_true, &question, SITE_DEADLINE_MS), "never true: %s", query);
}
