/*
 * graphile-migrate: committed/000001-words.sql, each with its hash and that of the one before it in `--! ` headers, in
 * the order of the numbers as text; no way back (src/migration.ts, src/hash.ts, src/header.ts, src/migrationFilename.ts).
 * The directory is that of the tool, or its committed/. `:NAME` is replaced everywhere behind the headers, in comments and
 * quotes too, where there is such a placeholder (migration.ts, slowGeneratePlaceholderReplacement; settings.ts).
 */
#include "base/text.h"
#include "layout_parts.h"
#include "sql_lex.h"
#include "substitution.h"

#include <string.h>

#define FOLDER "committed/"

/* ---- names ---- */

/* ^([0-9]+)(-[-_a-zA-Z0-9]*)?\.sql$ */
static bool is_committed(const char *name)
{
    static const char letters[] = "-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t digits = layout_digits(name), words = name[digits] == '-' ? strspn(name + digits, letters) : 0;
    return digits > 0 && strcmp(name + digits + words, ".sql") == 0;
}

static bool has_folder(const struct names *names)
{
    return layout_holds(names, FOLDER) != NULL;
}

/* What stands behind the folder, or in the directory itself; NULL: it is elsewhere. */
static const char *name_in(bool in_folder, const char *path)
{
    if (!in_folder)
        return layout_is_file(path) ? path : NULL;
    return strncmp(path, FOLDER, sizeof FOLDER - 1) == 0 ? path + sizeof FOLDER - 1 : NULL;
}

/* The working copy, and what it includes. */
static bool is_in_the_making(const char *path)
{
    return strcmp(path, "current.sql") == 0 || strncmp(path, "current/", 8) == 0 ||
           strncmp(path, "fixtures/", 9) == 0;
}

static void list(struct layout_listing *listing)
{
    bool in_folder = has_folder(&listing->names);
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *path = listing->names.items[i], *name = name_in(in_folder, path);
        if (is_in_the_making(path))
            layout_leave(listing, path);
        if (name == NULL || !is_committed(name))
            continue;
        const char *number = arena_copy(listing->arena, name, layout_digits(name));
        struct layout_entry *entry = layout_add(listing, number, number);
        entry->up = path;
    }
    layout_order(listing, strcmp);
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    static const char first[] = "--! Previous: ";
    for (size_t i = 0; has_folder(names) && i < names->count; i++) {
        const char *name = name_in(true, names->items[i]);
        if (name != NULL && is_committed(name))
            return true;
    }
    return length >= sizeof first - 1 && memcmp(head, first, sizeof first - 1) == 0;
}

/* ---- headers ---- */

enum header {
    HEADER_PREVIOUS,
    HEADER_HASH,
    HEADER_MESSAGE,
    HEADER_ALLOW_INVALID_HASH,
    HEADERS,
    HEADER_OTHER = HEADERS
};

static const char *const header_words[] = {"Previous", "Hash", "Message", "AllowInvalidHash"};

struct headers {
    const char *values[HEADERS]; /* NULL: there is none */
    struct place places[HEADERS];
    size_t body; /* offset behind them */
    struct place body_place;
};

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        --*length;
}

/* ^--! ([A-Z][a-zA-Z0-9_]*)(?::(.*))?$ */
static bool parse_header(struct arena *arena, const struct layout_line *line, enum header *header, const char **value)
{
    const char *word = line->text + 4, *end = line->text + line->length, *at = word;
    if (line->length < 5 || memcmp(line->text, "--! ", 4) != 0 || *word < 'A' || *word > 'Z')
        return false;
    while (at < end && is_name_byte(*at))
        at++;
    if (at < end && *at != ':')
        return false;
    *header = HEADER_OTHER;
    for (size_t i = 0; i < HEADERS; i++)
        if (strlen(header_words[i]) == (size_t)(at - word) && memcmp(header_words[i], word, (size_t)(at - word)) == 0)
            *header = (enum header)i;
    const char *text = at < end ? at + 1 : end;
    size_t length = (size_t)(end - text);
    trim(&text, &length);
    *value = arena_copy(arena, text, length);
    return true;
}

static void note_header(struct revision_source *source, struct headers *headers, enum header header,
                        const char *value, struct place place)
{
    if (header == HEADER_OTHER)
        return;
    if (headers->values[header] != NULL)
        REVISION_FAULT(source, place, "header '%s' is given twice, first in line %u", header_words[header],
                       headers->places[header].line);
    headers->values[header] = value;
    headers->places[header] = place;
}

