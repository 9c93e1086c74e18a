#include "doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void doctor_open(struct site *site)
{
    site_open(site);
    site_revision(site, "a", "none", "CREATE TABLE ta (id int);", "DROP TABLE ta;");
    site_revision(site, "b", "a", "CREATE TABLE tb (id int);", "DROP TABLE tb;");
}

void doctor_finds(const struct site *site, const char *status, const char *check, const char *part)
{
    char begin[64];
    snprintf(begin, sizeof begin, "%-4s  %-17s  ", status, check);
    for (const char *line = site->result.out; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool begins = strncmp(line, begin, strlen(begin)) == 0;
        if (begins && memmem(line, length, part, strlen(part)) != NULL)
            return;
        line += length + (line[length] == '\n');
    }
    ck_abort_msg("no line \"%s\" with \"%s\" in\n%s", begin, part, site->result.out);
}

void doctor_examine(struct site *site, int status)
{
    site_run(site, status, "doctor", "--older-than", "0s");
    ck_assert_str_eq(site->result.err, "");
}

size_t doctor_type_next(struct site *site, const char *check)
{
    size_t typed = 0, i;
    json_t *finding;
    program_result_finish(&site->result);
    program_run(&site->result, &site->options, SITE_DEADLINE_MS, "doctor", "--json", "--older-than", "0s", NULL);
    json_t *body = json_loads(site->result.out, 0, NULL);
    ck_assert_msg(body != NULL, "no JSON:\n%s", site->result.out);
    json_array_foreach(json_object_get(body, "checks"), i, finding)
    {
        const char *next = json_string_value(json_object_get(finding, "next"));
        if (next == NULL || strcmp(json_string_value(json_object_get(finding, "name")), check) != 0)
            continue;
        sql_exec(site->conn, "%.*s", (int)strcspn(next, ";"), next);
        typed++;
    }
    json_decref(body);
    return typed;
}
