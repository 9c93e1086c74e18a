#include "core/ledger.h"

#include "base/digest.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define MOST_VALUES 24

int64_t ledger_lock_key(const char *database, const char *version_schema, const char *version_table)
{
    const char *const parts[] = {"migrated", database, version_schema, version_table};
    struct text text = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_add_bytes(&text, parts[i], strlen(parts[i]) + (i < 3 ? 1 : 0));

    unsigned char digest[DIGEST_BYTES];
    digest_sha256(text_string(&text), text.length, digest);
    text_finish(&text);

    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | digest[i];
    int64_t signed_key;
    memcpy(&signed_key, &key, sizeof key);
    return signed_key;
}

static void add_qualified(struct text *text, const char *schema, const char *name)
{
    sql_quote_identifier(text, schema);
    text_add_char(text, '.');
    sql_quote_identifier(text, name);
}

void ledger_add_version_table(const struct ledger *ledger, struct text *text)
{
    add_qualified(text, ledger->version_schema, ledger->version_table);
}

void ledger_add_table(const struct ledger *ledger, struct text *text, const char *name)
{
    add_qualified(text, ledger->bookkeeping, name);
}

static void add_plain_version_table(const struct ledger *ledger, struct text *text)
{
    text_addf(text, "%s.%s", ledger->version_schema, ledger->version_table);
}

void ledger_add_key(const struct ledger *ledger, struct text *text)
{
    struct text table = {0};
    add_plain_version_table(ledger, &table);
    sql_quote_literal(text, ledger->target);
    text_add(text, ", ");
    sql_quote_literal(text, text_string(&table));
    text_finish(&table);
}

void ledger_expand(const struct ledger *ledger, struct text *text, const char *source, const struct sql_value *more,
                   size_t count)
{
    struct text qualified = {0}, plain = {0}, constraint = {0}, lock_key = {0};
    ledger_add_version_table(ledger, &qualified);
    add_plain_version_table(ledger, &plain);
    text_addf(&constraint, "%s_pkc", ledger->version_table);
    text_addf(&lock_key, "%" PRId64, ledger->lock_key);

    struct sql_value values[MOST_VALUES] = {
        {"target", ledger->target},
        {"version_schema", ledger->version_schema},
        {"version_table", ledger->version_table},
        {"version_table_name", text_string(&plain)},
        {"version_table_quoted", text_string(&qualified)},
        {"version_column", ledger->django ? "name" : "version_num"},
        {"version_constraint", text_string(&constraint)},
        {"bookkeeping", ledger->bookkeeping},
        {"lock_key", text_string(&lock_key)},
        {"host", ledger->host},
        {"program", ledger->program},
    };
    size_t own = 11;
    assert(own + count <= MOST_VALUES);
    for (size_t i = 0; i < count; i++)
        values[own + i] = more[i];
    sql_expand(text, source, values, own + count);

    text_finish(&qualified);
    text_finish(&plain);
    text_finish(&constraint);
    text_finish(&lock_key);
}
