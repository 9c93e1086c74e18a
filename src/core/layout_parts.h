/* What the layouts share. Private to core. */
#ifndef MIGRATED_CORE_LAYOUT_PARTS_H
#define MIGRATED_CORE_LAYOUT_PARTS_H

#include "base/arena.h"
#include "core/layout.h"
#include "revision_parts.h"

struct substitution; /* substitution.h */

/* How the text of a layout's files says what it is. Without `read` a file is one side, whole. */
struct layout_marks {
    const char *up, *down; /* the section markers, as people write them */
    /* Is a line comment one? From its `--` on; for sql_scan.h. */
    bool (*is_marker)(const char *comment, size_t length);
    /* Read one: a fault is added where it is MARKER_FAULTY. It may set source->transaction for its section. */
    enum marker (*read)(struct revision_source *source, const struct sql_piece *piece);
    bool needed;  /* a file without marker is a fault */
    bool ordered; /* the way down stands behind the way up */
    /* Put values into the text before it is read; NULL: the tool has no parameters. */
    void (*parameters)(struct substitution *substitution);
    /* Look over the text before its statements are read; NULL: there is nothing to look for. */
    void (*header)(struct revision_source *source);
    void (*settings)(struct revision_source *source); /* read the file of settings; NULL: there are none */
    /* Put the revisions of one directory into the tool's order, where names do not tell it; NULL: they do. */
    void (*arrange)(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults);
    /* Look whether a revision fits the one before it, NULL at the base; NULL: any does. */
    void (*follow)(const struct revision *revision, const struct revision *before, struct faults *faults);
    const char *way_back; /* where it stands, for people; NULL: there is none */
    const char *outside;  /* what says that a section runs outside a transaction, as people write it */
};

extern const struct layout layout_dbmate, layout_diesel, layout_flyway, layout_goose, layout_golang_migrate,
    layout_prisma, layout_sqlx, layout_node_pg_migrate, layout_pop, layout_graphile_migrate, layout_sourcegraph,
    layout_sqitch;

/* One more entry, empty but for its id and the key it is sorted by. */
struct layout_entry *layout_add(struct layout_listing *listing, const char *id, const char *key);

/* Sort the entries by their keys. */
void layout_sort(struct layout_listing *listing, int (*compare)(const char *a, const char *b));

/* The same; two of one key are a fault. */
void layout_order(struct layout_listing *listing, int (*compare)(const char *a, const char *b));

/* As layout_order (by numbers), for entries of one side each: those of one key are joined. */
void layout_order_pairs(struct layout_listing *listing);
void layout_order_pairs_by(struct layout_listing *listing, int (*compare)(const char *a, const char *b));

/* A file that is not for this database. */
void layout_leave(struct layout_listing *listing, const char *name);

/* As Sourcegraph puts its graph into a row; a second base is a fault. */
void layout_sourcegraph_arrange(struct arena *arena, struct revision *revisions, size_t count, struct faults *faults);

/* Is a line the one that Liquibase's formatted SQL begins with? */
bool layout_liquibase_begins(const char *line, size_t length);

/* What graphile-migrate's `--! Hash:` says at the top of this text, owned by the arena; "": nothing. */
const char *layout_graphile_migrate_hash(struct arena *arena, const char *text, size_t length);

/* Are there names that only pop gives, among those that look like golang-migrate's? */
bool layout_pop_names(const struct names *names);

/* A fault of a name. */
void layout_fault(struct layout_listing *listing, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How many digits the name begins with. */
size_t layout_digits(const char *name);

/* They as the tools' 64-bit numbers are written, "0" for zero; NULL if it is too large, which is a fault. */
const char *layout_number(struct layout_listing *listing, const char *name, size_t digits);

/* A name's words, with blanks for underscores. */
const char *layout_words(struct arena *arena, const char *text, size_t length);

bool layout_ends(const char *name, const char *suffix);

/* "FILE", not one in a folder and no folder; "FOLDER/", not one in a folder. */
bool layout_is_file(const char *name);
bool layout_is_folder(const char *name);

/* The name as it is among the (sorted) names; NULL if it is not. */
const char *layout_holds(const struct names *names, const char *name);

/* The lines of a text, one after the other: false behind the last. Without its end (LF, CRLF); `line` begins zeroed. */
struct layout_line {
    const char *text;
    size_t length, offset; /* of its first byte in the whole */
    size_t next;
    unsigned number;
};
bool layout_next_line(const char *text, size_t length, struct layout_line *line);

/* `KEY = VALUE`, without blanks around. */
struct layout_setting {
    const char *key, *value;
    size_t key_length, value_length; /* both 0: the line is no setting */
};

/* The next line that is neither blank nor a `#` comment, as a setting. */
bool layout_next_setting(const char *text, size_t length, struct layout_line *line, struct layout_setting *setting);
bool layout_setting_is(const struct layout_setting *setting, const char *key, const char *value);

/* Behind `--` and blanks, without blanks at the end; false if the line is no comment. */
bool layout_comment(const char *line, size_t length, const char **words, size_t *words_length);

#endif
