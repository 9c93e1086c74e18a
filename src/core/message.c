#include "message_parts.h"

#include "base/arena.h"
#include "core/inclusion.h"
#include "core/sql_class.h"

#include <assert.h>
#include <string.h>

void message_init(struct message *message, struct arena *arena)
{
    *message = (struct message){.arena = arena};
}

void message_finish(struct message *message)
{
    text_finish(&message->sql);
}

const struct section *message_section(const struct message_step *step)
{
    return step->direction == DIRECTION_UPGRADE ? &step->revision->up : &step->revision->down;
}

static struct message_statement *note_statement(struct message *message, const struct message_step *step,
                                                const struct sql_piece *piece, size_t lead, size_t ordinal)
{
    size_t base = message_section(step)->offset;
    message->statements = arena_grow(message->arena, message->statements, message->n_statements,
                                     &message->statements_capacity, sizeof *message->statements);
    struct message_statement *statement = &message->statements[message->n_statements++];
    *statement = (struct message_statement){
        .offset = message->sql.length,
        .length = piece->offset + piece->length - lead,
        .source_offset = base + lead,
        .own_offset = base + piece->offset,
        .place = piece->place,
        .ordinal = ordinal,
        .step = message->n_spans - 1,
        .position = message->total++,
    };
    return statement;
}

struct message_statement *message_add_statement(struct message *message, const struct message_step *step,
                                                const struct sql_piece *piece, size_t lead, size_t ordinal)
{
    struct message_statement *statement = note_statement(message, step, piece, lead, ordinal);
    text_add_bytes(&message->sql, step->text + statement->source_offset, statement->length);
    text_add(&message->sql, piece->terminated ? "\n" : "\n;\n");
    return statement;
}

bool message_sends(const struct section *section, const struct sql_piece *piece, const char *statement)
{
    if (piece->kind != SQL_STATEMENT)
        return false;
    switch (sql_classify(statement, piece->length).class) {
    case SQL_EMPTY:
    case SQL_SET_TIMEOUT:
        return false;
    case SQL_BEGIN:
    case SQL_COMMIT:
        return !section->wrapped;
    default:
        return true;
    }
}

/* libpq makes two copies of what it sends: of a statement this large a third one would be too many. */
static void add_sole(struct message *message, const struct message_step *step, struct message_cursor *cursor,
                     const struct sql_piece *piece)
{
    const struct message_statement *statement =
        note_statement(message, step, piece, cursor->lead, ++cursor->statements);
    message->sole = step->text + statement->source_offset;
    message->sole_length = statement->length;
    cursor->lead = piece->offset + piece->length;
}

/* A COPY and its data stay together. */
static void add_statements(struct message *message, const struct message_step *step, struct message_cursor *cursor,
                           size_t limit)
{
    const struct section *section = message_section(step);
    const char *body = step->text + section->offset;
    size_t begin = message->sql.length;
    struct message_statement *last = NULL;

    while (cursor->scan.copy_follows || message->sql.length - begin < limit) {
        struct sql_scan before = cursor->scan;
        struct sql_piece piece;
        if (!sql_scan_next(&cursor->scan, &piece)) {
            cursor->finished = true;
            return;
        }
        if (piece.length > limit && !cursor->scan.copy_follows &&
            message_sends(section, &piece, body + piece.offset)) {
            if (message->sql.length == 0)
                add_sole(message, step, cursor, &piece);
            else
                cursor->scan = before; /* in a message of its own, the next one */
            return;
        }
        if (piece.kind == SQL_COPY_DATA && last != NULL) {
            last->copy_data = body + piece.offset;
            last->copy_length = piece.length;
            cursor->passage = false;
        } else {
            last = NULL;
            if (message_sends(section, &piece, body + piece.offset)) {
                message_look(message, step, cursor, &before, &piece);
                last = message_add_statement(message, step, &piece, cursor->lead, ++cursor->statements);
            }
        }
        cursor->lead = piece.kind == SQL_COPY_DATA ? cursor->scan.position : piece.offset + piece.length;
    }
}

struct message_span *message_open_span(struct message *message, const struct message_step *step)
{
    message->spans = arena_grow(message->arena, message->spans, message->n_spans, &message->spans_capacity,
                                sizeof *message->spans);
    struct message_span *span = &message->spans[message->n_spans++];
    *span = (struct message_span){.step = step, .first = message->total};
    return span;
}

void message_add_part(struct message *message, const struct ledger *ledger, const struct message_step *step,
                      struct message_cursor *cursor, size_t limit)
{
    struct message_span *span = message_open_span(message, step);
    const struct section *section = message_section(step);

    if (!cursor->started) {
        message_add_guards(message, ledger, step);
        sql_scan_section(&cursor->scan, section, step->text);
        cursor->started = true;
    }
    span->own_first = message->total;
    add_statements(message, step, cursor, limit);
    span->own_end = message->total;
    if (cursor->finished)
        message_add_closing(message, ledger, step);
    span->end = message->total;
    span->commits = cursor->finished;
}

