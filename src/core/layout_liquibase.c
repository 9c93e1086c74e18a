/*
 * Liquibase: files of formatted SQL, in folders too, in the order of their paths, as its includeAll has them
 * (DatabaseChangeLog.java, getStandardChangeLogComparator). The files say the rest: liquibase_file.h.
 */
#include "layout_parts.h"

#include <string.h>
#include <strings.h>

/* A file of changesets in another language; a list of files too. */
static bool is_changelog(const char *name)
{
    static const char *const endings[] = {".xml", ".yaml", ".yml", ".json", ".groovy"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (layout_ends(name, endings[i]))
            return true;
    return false;
}

static void list(struct layout_listing *listing)
{
    for (size_t i = 0; i < listing->names.count; i++) {
        const char *name = listing->names.items[i];
        if (layout_is_folder(name))
            continue;
        if (layout_ends(name, "/")) {
            layout_fault(listing, name, "folders in folders are not read here: name this one in migrations");
        } else if (is_changelog(name)) {
            layout_fault(listing, name,
                         "is not read here, and may say which files run in which order: keep the formatted SQL in a "
                         "directory of its own, where they run in the order of their names");
        } else if (layout_ends(name, ".sql")) {
            struct layout_entry *entry = layout_add(listing, NULL, NULL);
            entry->up = entry->down = name;
        }
    }
}

bool layout_liquibase_begins(const char *line, size_t length)
{
    static const char *const all[] = {"liquibase", "formatted"};
    const char *words;
    while (length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        length--;
    }
    if (!layout_comment(line, length, &words, &length))
        return false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t word = strlen(all[i]);
        if (length < word || strncasecmp(words, all[i], word) != 0)
            return false;
        for (words += word, length -= word; length > 0 && (*words == ' ' || *words == '\t'); words++)
            length--;
    }
    return true;
}

static bool recognises(const struct names *names, const char *head, size_t length)
{
    struct layout_line line = {0};
    (void)names;
    size_t mark = length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    bool begun = false;
    while (!begun && layout_next_line(head + mark, length - mark, &line))
        for (size_t i = 0; i < line.length && !begun; i++)
            begun = line.text[i] != ' ' && line.text[i] != '\t';
    return begun && layout_liquibase_begins(line.text, line.length);
}

static const struct layout_marks marks = {.way_back = "`--rollback` lines", .outside = "runInTransaction:false"};

const struct layout layout_liquibase = {
    .name = "liquibase",
    .tool = "Liquibase",
    .folders = true,
    .told = true,
    .recognises = recognises,
    .list = list,
    .marks = &marks,
};
