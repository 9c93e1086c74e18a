#include "core/script.h"

#include "core/sql_class.h"
#include "core/sql_quote.h"
#include "core/sql_scan.h"

static void add_table(struct text *out, const struct script_table *table)
{
    if (table->schema != NULL) {
        sql_quote_identifier(out, table->schema);
        text_add_char(out, '.');
    }
    sql_quote_identifier(out, table->name);
}

void script_begin(struct text *out, const struct script_table *table, bool create)
{
    text_add(out, "\\set ON_ERROR_STOP on\n\n");
    if (!create)
        return;
    struct text constraint = {0};
    text_addf(&constraint, "%s_pkc", table->name);
    text_add(out, "CREATE TABLE IF NOT EXISTS ");
    add_table(out, table);
    text_add(out, " (\n    version_num varchar(255) NOT NULL,\n    CONSTRAINT ");
    sql_quote_identifier(out, text_string(&constraint));
    text_add(out, " PRIMARY KEY (version_num)\n);\n\n");
    text_finish(&constraint);
}

/* As it stands in the file, but for a wrapping BEGIN and COMMIT; a last statement gets its semicolon. */
static void add_section(struct text *out, const struct section *section, const char *text)
{
    const char *body = text + section->offset;
    size_t from = 0;
    struct sql_scan scan;
    struct sql_piece piece, last = {.terminated = true};

    sql_scan_section(&scan, section, text);
    while (sql_scan_next(&scan, &piece)) {
        enum sql_class class =
            piece.kind == SQL_STATEMENT ? sql_classify(body + piece.offset, piece.length).class : SQL_PLAIN;
        if (section->wrapped && (class == SQL_BEGIN || class == SQL_COMMIT)) {
            text_add_bytes(out, body + from, piece.offset - from);
            from = piece.offset + piece.length;
        }
        last = piece;
    }
    text_add_bytes(out, body + from, section->length - from);
    text_add(out, last.terminated ? "\n" : "\n;\n");
}

static void add_row_changes(struct text *out, const struct script_table *table, const struct names *before,
                            const struct names *after)
{
    size_t leaving = 0, coming = 0;
    for (;;) {
        while (leaving < before->count && names_contain(after, before->items[leaving]))
            leaving++;
        while (coming < after->count && names_contain(before, after->items[coming]))
            coming++;
        bool leaves = leaving < before->count, comes = coming < after->count;
        if (!leaves && !comes)
            return;

        text_add(out, leaves && comes ? "UPDATE " : leaves ? "DELETE FROM " : "INSERT INTO ");
        add_table(out, table);
        if (comes) {
            text_add(out, leaves ? " SET version_num = " : " (version_num) VALUES (");
            sql_quote_literal(out, after->items[coming++]);
            text_add(out, leaves ? "" : ")");
        }
        if (leaves) {
            text_add(out, " WHERE version_num = ");
            sql_quote_literal(out, before->items[leaving++]);
        }
        text_add(out, ";\n");
    }
}

void script_add(struct text *out, const struct script_table *table, const struct revision *revision,
                enum direction direction, const char *text, const struct names *before, const struct names *after)
{
    const struct section *section = direction == DIRECTION_UPGRADE ? &revision->up : &revision->down;
    text_addf(out, "-- %s %s\n", direction_name(direction), revision->id);
    if (section->transactional)
        text_add(out, "BEGIN;\n");
    add_section(out, section, text);
    text_add(out, "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\n");
    if (!section->transactional)
        text_add(out, "BEGIN;\n");
    add_row_changes(out, table, before, after);
    text_add(out, "COMMIT;\n\n");
}
