/*
 * Our side of the comparison with Alembic (compare.py): reads graphs and commands from stdin, a line each, fields
 * separated by tabs, and answers each command with one line.
 *
 *     graph                              a new graph begins
 *     rev ID PARENTS DEPENDS_ON LABELS   lists are comma separated, "-" is an empty one
 *     end                                ok | faults TEXT
 *     rows ROWS                          the version rows for what follows, in this order; no answer
 *     upgrade TARGET | downgrade TARGET  ok ROWS STEPS
 *     stamp TARGETS | purge TARGETS      ok ROWS -
 *     heads | realheads | current        ok NODES -
 *     history RANGE | show SYMBOL        ok NODES -
 *
 * A command that is refused is answered with: refused CODE MESSAGE.
 */
#include "base/arena.h"
#include "core/listing.h"
#include "core/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_REVISIONS 4096
#define MOST_FIELDS    5

struct driver {
    struct arena *arena; /* of the current graph */
    struct revision *revisions;
    size_t count;
    struct graph *graph;
    struct names rows;
};

static struct names split(struct arena *arena, const char *list)
{
    struct names names = {0};
    size_t capacity = 0;
    if (strcmp(list, "-") == 0)
        return names;
    for (const char *at = list; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t length = comma == NULL ? strlen(at) : (size_t)(comma - at);
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = arena_copy(arena, at, length);
        at = comma == NULL ? NULL : comma + 1;
    }
    return names;
}

static void print_names(struct names names)
{
    for (size_t i = 0; i < names.count; i++)
        printf("%s%s", i > 0 ? "," : "", names.items[i]);
    if (names.count == 0)
        putchar('-');
}

static void print_node(const struct driver *driver, uint32_t node, bool first)
{
    printf("%s%s", first ? "" : ",", graph_revision(driver->graph, node)->id);
}

static void print_nodes(const struct driver *driver, struct nodes nodes)
{
    printf("ok\t");
    for (uint32_t i = 0; i < nodes.count; i++)
        print_node(driver, nodes.items[i], i == 0);
    puts(nodes.count == 0 ? "-\t-" : "\t-");
}

static void print_refusal(const struct error *error)
{
    printf("refused\t%s\t%s\n", error_word(error->code), error->message);
}

static void new_graph(struct driver *driver)
{
    arena_destroy(driver->arena);
    *driver = (struct driver){.arena = arena_create()};
    driver->revisions = arena_array(driver->arena, MOST_REVISIONS, sizeof *driver->revisions);
}

static void add_revision(struct driver *driver, char **fields)
{
    if (driver->count == MOST_REVISIONS)
        exit(EXIT_FAILURE);
    driver->revisions[driver->count++] = (struct revision){
        .id = arena_string(driver->arena, fields[1]),
        .down_revisions = split(driver->arena, fields[2]),
        .depends_on = split(driver->arena, fields[3]),
        .labels = split(driver->arena, fields[4]),
        .message = "",
        .path = "",
    };
}

static void build(struct driver *driver)
{
    struct faults faults = {.arena = driver->arena};
    driver->graph = graph_build(driver->arena, driver->revisions, driver->count, &faults);
    printf("%s", faults.count == 0 ? "ok" : "faults");
    for (size_t i = 0; i < faults.count; i++)
        printf("\t%s", faults.items[i].message);
    putchar('\n');
}

/* What the steps leave in the version table. */
static void print_plan(const struct driver *driver, const struct plan *plan)
{
    struct nodes nodes;
    struct error error;
    if (!resolve_rows(driver->arena, driver->graph, &plan->rows, &nodes, &error)) {
        print_refusal(&error);
        return;
    }
    struct version_rows *rows = version_rows_create(driver->arena, driver->graph, nodes);
    for (size_t i = 0; i < plan->count; i++)
        version_rows_step(rows, plan->steps[i]);

    printf("ok\t");
    print_names(version_rows_ids(rows, driver->arena));
    putchar('\t');
    for (size_t i = 0; i < plan->count; i++)
        print_node(driver, plan->steps[i].node, i == 0);
    puts(plan->count == 0 ? "-" : "");
}

static void run_plan(const struct driver *driver, char **fields)
{
    struct plan plan;
    struct error error;
    bool up = strcmp(fields[0], "upgrade") == 0;
    if ((up ? plan_upgrade : plan_downgrade)(driver->arena, driver->graph, &driver->rows, fields[1], &plan, &error))
        print_plan(driver, &plan);
    else
        print_refusal(&error);
}

static void run_stamp(const struct driver *driver, char **fields)
{
    struct names targets = split(driver->arena, fields[1]), after;
    struct error error;
    bool purge = strcmp(fields[0], "purge") == 0;
    if (!plan_stamp(driver->arena, driver->graph, &driver->rows, &targets, purge, &after, &error)) {
        print_refusal(&error);
        return;
    }
    printf("ok\t");
    print_names(after);
    puts("\t-");
}

static bool list(const struct driver *driver, char **fields, struct nodes *nodes, struct error *error)
{
    const char *range = strcmp(fields[1], "-") == 0 ? NULL : fields[1];
    if (strcmp(fields[0], "history") == 0)
        return listing_history(driver->arena, driver->graph, range, &driver->rows, nodes, error);
    if (strcmp(fields[0], "show") == 0)
        return resolve_symbol(driver->arena, driver->graph, fields[1], nodes, error);
    if (strcmp(fields[0], "current") == 0) {
        bool known = resolve_rows(driver->arena, driver->graph, &driver->rows, nodes, error);
        *nodes = listing_current(driver->arena, driver->graph, &driver->rows);
        return known;
    }
    bool real = strcmp(fields[0], "realheads") == 0;
    *nodes = real ? graph_real_heads(driver->graph) : graph_versioned_heads(driver->graph);
    return true;
}

static void run_listing(const struct driver *driver, char **fields)
{
    struct nodes nodes;
    struct error error;
    if (list(driver, fields, &nodes, &error))
        print_nodes(driver, nodes);
    else
        print_refusal(&error);
}

static void run_line(struct driver *driver, char **fields)
{
    const char *word = fields[0];
    if (strcmp(word, "graph") == 0)
        new_graph(driver);
    else if (strcmp(word, "rev") == 0)
        add_revision(driver, fields);
    else if (strcmp(word, "end") == 0)
        build(driver);
    else if (strcmp(word, "rows") == 0)
        driver->rows = split(driver->arena, fields[1]);
    else if (strcmp(word, "upgrade") == 0 || strcmp(word, "downgrade") == 0)
        run_plan(driver, fields);
    else if (strcmp(word, "stamp") == 0 || strcmp(word, "purge") == 0)
        run_stamp(driver, fields);
    else
        run_listing(driver, fields);
}

int main(void)
{
    struct driver driver = {0};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        char empty[] = "-", *fields[MOST_FIELDS] = {empty, empty, empty, empty, empty};
        line[strcspn(line, "\n")] = '\0';
        char *rest = line;
        for (size_t i = 0; i < MOST_FIELDS && rest != NULL; i++)
            fields[i] = strsep(&rest, "\t");
        run_line(&driver, fields);
        fflush(stdout);
    }
    free(line);
    arena_destroy(driver.arena);
    return EXIT_SUCCESS;
}
