#include "flows/failure.h"

#include "core/inclusion.h"
#include "core/parameters.h"
#include "core/retry.h"
#include "core/sql_object.h"
#include "db/error.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 160 /* of the failing line */

/* The line of the file around `offset`, with a caret under it. Tabs stay tabs so that the caret stands right. */
static void add_line(struct text *out, const char *text, size_t length, size_t offset, unsigned line)
{
    size_t begin = offset, end = offset;
    while (begin > 0 && text[begin - 1] != '\n' && offset - begin < SHOWN_BYTES / 2)
        begin--;
    while (begin < offset && ((unsigned char)text[begin] & 0xC0) == 0x80)
        begin++;
    while (end < length && text[end] != '\n' && text[end] != '\r' && end - begin < SHOWN_BYTES)
        end++;
    while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
        end++;

    struct text prefix = {0};
    text_addf(&prefix, "%6u | ", line);
    text_addf(out, "%s%.*s\n", text_string(&prefix), (int)(end - begin), text + begin);
    for (size_t i = 0; i + 2 < prefix.length; i++)
        text_add_char(out, ' ');
    text_add(out, "| ");
    for (size_t i = begin; i < offset; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            text_add_char(out, text[i] == '\t' ? '\t' : ' ');
    text_add(out, "^");
    text_finish(&prefix);
}

/* Values that were put into the text may be secrets: the line is shown as its file has it. */
static void add_place(struct text *out, const struct message_step *step, const struct section *section,
                      const struct message_location *location)
{
    struct text written = {0};
    size_t offset = location->offset;
    if (parameters_take_out(section->inclusions, step->text, step->text_length, &offset, &written))
        add_line(out, text_string(&written), written.length, offset, location->place.line);
    else
        add_line(out, step->text, step->text_length, offset, location->place.line);
    text_finish(&written);
}

static void place(struct failure *failure, const struct message_location *location)
{
    struct error *error = &failure->error;
    const struct message_step *step = location->step;
    struct text detail = {0};

    const struct section *section = revision_section(step->revision, step->direction);
    const char *path =
        inclusion_path(section->inclusions, location->place, revision_path(step->revision, step->direction));
    error_place(error, path, location->place.line, location->place.column);
    if (location->statement != NULL && location->offset < step->text_length)
        add_place(&detail, step, section, location);
    if (error->detail[0] != '\0')
        text_addf(&detail, "%s%s", detail.length > 0 ? "\n" : "", error->detail);
    error_copy(error->detail, sizeof error->detail, text_string(&detail), detail.length);
    text_finish(&detail);
}

/* The words of a remedy when what the statement makes is there, though the revision is not applied. */
static const char *remedy_otherwise(struct text *text, const char *sqlstate, const struct message_step *step)
{
    bool is_there =
        strcmp(sqlstate, "42P07") == 0 || strcmp(sqlstate, "42701") == 0 || strcmp(sqlstate, "42710") == 0;
    if (is_there && step->direction == DIRECTION_UPGRADE)
        text_addf(text, "; or, if its work was done by other means, `migrated stamp %s` takes it as applied",
                  step->revision->id);
    return text_string(text);
}

static void say_next(struct error *error, const struct message_step *step)
{
    struct text otherwise = {0};
    const char *remedy = "mend the file";
    if (strcmp(error->sqlstate, "42501") == 0)
        remedy = "grant what is missing to this role";
    else if (strcmp(error->sqlstate, "57014") == 0)
        remedy = revision_section(step->revision, step->direction)->lock == SQL_LOCK_ONLINE
                     ? "give it more time (online_timeout, or the file's header of that name)"
                     : "give it more time (statement_timeout, or the file's header of that name)";
    else if (retry_helps(error->sqlstate))
        remedy = "see in pg_stat_activity and pg_locks who holds what it waits for";
    error_next(error, "nothing of this revision was kept; %s and run `migrated %s` again%s", remedy,
               direction_name(step->direction), remedy_otherwise(&otherwise, error->sqlstate, step));
    text_finish(&otherwise);
}

static void say(struct failure *failure, const struct message_location *location, const char *server)
{
    struct error *error = &failure->error;
    struct error kept = *error;
    const char *id = location->step->revision->id;
    enum error_code code = retry_helps(kept.sqlstate) ? kept.code : ERROR_REVISION_FAILED;

    if (location->part == MESSAGE_CLOSING)
        error_set(error, code, "revision %s failed at its end: %s", id, server);
    else if (location->part != MESSAGE_STATEMENT)
        error_set(error, kept.code, "revision %s could not begin: %s", id, server);
    else
        error_set(error, code, "revision %s failed in statement %zu: %s", id, location->statement->ordinal, server);
    memcpy(error->sqlstate, kept.sqlstate, sizeof error->sqlstate);
    memcpy(error->detail, kept.detail, sizeof error->detail);
    say_next(error, location->step);
}

static void say_check(struct failure *failure, const struct message_step *step, const char *found, size_t length)
{
    struct error *error = &failure->error;
    const char *id = step->revision->id;
    int shown = (int)(length > 500 ? 500 : length);
    switch (failure->check) {
    case CHECK_LOCK:
        error_set(error, ERROR_BUSY, "somebody else took the lock before revision %s", id);
        break;
    case CHECK_ROWS:
        error_set(error, ERROR_REVISION_FAILED,
                  "the version rows were changed by somebody else before revision %s: they are now {%.*s}", id, shown,
                  found);
        error_next(error, "look at `migrated current`, then run the command again");
        break;
    case CHECK_JOURNAL:
        error_set(error, ERROR_BUSY, "somebody else has gone on with revision %s", id);
        break;
    case CHECK_TRANSACTION:
        error_set(
            error, ERROR_REVISION_FAILED,
            "revision %s ended its own transaction: what it did before that is committed, the version rows are not "
            "changed",
            id);
        error_next(error, "look at what is there; then finish by hand and `migrated stamp %s`, or undo it", id);
        break;
    case CHECK_ROWS_AFTER:
        error_set(error, ERROR_REVISION_FAILED, "revision %s changes the version rows itself: they became {%.*s}", id,
                  shown, found);
        error_next(error, "take the writes to the version table out of the file: they are migrated's own work");
        break;
    case CHECK_MIRROR:
        error_set(error, ERROR_REVISION_FAILED, "revision %s can't be mirrored: %.*s", id, shown, found);
        error_next(error, "`migrated adopt` tells what that table holds; mirror = no leaves it alone");
        break;
    case CHECK_AWAITED:
    case CHECK_OTHER:
    case CHECK_NONE:
        break;
    }
    error_place(error, revision_path(step->revision, step->direction), 0, 0);
}

/* Nobody has refused the lock: it was not asked for. It ends as if it had been. */
static void say_awaited(struct failure *failure, const struct message_location *location, const char *found,
                        size_t length)
{
    struct error *error = &failure->error;
    size_t table = length, holders;
    while (table > 0 && found[table - 1] != ' ')
        table--;
    holders = length - table;
    while (holders >= sizeof failure->awaited) /* the first of them will do */
        while (holders > 0 && found[table + --holders] != ',')
            continue;
    memcpy(failure->awaited, found + table, holders);
    failure->awaited[holders] = '\0';

    error_set(error, ERROR_BUSY, "revision %s would wait for a lock on %.*s, and others behind it",
              location->step->revision->id,
              (int)(table > 200 ? 200
                    : table > 0 ? table - 1
                                : 0),
              found);
    error_copy(error->sqlstate, sizeof error->sqlstate, "55P03", 5);
    say_next(error, location->step);
}

static bool may_leave(const struct message_step *step, const struct message_statement *statement)
{
    const struct section *section = revision_section(step->revision, step->direction);
    size_t length = statement->source_offset + statement->length - statement->own_offset;
    return !section->pinned && sql_might_run_alone(step->text + statement->own_offset, length);
}

static size_t position_of(const PGresult *result)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    return position == NULL ? 0 : strtoull(position, NULL, 10);
}

void failure_describe(struct failure *failure, const struct message *message, const struct db_reply *reply,
                      bool in_bytes)
{
    *failure = (struct failure){.error = reply->error};
    struct message_location location =
        message_locate(message, reply->completed, position_of(reply->refusal), in_bytes);
    if (location.step == NULL)
        return;

    const char *found = "";
    size_t length = 0;
    char server[sizeof reply->error.message];
    memcpy(server, reply->error.message, sizeof server);
    failure->revision = location.step->revision->id;
    if (location.part == MESSAGE_STATEMENT && strcmp(reply->error.sqlstate, "25001") == 0)
        failure->alone_might_do = may_leave(location.step, location.statement);
    failure->check = message_failed_check(reply->error.sqlstate, server, location.step->attempt, &found, &length);
    failure->looking = location.part == MESSAGE_LOOK && failure->check == CHECK_NONE;
    if (failure->check == CHECK_AWAITED) {
        say_awaited(failure, &location, found, length);
        place(failure, &location);
        return;
    }
    if (failure->check != CHECK_NONE) {
        say_check(failure, location.step, found, length);
        return;
    }
    say(failure, &location, server);
    place(failure, &location);
}
