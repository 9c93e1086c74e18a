#include "sqitch_plan.h"

#include "base/arena.h"
#include "core/sql_scan.h"
#include "layout_parts.h"
#include "utf8.h"

#include <string.h>

#define uthash_malloc(size)      arena_alloc(reading->arena, size)
#define uthash_free(table, size) ((void)(table))
#include <uthash.h>

/* The changes of one name, or a tag ("@name"). */
struct named {
    const char *name;
    unsigned line;      /* of the last one */
    size_t segment;     /* between two tags: that of the last one */
    size_t last, count; /* its position, and how many there are */
    UT_hash_handle hh;
};

struct reading {
    struct arena *arena;
    struct sqitch_plan *plan;
    struct faults *faults;
    struct named *names;
    struct layout_line line;
    size_t segment;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Nothing, or a comment: of a bare # sqitch takes what follows for a name. */
static bool is_passed_over(const struct layout_line *line, bool *comment)
{
    size_t at = 0;
    while (at < line->length && is_blank(line->text[at]))
        at++;
    *comment = at + 1 < line->length && line->text[at] == '#';
    return *comment || at == line->length;
}

static void refuse(struct reading *reading, const char *message)
{
    fault_add(reading->faults, reading->plan->path, reading->line.number, 1, "%s", message);
}

/* ---- pragmas ---- */

static bool is_pragma_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (is_blank(name[i]))
            return false;
    return length > 0 && !sqitch_is_punctuation(name[0]) && !sqitch_is_punctuation(name[length - 1]);
}

/* %name or %name=value; a comment may follow. */
static bool read_pragma(struct reading *reading)
{
    const char *at = reading->line.text, *end = at + reading->line.length;
    const char *hash = memchr(at, '#', reading->line.length);
    end = hash == NULL ? end : hash;
    while (at < end && is_blank(*at))
        at++;
    if (at == end || *at++ != '%')
        return false;
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    const char *equals = memchr(at, '=', (size_t)(end - at)), *name_end = equals == NULL ? end : equals;
    while (name_end > at && is_blank(name_end[-1]))
        name_end--;
    const char *value = equals == NULL ? end : equals + 1;
    while (value < end && is_blank(*value))
        value++;
    if (!is_pragma_name(at, (size_t)(name_end - at)) || (equals != NULL && value == end))
        return false;
    if (name_end - at == 7 && memcmp(at, "project", 7) == 0) {
        if (!sqitch_name_is_valid(value, (size_t)(end - value), true))
            return false;
        reading->plan->project = arena_copy(reading->arena, value, (size_t)(end - value));
    }
    return true;
}

/* Up to the first blank line. */
static void read_header(struct reading *reading, const char *text, size_t length)
{
    bool comment;
    while (layout_next_line(text, length, &reading->line)) {
        if (is_passed_over(&reading->line, &comment)) {
            if (!comment)
                break;
        } else if (!read_pragma(reading)) {
            refuse(reading,
                   "is no pragma of sqitch's (%name=value): a blank line comes between them and the changes");
        }
    }
    if (reading->plan->project == NULL)
        fault_add(reading->faults, reading->plan->path, 1, 1,
                  "no %%project=NAME in the lines before the first blank one");
}

/* ---- changes and tags ---- */

static struct named *find(struct reading *reading, const char *name)
{
    struct named *named;
    HASH_FIND_STR(reading->names, name, named);
    if (named == NULL) {
        named = arena_alloc(reading->arena, sizeof *named);
        named->name = name;
        named->last = SQITCH_NONE;
        HASH_ADD_KEYPTR(hh, reading->names, named->name, strlen(named->name), named);
    }
    return named;
}

static void refuse_twice(struct reading *reading, unsigned column, const char *kind, const char *name, unsigned line,
                         const char *advice)
{
    fault_add(reading->faults, reading->plan->path, reading->line.number, column, "%s %s is in line %u already%s",
              kind, name, line, advice);
}

