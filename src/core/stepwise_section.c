#include "core/stepwise_section.h"

#include "base/arena.h"
#include "core/sql_class.h"
#include "message_parts.h"
#include "sql_lex.h"

#include <string.h>

#define SHOWN_BYTES 120 /* of a statement, in the journal and in messages */

const char *stepwise_statement_text(const struct stepwise_section *section,
                                    const struct stepwise_statement *statement)
{
    return section->text + section->section->offset + statement->piece.offset;
}

/* By tokens, each ended by a byte that stands in none; and the data of a COPY. */
static void hash(const char *statement, size_t length, const char *data, size_t data_length,
                 char hex[DIGEST_HEX_SIZE])
{
    struct sql_lexer lexer = {.text = statement, .length = length};
    unsigned char bytes[DIGEST_BYTES];
    struct digest *digest = digest_begin();
    struct sql_token token;
    for (sql_lex_token(&lexer, &token); token.kind != SQL_TOKEN_END && token.kind != SQL_TOKEN_ERROR;
         sql_lex_token(&lexer, &token)) {
        if (sql_token_is_symbol(&lexer, &token, ';'))
            continue;
        digest_add(digest, statement + token.offset, token.length);
        digest_add(digest, "", 1);
    }
    digest_add(digest, data, data_length);
    digest_end(digest, bytes);
    digest_hex(bytes, hex);
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static const char *shorten(struct arena *arena, const char *statement, size_t length)
{
    char words[SHOWN_BYTES + 1];
    size_t used = 0, at = 0;
    while (at < length && used < SHOWN_BYTES) {
        if (is_blank(statement[at])) {
            while (at < length && is_blank(statement[at]))
                at++;
            words[used++] = ' ';
        } else {
            words[used++] = statement[at++];
        }
    }
    while (at < length && used > 0 &&
           ((unsigned char)statement[at] & 0xC0) == 0x80) { /* not in a character's middle */
        used--;
        at--;
    }
    words[used] = '\0';
    return arena_printf(arena, "%s%s", words, at < length ? "..." : "");
}

static void describe(struct arena *arena, const struct stepwise_section *section,
                     struct stepwise_statement *statement)
{
    const char *text = stepwise_statement_text(section, statement);
    size_t length = statement->piece.length;
    enum sql_class class = sql_classify(text, length).class;
    statement->transactional = !sql_class_runs_alone(class);
    statement->waits_by_design = class == SQL_CONCURRENT;
    statement->lock = statement->transactional ? sql_lock_read(text, length) : section->section->lock;
    if (!statement->transactional)
        statement->object = sql_object_read(text, length);
    statement->words = shorten(arena, text, length);
    hash(text, length, "", 0, statement->hash);
}

/* A list that grows. */
struct list {
    struct stepwise_statement *items;
    size_t count, capacity;
};

static struct stepwise_statement *add(struct arena *arena, struct list *list)
{
    list->items = arena_grow(arena, list->items, list->count, &list->capacity, sizeof *list->items);
    struct stepwise_statement *statement = &list->items[list->count++];
    *statement = (struct stepwise_statement){0};
    return statement;
}

void stepwise_section_read(struct arena *arena, const struct section *section, const char *text,
                           struct stepwise_section *out)
{
    const char *body = text + section->offset;
    struct list statements = {0}, settings = {0};
    struct stepwise_statement *last = NULL;
    struct sql_scan scan;
    struct sql_piece piece;
    size_t ordinal = 0, lead = 0;

    *out = (struct stepwise_section){.section = section, .text = text};
    sql_scan_section(&scan, section, text);
    while (sql_scan_next(&scan, &piece)) {
        if (piece.kind == SQL_COPY_DATA && last != NULL) {
            last->copy = piece;
            last->has_copy = true;
            hash(body + last->piece.offset, last->piece.length, body + piece.offset, piece.length, last->hash);
        } else if (message_sends(section, &piece, body + piece.offset)) {
            last = add(arena, sql_is_setting(body + piece.offset, piece.length) ? &settings : &statements);
            last->ordinal = ++ordinal;
            last->piece = piece;
            last->lead = lead;
            describe(arena, out, last);
        }
        lead = piece.kind == SQL_COPY_DATA ? scan.position : piece.offset + piece.length;
    }
    out->statements = statements.items;
    out->n_statements = statements.count;
    out->settings = settings.items;
    out->n_settings = settings.count;
}