void message_add(struct message *message, const struct ledger *ledger, const struct message_step *step)
{
    struct message_cursor cursor = {0};
    message_add_part(message, ledger, step, &cursor, SIZE_MAX);
    assert(cursor.finished);
}

enum message_check message_failed_check(const char *sqlstate, const char *text, const char *attempt,
                                        const char **found, size_t *found_length)
{
    static const struct {
        const char *word;
        enum message_check check;
    } checks[] = {
        {"lock:", CHECK_LOCK},
        {"rows:", CHECK_ROWS},
        {"transaction:", CHECK_TRANSACTION},
        {"rows_after:", CHECK_ROWS_AFTER},
        {"awaited:", CHECK_AWAITED},
        {"journal:", CHECK_JOURNAL},
        {"other:", CHECK_OTHER},
        {"mirror:", CHECK_MIRROR},
    };

    const char *at = strcmp(sqlstate, "22P02") == 0 ? strstr(text, attempt) : NULL;
    if (at == NULL || at[strlen(attempt)] != ':')
        return CHECK_NONE;
    at += strlen(attempt) + 1;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        size_t length = strlen(checks[i].word);
        if (strncmp(at, checks[i].word, length) != 0)
            continue;
        const char *end = strrchr(at, '|'); /* message_end_complaint; NULL: the message was cut */
        *found = at + length;
        *found_length = end == NULL ? strlen(*found) : (size_t)(end - *found);
        return checks[i].check;
    }
    return CHECK_NONE;
}

size_t message_committed(const struct message *message, size_t completed)
{
    size_t committed = 0;
    while (committed < message->n_spans && message->spans[committed].commits &&
           message->spans[committed].end <= completed)
        committed++;
    return committed;
}

static size_t byte_of(const char *bytes, size_t length, size_t character)
{
    size_t offset = 0;
    for (size_t seen = 0; offset < length; offset++)
        if (((unsigned char)bytes[offset] & 0xC0) != 0x80 && ++seen > character)
            break;
    return offset;
}

static size_t offset_of(const struct message *message, size_t position, bool in_bytes)
{
    if (in_bytes)
        return position - 1;
    if (message->sole != NULL)
        return byte_of(message->sole, message->sole_length, position - 1);
    return byte_of(text_string(&message->sql), message->sql.length, position - 1);
}

static const struct message_statement *statement_at(const struct message *message, size_t position)
{
    for (size_t i = 0; i < message->n_statements; i++)
        if (message->statements[i].position == position)
            return &message->statements[i];
    return NULL;
}

/* What the look ahead of a span was for; where that travels in a later part, what comes next. */
static const struct message_statement *statement_looked_for(const struct message *message, size_t span,
                                                            size_t completed)
{
    for (size_t i = 0; i < message->n_statements; i++)
        if (message->statements[i].step == span && message->statements[i].ordinal == message->spans[span].look)
            return &message->statements[i];
    return statement_at(message, completed + 1);
}

static const struct message_statement *statement_around(const struct message *message, size_t offset)
{
    for (size_t i = 0; i < message->n_statements; i++) {
        const struct message_statement *statement = &message->statements[i];
        if (offset >= statement->offset && offset <= statement->offset + statement->length)
            return statement;
    }
    return NULL;
}

/* Exactly where in the statement: the server's position, moved from the message to the file. */
static void refine(struct message_location *location, size_t offset)
{
    const struct message_statement *statement = location->statement;
    size_t source = statement->source_offset + (offset - statement->offset);
    if (source < statement->own_offset)
        return;
    const struct message_step *step = location->step;
    const struct section *section = revision_section(step->revision, step->direction);
    location->place =
        inclusion_place(section->inclusions, statement->place, step->text, statement->own_offset, source);
    location->offset = source;
}

struct message_location message_locate(const struct message *message, size_t completed, size_t position,
                                       bool in_bytes)
{
    struct message_location location = {.part = MESSAGE_GUARD};
    size_t offset = position > 0 ? offset_of(message, position, in_bytes) : 0;

    /* A syntax error comes before anything ran: then the position alone tells where it is. */
    const struct message_statement *statement = position > 0 ? statement_around(message, offset) : NULL;
    if (statement == NULL)
        statement = statement_at(message, completed);

    size_t span = statement != NULL ? statement->step : message_committed(message, completed);
    if (span >= message->n_spans)
        return location;
    location.step = message->spans[span].step;
    if (statement == NULL && completed >= message->spans[span].own_first &&
        completed < message->spans[span].own_end) {
        location.part = MESSAGE_LOOK; /* what is ours among the revision's own */
        statement = statement_looked_for(message, span, completed);
    } else if (statement == NULL) {
        location.part = completed < message->spans[span].own_first ? MESSAGE_GUARD : MESSAGE_CLOSING;
    } else {
        location.part = MESSAGE_STATEMENT;
    }
    if (statement == NULL)
        return location;

    location.statement = statement;
    location.place = statement->place;
    location.offset = statement->own_offset;
    if (position > 0 && statement_around(message, offset) == statement)
        refine(&location, offset);
    return location;
}
