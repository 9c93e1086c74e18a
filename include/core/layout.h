/*
 * How a directory's revision files are laid out: our own way, or that of another tool. A layout knows from the names
 * alone which files make a revision, in which order, and under which key its own tool keeps it; the text of the files
 * is read by revision_file.h with the layout's own marks. Pure: names in, entries and faults out.
 */
#ifndef MIGRATED_CORE_LAYOUT_H
#define MIGRATED_CORE_LAYOUT_H

#include "base/fault.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct layout_marks;
struct parameters;

/* One revision, as the names tell it. Paths are beneath the directory. */
struct layout_entry {
    const char *id;        /* the key that the tool keeps in its own table; NULL: the file says it (native) */
    const char *key;       /* by which the tool orders; private to the layout */
    const char *message;   /* "" if the name has no words */
    const char *up, *down; /* NULL: there is none. The same where one file holds both sides */
    const char *settings;  /* a file beside them that says how they run; NULL: none */
    const char *verify;    /* a file that tells whether the way up did what it should; NULL: none */
    struct names depends_on;
    unsigned line; /* of the layout's plan, which names it; 0: nothing does */
};

/* A file that tells of others. */
struct layout_text {
    const char *path; /* as it is shown to users; NULL: there is none */
    const char *bytes;
    size_t length;
};

/* What a layout makes of one directory. */
struct layout_listing {
    struct arena *arena;   /* of all that is made; borrowed, like all here but the entries */
    const char *directory; /* as it is shown to users */
    struct names names; /* sorted bytewise: "FILE", "FOLDER/" and what is in that, "FOLDER/FILE" or "FOLDER/FOLDER/";
                  hidden ones if the layout says so */
    struct faults *faults;
    struct layout_entry *entries; /* in the order of the tool */
    size_t count, capacity;
    struct layout_text plan, configuration; /* of a layout that has them; the bytes are there for `list` alone */
    const char *beneath;                    /* the directory, as seen from its configuration; "": beside it */
    struct parameters *variables;           /* values that the configuration gives; NULL: none */
    struct names others; /* files that are not for this database: nobody needs to be told that they are not read */
    size_t others_capacity;
};

struct layout {
    const char *name; /* as the option `layout` has it */
    const char *tool; /* as people call what it is of */
    bool folders;     /* a revision is a folder: those in the directory are listed too */
    bool hidden;      /* names that begin with a dot count as any other */
    const char *const
        *deep;        /* folders in which all is listed, however deep it lies; NULL: none, NULL behind the last */
    const char *plan; /* a file that tells which revisions there are; NULL: the names do */
    const char *configuration; /* a file beside it, or in a folder above, that says more; NULL: none */
    bool includes_from_top;    /* \i starts at the directory, not at the folder of the file in which it stands */
    bool told;                 /* each file tells itself which revision it is: what lies beside it does not matter */
    /* Is it the layout of a directory with these names? `head` is how its first .sql file begins. */
    bool (*recognises)(const struct names *names, const char *head, size_t length);
    /* Fill in the entries. What the tool ignores is ignored; what it would run and we can't is a fault. */
    void (*list)(struct layout_listing *listing);
    const struct layout_marks *marks; /* of the text: private to core */
};

/* Our own: one file a revision, which says the rest itself (revision_file.h). */
extern const struct layout layout_native;
/* Alembic's own files (alembic_file.h), for `engine = alembic`; the option `layout` has no word for it. */
extern const struct layout layout_alembic;
/* Liquibase's formatted SQL (liquibase_file.h): a file holds several revisions. */
extern const struct layout layout_liquibase;

/* Does one file hold both sides of a revision, behind markers? */
bool layout_has_sections(const struct layout *layout);

/* Where the way back stands, for people: "`-- migrated:down` section". NULL if it has none; of NULL the native one's. */
const char *layout_way_back(const struct layout *layout);

/* NULL if there is none of that name. */
const struct layout *layout_find(const char *name);

/*
 * The layout that recognises a directory: the native one if none does. Where two do, *other is the second (else NULL):
 * then nobody knows which order is right.
 */
const struct layout *layout_recognise(const struct names *names, const char *head, size_t length,
                                      const struct layout **other);

/* The .sql files among the names (of any case; in folders where these are revisions) that no entry is made of: the layout's
 * tool ignores them. Names are borrowed, the list is owned by the listing's arena. */
struct names layout_passed_over(const struct layout *layout, const struct layout_listing *listing);

/*
 * For a layout that was recognised, not named: a .sql file whose name begins with a digit looks like a revision, and is a
 * fault where the layout passes over it; so is a way down without a way up. In the native one a name that says that it is a
 * way back is a fault, and a step in another language. What is faulty already says enough.
 */
void layout_refuse_rest(const struct layout *layout, struct layout_listing *listing);

#endif
