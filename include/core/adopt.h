/*
 * The tables in which other tools keep what they have applied: how each is read, what in it is no good, and how a row
 * comes and goes, so that `migrated adopt` can take over and `mirror` can keep both current. One tool, one file
 * (core/adopt_NAME.c), one struct. Pure: texts of questions out, rows in.
 */
#ifndef MIGRATED_CORE_ADOPT_H
#define MIGRATED_CORE_ADOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct graph;

enum adopted_state {
    ADOPTED_APPLIED,
    ADOPTED_THROUGH,  /* it, and all that stand before it: the table holds nothing but the newest */
    ADOPTED_BASELINE, /* all versions up to this one, whether it has a file or not */
    ADOPTED_FAILED,
    ADOPTED_APART, /* it is no version, and is not taken over: Flyway's repeatables */
};

struct adopted_row {
    const char *version; /* as the layout has it in the ids of its revisions, or as the tool's `find` takes it */
    enum adopted_state state;
    const char *checksum;      /* as the tool writes it; NULL: it wrote none */
    const char *file_checksum; /* of the file now; NULL: it is the same, or there is nothing to compare */
};

struct adopted_rows {
    struct adopted_row *items; /* owned by whoever made them */
    size_t count;
};

/*
 * Templates name the table as :"schema".:"table" (core/sql_quote.h). That of reading has also :'directory' (the name of the
 * first directory of revisions). Those of writing have also :'version', :'previous'
 * (the version of the row that is replaced), :'description' (the words of the file's name), :'script' (its name) and
 * :'checksum'; they end in RETURNING 1 for each row that was written, which is none where the row is not as expected.
 */
struct adopted_tool {
    const char *name;   /* as `--from` and `mirror` have it */
    const char *title;  /* as people call it */
    const char *layout; /* of its files (core/layout.h) */
    const char *schema; /* of the table; NULL: as that of the version table */
    const char *table;  /* unless it was told otherwise */
    const char *rows;   /* SELECT of version, state (a word of adopted_state_find), checksum: each of type text */
    const char *failed; /* what to do about a row that failed; NULL: none can */
    const char *insert; /* the revision was applied; NULL: the table is not written to, and none of these is there */
    const char *move;   /* the one row moves on, or back; NULL: each revision has a row */
    const char *remove; /* it was taken back */
    const char *forget; /* the same where nothing was run, by a stamp; NULL: as `remove` */
    /* As the tool writes it, owned by the arena. NULL: it keeps none. */
    const char *(*checksum)(struct arena *arena, const char *text, size_t length);
    /* Does the tool take it for that of this text? NULL: it does if it is what `checksum` gives. */
    bool (*matches)(struct arena *arena, const char *checksum, const char *text, size_t length);
    /* The revision that a row's version means, or GRAPH_NONE. NULL: that of this id. */
    uint32_t (*find)(struct arena *arena, const struct graph *graph, const char *version);
};

/* By its name; NULL: there is none. */
const struct adopted_tool *adopted_tool_find(const char *name);
/* The first whose files are laid out so; NULL: there is none. */
const struct adopted_tool *adopted_tool_of_layout(const char *layout);
/* All of them: "dbmate, diesel ..."; owned by the arena. */
const char *adopted_tool_names(struct arena *arena);

/* The revision that a row means, or GRAPH_NONE. */
uint32_t adopted_row_find(struct arena *arena, const struct adopted_tool *tool, const struct graph *graph,
                          const struct adopted_row *row);

/* "applied", "through", "baseline", "failed", "apart". Aborts on any other: the words are those of our own questions. */
enum adopted_state adopted_state_find(const char *word);

/* Is the file still what the tool applied? Sets the row's file_checksum if not. */
void adopted_row_compare(struct arena *arena, const struct adopted_tool *tool, struct adopted_row *row,
                         const char *text, size_t length);

/* "SCHEMA.NAME" or "NAME": false if it is neither. *schema is NULL where none is named; both owned by the arena. */
bool adopted_table_split(struct arena *arena, const char *text, const char **schema, const char **name);

/* "frontend" of "/srv/migrations/frontend/": what :'directory' stands for; owned by the arena. */
const char *adopted_directory(struct arena *arena, const char *path);

#endif
