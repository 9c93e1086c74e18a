#include "psql_command.h"

#include "base/arena.h"
#include "sql_lex.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\f\v";

static bool is_blank(char byte)
{
    return byte != '\0' && strchr(blanks, byte) != NULL;
}

size_t psql_command_word(const char *command, size_t length)
{
    size_t end = 0;
    while (end < length && !is_blank(command[end]))
        end++;
    return end;
}

bool psql_command_is(const char *command, size_t length, const char *name)
{
    size_t word = psql_command_word(command, length);
    return strlen(name) == word && memcmp(command, name, word) == 0;
}

static size_t skip_blanks(const char *command, size_t length, size_t at)
{
    while (at < length && is_blank(command[at]))
        at++;
    return at;
}

/* ---- those that change nothing here ---- */

/* The whole of what stands behind the name, without blanks, is one of these words. */
static bool says(const char *command, size_t length, size_t at, const char *words)
{
    while (length > at && is_blank(command[length - 1]))
        length--;
    size_t wanted = length - at;
    for (size_t word; *words != '\0'; words += word + (words[word] == ' ')) {
        word = strcspn(words, " ");
        if (word == wanted && strncasecmp(words, command + at, word) == 0)
            return true;
    }
    return false;
}

/* Variables that steer psql: a revision stops at its first error, and prints nothing. */
static bool passes_set(const char *command, size_t length, size_t at)
{
    size_t end = at;
    while (end < length && !is_blank(command[end]))
        end++;
    size_t value = skip_blanks(command, length, end);
    if (says(command, end, at, "ON_ERROR_STOP"))
        return says(command, length, value, "on true yes 1");
    return says(command, end, at, "QUIET ECHO ECHO_HIDDEN VERBOSITY SHOW_CONTEXT");
}

bool psql_command_passes(const char *command, size_t length)
{
    static const char *const printing[] = {"\\echo", "\\qecho", "\\warn", "\\timing", "\\pset"};
    size_t at = skip_blanks(command, length, psql_command_word(command, length));
    if (memchr(command, '`', length) != NULL || memchr(command + 1, '\\', length - 1) != NULL)
        return false; /* a shell's command, or one more of psql's */
    if (psql_command_is(command, length, "\\set"))
        return passes_set(command, length, at);
    if (psql_command_is(command, length, "\\encoding"))
        return says(command, length, at, "UTF8 UTF-8 'UTF8' 'UTF-8'");
    for (size_t i = 0; i < sizeof printing / sizeof *printing; i++)
        if (psql_command_is(command, length, printing[i]))
            return true;
    return false;
}

/* ---- file names ---- */

static void set_wrong(struct psql_command *read, size_t offset, const char *wrong)
{
    read->wrong = wrong;
    read->wrong_offset = offset;
}

/* 'NAME', in which a doubled quote stands for one. */
static void quoted_name(struct arena *arena, const char *command, size_t length, struct psql_command *read)
{
    size_t used = 0;
    char *name = arena_alloc(arena, length + 1);
    read->name = name;
    for (size_t at = read->name_offset + 1; at < length; at++) {
        if (command[at] == '\'' && (at + 1 == length || command[at + 1] != '\'')) {
            read->name_end = at + 1;
            return;
        }
        at += command[at] == '\'';
        name[used++] = command[at];
    }
    set_wrong(read, read->name_offset, "the file name's quote has no end");
}

static void plain_name(struct arena *arena, const char *command, size_t length, struct psql_command *read)
{
    size_t at = read->name_offset;
    while (at < length && !is_blank(command[at]) && command[at] != ';')
        at++;
    read->name = arena_copy(arena, command + read->name_offset, at - read->name_offset);
    read->name_end = at;
    size_t odd = strcspn(read->name, "\\`:\"'~");
    if (read->name[odd] != '\0')
        set_wrong(read, read->name_offset + odd,
                  "a file name with a quote, a variable or a command in it: write the name itself, in single quotes");
}

/* The name at `at`, plain or in quotes. */
static void read_name(struct arena *arena, const char *command, size_t length, size_t at, struct psql_command *read)
{
    read->name_offset = read->name_end = at;
    if (at < length && command[at] == '\'')
        quoted_name(arena, command, length, read);
    else
        plain_name(arena, command, length, read);
    if (read->wrong != NULL)
        return;
    if (read->name[0] == '\0')
        set_wrong(read, 0, "no file is named");
    else if (strchr(read->name, '\\') != NULL)
        set_wrong(read, at, "a backslash in a file name: psql would read it in its own way");
}