static struct headers read_headers(struct revision_source *source)
{
    struct headers headers = {.body = revision_text_begin(source)};
    struct layout_line line = {0};
    size_t begin = headers.body;
    enum header header;
    const char *value;
    while (layout_next_line(source->text + begin, source->length - begin, &line)) {
        headers.body = begin + line.offset;
        headers.body_place = (struct place){line.number, 1};
        if (!parse_header(source->arena, &line, &header, &value))
            break;
        note_header(source, &headers, header, value, headers.body_place);
        headers.body = source->length;
    }
    if (headers.body_place.line > 1 && headers.body < source->length && line.length > 0)
        REVISION_FAULT(source, headers.body_place, "an empty line stands between the headers and the rest");
    return headers;
}

/* ---- hashes ---- */

/* sha1 over the hash before it, if there is one, and the text, each trimmed and with a line end. */
static const char *hash_of(struct arena *arena, const char *previous, const char *body, size_t length)
{
    char hex[DIGEST_SHA1_HEX_SIZE];
    struct text text = {0};
    trim(&body, &length);
    if (previous != NULL && length > 0)
        text_addf(&text, "%s\n", previous);
    else if (previous != NULL)
        text_add(&text, previous);
    text_add_bytes(&text, body, length);
    text_add_char(&text, '\n');
    digest_sha1_hex(text_string(&text), text.length, hex);
    text_finish(&text);
    return arena_printf(arena, "sha1:%s", hex);
}

static const char *hash_behind(const struct revision_source *source, const struct headers *headers)
{
    const char *previous = headers->values[HEADER_PREVIOUS];
    return hash_of(source->arena, previous == NULL || strcmp(previous, "-") == 0 ? NULL : previous,
                   source->text + headers->body, source->length - headers->body);
}

/* It is of what is written there: values are put in afterwards. */
static void check_hash(struct revision_source *source, const struct headers *headers)
{
    const char *said = headers->values[HEADER_HASH];
    const char *hash = source->hash != NULL ? source->hash : hash_behind(source, headers);
    bool same = strcmp(hash, said) == 0, allowed = headers->values[HEADER_ALLOW_INVALID_HASH] != NULL;
    if (!same && !allowed)
        REVISION_FAULT(source, headers->places[HEADER_HASH],
                       "the text has the hash %s: it was changed since it was committed; put it back, or say "
                       "`--! AllowInvalidHash` if it is meant so",
                       hash);
    else if (same && allowed)
        REVISION_FAULT(source, headers->places[HEADER_ALLOW_INVALID_HASH],
                       "the hash is right: take this line out, as graphile-migrate demands it");
}

/* Faults of the headers are told when the file is read. */
static struct headers peek_headers(struct revision_source *source)
{
    struct faults unheard = {.arena = source->arena};
    source->faults = &unheard;
    struct headers headers = read_headers(source);
    source->faults = NULL;
    return headers;
}

const char *layout_graphile_migrate_hash(struct arena *arena, const char *text, size_t length)
{
    struct revision_source source = {.arena = arena, .path = "", .text = text, .length = length};
    struct headers headers = peek_headers(&source);
    return headers.values[HEADER_HASH] != NULL ? headers.values[HEADER_HASH] : "";
}

/* ---- placeholders ---- */

/* :[A-Z][A-Z0-9_]+\b; its length with the colon, 0 if there is none at this one. */
static size_t placeholder_at(const char *colon, const char *end)
{
    const char *at = colon + 1;
    if (at >= end || *at < 'A' || *at > 'Z')
        return 0;
    while (at < end && is_name_byte(*at) && (*at < 'a' || *at > 'z'))
        at++;
    return at - colon < 3 || (at < end && is_name_byte(*at)) ? 0 : (size_t)(at - colon);
}

/* The tool has these two always. */
static bool is_known(const char *text, size_t length)
{
    static const char *const known[] = {":DATABASE_NAME", ":DATABASE_OWNER"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == length && memcmp(known[i], text, length) == 0)
            return true;
    return false;
}

/* What has no value may be no placeholder: it is one where it stands in SQL as nothing else would, or has quotes for itself. */
static bool looks_meant(const struct substitution *substitution, size_t offset, size_t length, bool quoted)
{
    const char *text = substitution->text;
    char before = offset > 0 ? text[offset - 1] : ' ';
    if (!quoted)
        return !is_name_byte(before) && before != ':' && before != ']' && before != ')';
    return (before == '\'' || before == '"') && offset + length < substitution->length &&
           text[offset + length] == before;
}