static void add_tag(struct reading *reading, const struct sqitch_line *line)
{
    struct sqitch_plan *plan = reading->plan;
    struct named *named = find(reading, arena_printf(reading->arena, "@%s", line->name));
    if (plan->count == 0)
        fault_add(reading->faults, plan->path, reading->line.number, line->column,
                  "tag %s stands before the first change", named->name);
    else if (named->count > 0)
        refuse_twice(reading, line->column, "tag", named->name, named->line, "");
    named->line = reading->line.number;
    named->count++;
    reading->segment++;
    plan->tags = arena_grow(reading->arena, plan->tags, plan->tag_count, &plan->tag_capacity, sizeof *plan->tags);
    plan->tags[plan->tag_count++] =
        (struct sqitch_tag){.name = line->name, .line = reading->line.number, .change = plan->count - 1};
}

/* A second one of a name reworks the first, where a tag stands between them. The first keeps its name as its id for good:
 * sqitch's NAME@TAG for it would come with the second only. */
static void add_change(struct reading *reading, const struct sqitch_line *line)
{
    struct sqitch_plan *plan = reading->plan;
    struct named *named = find(reading, line->name);
    if (named->count > 0 && named->segment == reading->segment) {
        refuse_twice(reading, line->column, "change", line->name, named->line,
                     ": to rework it, put a tag in between");
        return;
    }
    if (named->count > 0)
        plan->changes[named->last].reworked_by = plan->count;
    named->line = reading->line.number;
    named->segment = reading->segment;
    named->last = plan->count;
    named->count++;
    plan->changes = arena_grow(reading->arena, plan->changes, plan->count, &plan->capacity, sizeof *plan->changes);
    plan->changes[plan->count++] = (struct sqitch_change){
        .name = line->name,
        .note = line->note,
        .id = named->count == 1 ? line->name : arena_printf(reading->arena, "%s/%zu", line->name, named->count),
        .dependencies = line->dependencies,
        .line = reading->line.number,
        .column = line->column,
        .dependencies_column = line->dependencies_column,
        .reworked_by = SQITCH_NONE,
    };
}

static void read_body(struct reading *reading, const char *text, size_t length)
{
    struct sqitch_line line;
    bool comment;
    while (layout_next_line(text, length, &reading->line)) {
        if (is_passed_over(&reading->line, &comment) ||
            !sqitch_line_read(reading->arena, reading->plan->path, reading->line.number, reading->line.text,
                              reading->line.length, &line, reading->faults))
            continue;
        if (line.is_tag)
            add_tag(reading, &line);
        else
            add_change(reading, &line);
    }
}

/* Where a byte stands that no plan needs, or that is not UTF-8; the length if there is none. */
static size_t odd_byte(const char *text, size_t length)
{
    size_t valid = utf8_valid_length(text, length);
    for (size_t i = 0; i < valid; i++) {
        bool ends_line = text[i] == '\n' || (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n');
        if ((unsigned char)text[i] < ' ' && text[i] != '\t' && !ends_line)
            return i;
    }
    return valid;
}

void sqitch_plan_read(struct arena *arena, const char *path, const char *text, size_t length,
                      struct sqitch_plan *plan, struct faults *faults)
{
    *plan = (struct sqitch_plan){.path = path};
    struct reading reading = {.arena = arena, .plan = plan, .faults = faults};
    size_t before = faults->count, odd = odd_byte(text, length);
    if (odd < length) {
        struct place place = place_after((struct place){1, 1, 0}, text, odd);
        fault_add(faults, path, place.line, place.column, "byte 0x%02x is no UTF-8 text: save the file as UTF-8",
                  (unsigned)(unsigned char)text[odd]);
        return;
    }
    read_header(&reading, text, length);
    read_body(&reading, text, length);
    if (faults->count == before) /* else whatever needs a change that could not be read would be faulted too */
        sqitch_plan_resolve(arena, plan, faults);
}