static struct psql_command read_include(struct arena *arena, const char *command, size_t length)
{
    bool relative =
        psql_command_is(command, length, "\\ir") || psql_command_is(command, length, "\\include_relative");
    struct psql_command read = {.kind = relative ? PSQL_INCLUDE_RELATIVE : PSQL_INCLUDE};
    read_name(arena, command, length, skip_blanks(command, length, psql_command_word(command, length)), &read);
    if (read.wrong != NULL)
        return read;
    size_t behind = read.name_end;
    while (behind < length && (command[behind] == ';' || is_blank(command[behind])))
        behind++;
    if (behind < length)
        set_wrong(&read, behind, "nothing may stand behind the file name");
    return read;
}

/* ---- \copy ---- */

/* Behind what FROM comes the file; TO, and the end: SIZE_MAX. */
static size_t find_source(const char *command, size_t length, struct psql_command *read)
{
    struct sql_lexer lexer = {.text = command, .length = length, .position = strlen("\\copy")};
    struct sql_token token;
    size_t parentheses = 0;
    for (sql_lex_token(&lexer, &token); token.kind != SQL_TOKEN_END && token.kind != SQL_TOKEN_ERROR;
         sql_lex_token(&lexer, &token)) {
        if (sql_token_is_symbol(&lexer, &token, '('))
            parentheses++;
        else if (sql_token_is_symbol(&lexer, &token, ')') && parentheses > 0)
            parentheses--;
        if (parentheses > 0)
            continue;
        if (sql_token_is(&lexer, &token, "FROM"))
            return skip_blanks(command, length, token.offset + token.length);
        if (sql_token_is(&lexer, &token, "TO")) {
            set_wrong(read, token.offset, "\\copy ... to writes a file: a revision only reads");
            return SIZE_MAX;
        }
    }
    set_wrong(read, 0, "\\copy without FROM");
    return SIZE_MAX;
}

/* Where the options end: at a semicolon, behind which only a comment may stand. */
static void find_end(const char *command, size_t length, struct psql_command *read)
{
    struct sql_lexer lexer = {.text = command, .length = length, .position = read->name_end};
    struct sql_token token;
    bool ended = false;
    read->end = length;
    for (sql_lex_token(&lexer, &token); token.kind != SQL_TOKEN_END; sql_lex_token(&lexer, &token)) {
        if (token.kind == SQL_TOKEN_ERROR) {
            set_wrong(read, lexer.error_offset, sql_scan_error_text(lexer.error));
            return;
        }
        if (ended) {
            set_wrong(read, token.offset, "a \\copy is the whole line: nothing may stand behind its semicolon");
            return;
        }
        if (sql_token_is_symbol(&lexer, &token, ';')) {
            ended = true;
            read->end = token.offset;
        }
    }
}

static struct psql_command read_copy(struct arena *arena, const char *command, size_t length)
{
    struct psql_command read = {.kind = PSQL_COPY};
    size_t at = find_source(command, length, &read);
    if (at == SIZE_MAX)
        return read;
    read_name(arena, command, length, at, &read);
    if (read.wrong != NULL)
        return read;
    if (command[at] != '\'' && (strcasecmp(read.name, "stdin") == 0 || strcasecmp(read.name, "pstdin") == 0))
        return (struct psql_command){.kind = PSQL_OTHER};
    if (command[at] != '\'' && strcasecmp(read.name, "program") == 0)
        set_wrong(&read, at, "\\copy ... from program: nothing is run beside the database, name a file");
    else
        find_end(command, length, &read);
    return read;
}

struct psql_command psql_command_read(struct arena *arena, const char *command, size_t length)
{
    static const char *const including[] = {"\\i", "\\ir", "\\include", "\\include_relative"};
    if (psql_command_is(command, length, "\\copy"))
        return read_copy(arena, command, length);
    for (size_t i = 0; i < sizeof including / sizeof *including; i++)
        if (psql_command_is(command, length, including[i]))
            return read_include(arena, command, length);
    return (struct psql_command){.kind = PSQL_OTHER};
}
