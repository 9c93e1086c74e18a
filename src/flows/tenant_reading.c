#include "flows/tenant_reading.h"

#include "base/arena.h"
#include "db/books.h"
#include "db/tenants.h"

#include <string.h>
#define uthash_malloc(size)      arena_alloc(arena, size)
#define uthash_free(block, size) ((void)(block), (void)(size))
#include <uthash.h>

#define STRETCH 500 /* schemas: two locks each, of the 6,400 that a server has by default */
#define ROWS_OF 10  /* schemas at a time */

enum question { LISTING, DIGESTS, ROWS, NOTHING };

/* A digest, and which set it is. */
struct entry {
    const char *digest;
    const char *schema; /* one that has it */
    size_t set;
    UT_hash_handle hh;
};

struct tenant_reading {
    struct arena *arena;
    const char *query;
    const struct ledger *ledger;
    enum question question;
    struct names schemas;
    size_t asked; /* of the schemas, or of the sets: how many have been */
    struct entry *entries;
    const char **representatives; /* of each set; NULL: nothing is recorded there */
    struct tenant_set *sets;
    size_t set_capacity, representative_capacity;
    struct tenants result;
};

struct tenant_reading *tenant_reading_begin(struct arena *arena, const char *query, const struct ledger *ledger)
{
    struct tenant_reading *reading = arena_alloc(arena, sizeof *reading);
    *reading = (struct tenant_reading){.arena = arena, .query = query, .ledger = ledger};
    return reading;
}

static void stop(struct tenant_reading *reading)
{
    reading->result.sets = reading->sets;
    reading->question = NOTHING;
}

/* ---- asking ---- */

static struct names next_stretch(const struct tenant_reading *reading)
{
    size_t left = reading->schemas.count - reading->asked;
    return (struct names){reading->schemas.items + reading->asked, left < STRETCH ? left : STRETCH};
}

static bool ask_rows(struct tenant_reading *reading, struct text *sql)
{
    size_t asked = 0;
    for (size_t i = reading->asked; i < reading->result.count && asked < ROWS_OF; i++)
        if (reading->representatives[i] != NULL) {
            tenants_add_rows(sql, reading->ledger, reading->representatives[i]);
            asked++;
        }
    return asked > 0;
}

bool tenant_reading_ask(struct tenant_reading *reading, struct text *sql)
{
    struct names stretch = next_stretch(reading);
    if (reading->question == LISTING) {
        tenants_add_list(sql, reading->query);
        return true;
    }
    if (reading->question == DIGESTS && stretch.count > 0) {
        tenants_add_digests(sql, reading->ledger, &stretch);
        return true;
    }
    if (reading->question == DIGESTS) {
        reading->question = ROWS;
        reading->asked = 0;
    }
    if (reading->question == ROWS && ask_rows(reading, sql))
        return true;
    stop(reading);
    return false;
}

/* ---- answers ---- */

static struct entry *add_entry(struct tenant_reading *reading, const char *digest, const char *schema)
{
    struct arena *arena = reading->arena;
    struct entry *entry = arena_alloc(arena, sizeof *entry);
    size_t count = reading->result.count++;
    *entry = (struct entry){.digest = arena_string(arena, digest), .schema = schema, .set = count};
    reading->sets = arena_grow(arena, reading->sets, count, &reading->set_capacity, sizeof *reading->sets);
    reading->representatives = arena_grow(arena, reading->representatives, count, &reading->representative_capacity,
                                          sizeof *reading->representatives);
    reading->sets[count] =
        (struct tenant_set){.first = {.items = arena_array(arena, TENANTS_FIRST, sizeof(const char *))}};
    reading->representatives[count] = *digest == '\0' ? NULL : schema;
    HASH_ADD_KEYPTR(hh, reading->entries, entry->digest, strlen(entry->digest), entry);
    return entry;
}

static void take_digests(struct tenant_reading *reading, const PGresult *answer)
{
    struct names stretch = next_stretch(reading);
    for (size_t i = 0; i < stretch.count; i++) {
        struct entry *entry;
        const char *digest = tenants_read_digest(answer, i);
        digest = digest == NULL ? "" : digest;
        HASH_FIND_STR(reading->entries, digest, entry);
        if (entry == NULL)
            entry = add_entry(reading, digest, stretch.items[i]);
        struct tenant_set *set = &reading->sets[entry->set];
        if (set->count++ < TENANTS_FIRST)
            set->first.items[set->first.count++] = stretch.items[i];
    }
    reading->asked += stretch.count;
}

static void take_rows(struct tenant_reading *reading, const struct db_reply *reply)
{
    for (size_t i = 0; i < reply->n_results; reading->asked++)
        if (reading->representatives[reading->asked] != NULL)
            reading->sets[reading->asked].rows = books_read_rows(reading->arena, reply->results[i++]);
}

void tenant_reading_take(struct tenant_reading *reading, const struct db_reply *reply)
{
    const PGresult *last = reply->n_results == 0 ? NULL : reply->results[reply->n_results - 1];
    if (reading->question == LISTING && last != NULL) {
        reading->schemas = tenants_read_list(reading->arena, last, reading->ledger->version_schema);
        reading->result.total = reading->schemas.count;
        reading->question = DIGESTS;
    } else if (reading->question == LISTING) {
        reading->result.refusal = "tenant_schemas is a query without rows";
        stop(reading);
    } else if (reading->question == DIGESTS) {
        take_digests(reading, last);
    } else {
        take_rows(reading, reply);
    }
}

void tenant_reading_refuse(struct tenant_reading *reading, const struct error *error)
{
    reading->result.refusal = arena_string(reading->arena, error->message);
    stop(reading);
}

const struct tenants *tenant_reading_result(const struct tenant_reading *reading)
{
    return reading == NULL ? NULL : &reading->result;
}