/* The token in which it stands; asked from offset to offset. In a comment nothing is meant; in dollar quotes is code. */
static bool is_meant(const struct substitution *substitution, struct sql_lexer *lexer, struct sql_token *token,
                     size_t offset, size_t length)
{
    while (token->offset + token->length <= offset && token->kind != SQL_TOKEN_END && token->kind != SQL_TOKEN_ERROR)
        sql_lex_token(lexer, token);
    if (token->offset > offset || (token->kind != SQL_TOKEN_QUOTED && token->kind != SQL_TOKEN_SYMBOL))
        return false;
    bool quoted = token->kind == SQL_TOKEN_QUOTED && substitution->text[token->offset] != '$';
    return is_known(substitution->text + offset, length) || looks_meant(substitution, offset, length, quoted);
}

static void put_values(struct substitution *substitution, size_t body)
{
    const char *text = substitution->text, *end = text + substitution->length;
    struct sql_lexer lexer = {.text = text, .length = substitution->length, .position = body};
    struct sql_token token = {.kind = SQL_TOKEN_SYMBOL, .offset = body};
    for (const char *at = text + body; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
        size_t offset = (size_t)(at - text), length = placeholder_at(at, end);
        if (length == 0)
            continue;
        const char *value = parameters_find(substitution->parameters, at + 1, length - 1);
        if (value != NULL)
            substitution_put(substitution, offset, length, value, strlen(value));
        else if (is_meant(substitution, &lexer, &token, offset, length))
            substitution_fault(
                substitution, offset,
                "placeholder %.*s has no value: set vars.%.*s = VALUE in the target's section of the configuration",
                (int)length, at, (int)length - 1, at + 1);
    }
}

static void put_placeholders(struct substitution *substitution)
{
    struct revision_source source = {.arena = substitution->arena,
                                     .path = substitution->path,
                                     .text = substitution->text,
                                     .length = substitution->length};
    struct headers headers = peek_headers(&source);
    put_values(substitution, headers.body);
    if (substitution->after->count > 0)
        substitution->hash = hash_behind(&source, &headers);
}

/* ---- text ---- */

/* /^--!\s*no-transaction\b/ in the first line behind the headers and blanks. */
static void read_transaction(struct revision_source *source, const struct headers *headers)
{
    static const char mark[] = "no-transaction";
    size_t at = headers->body, end = source->length;
    while (at < end && is_blank(source->text[at]))
        at++;
    size_t line = at;
    if (end - at < 3 || memcmp(source->text + at, "--!", 3) != 0)
        return;
    for (at += 3; at < end && (source->text[at] == ' ' || source->text[at] == '\t');)
        at++;
    if (end - at < sizeof mark - 1 || memcmp(source->text + at, mark, sizeof mark - 1) != 0 ||
        (at + sizeof mark - 1 < end && is_name_byte(source->text[at + sizeof mark - 1])))
        return;
    source->transaction = TRANSACTION_OFF;
    source->transaction_place = place_after(headers->body_place, source->text + headers->body, line - headers->body);
}

static void read_header(struct revision_source *source)
{
    struct headers headers = read_headers(source);
    bool complete = true;
    for (enum header i = HEADER_PREVIOUS; i <= HEADER_HASH; i++)
        if (headers.values[i] == NULL || *headers.values[i] == '\0') {
            REVISION_FAULT(source, ((struct place){1, 1}),
                           "no `--! %s:` stands at its top: graphile-migrate writes it", header_words[i]);
            complete = false;
        }
    if (headers.values[HEADER_MESSAGE] != NULL)
        source->revision->message = headers.values[HEADER_MESSAGE];
    if (complete) {
        source->revision->chain = (struct chain){headers.values[HEADER_HASH], headers.values[HEADER_PREVIOUS],
                                                 headers.places[HEADER_PREVIOUS]};
        check_hash(source, &headers);
    }
    read_transaction(source, &headers);
}

static void check_chain(const struct revision *revision, const struct revision *before, struct faults *faults)
{
    const struct chain *chain = &revision->chain;
    const char *expected = before == NULL ? "-" : before->chain.hash;
    if (chain->hash != NULL && expected != NULL && strcmp(chain->previous, expected) != 0)
        fault_add(faults, revision->path, chain->place.line, chain->place.column,
                  "it was committed behind %s, but before it comes %s (%s)", chain->previous,
                  before == NULL ? "none" : before->path, expected);
}

static const struct layout_marks marks = {
    .parameters = put_placeholders, .header = read_header, .follow = check_chain, .outside = "--! no-transaction"};

const struct layout layout_graphile_migrate = {
    .name = "graphile-migrate",
    .tool = "graphile-migrate",
    .folders = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
