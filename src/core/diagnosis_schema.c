#include "base/arena.h"
#include "base/fault.h"
#include "base/text.h"
#include "core/revision_file.h"
#include "diagnosis_parts.h"

static void add_index(struct diagnosis *diagnosis, const struct answer *answer, size_t row)
{
    const char *index = answer_text(answer, row, "index"), *table = answer_text(answer, row, "table");
    if (answer_is_true(answer, row, "is_partitioned")) {
        diagnosis_add(diagnosis, FINDING_WARN, "%s on %s is not valid: partitions are missing in it", index, table);
        diagnosis_next(diagnosis, "ALTER INDEX %s ATTACH PARTITION, for each partition's index", index);
    } else if (!answer_is_null(answer, row, "maker")) {
        diagnosis_add(diagnosis, FINDING_OK, "%s on %s is not valid, but pid %s may be making it", index, table,
                      answer_text(answer, row, "maker"));
        diagnosis_next(diagnosis, "SELECT * FROM pg_stat_progress_create_index");
    } else if (diagnosis_is_half_built(diagnosis, answer_text(answer, row, "name"))) {
        diagnosis_add(diagnosis, FINDING_WARN, "%s on %s is not valid: a half done revision was building it", index,
                      table);
        diagnosis_next(diagnosis, "`migrated upgrade`; it builds the index anew");
    } else {
        bool is_remains = answer_is_true(answer, row, "is_remains");
        diagnosis_add(diagnosis, FINDING_WARN, "%s on %s is not valid%s", index, table,
                      is_remains ? ": remains of a REINDEX CONCURRENTLY"
                                 : ": queries do not use it, writes pay for it, and IF NOT EXISTS takes it for made");
        diagnosis_next(diagnosis, "DROP INDEX CONCURRENTLY %s%s", index, is_remains ? "" : ", then make it again");
    }
}

void diagnose_indexes(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0)
        diagnosis_add(diagnosis, FINDING_OK, "all are valid");
    for (size_t i = 0; i < answer->n_rows && i < DIAGNOSIS_MOST; i++)
        add_index(diagnosis, answer, i);
    diagnosis_add_rest(diagnosis, FINDING_WARN, answer->n_rows);
}

/* No danger to a run: a note. */
void diagnose_constraints(struct diagnosis *diagnosis, const struct answer *answer)
{
    if (answer->n_rows == 0) {
        diagnosis_add(diagnosis, FINDING_OK, "all are validated");
        return;
    }
    diagnosis_add(diagnosis, FINDING_OK, "%zu %s never validated: %s of %s%s", answer->n_rows,
                  answer->n_rows == 1 ? "was" : "were", answer_text(answer, 0, "constraint"),
                  answer_text(answer, 0, "table"), answer->n_rows == 1 ? "" : " ...");
    diagnosis_next(diagnosis, "%s", answer_text(answer, 0, "remedy"));
}

/* ---- the version table and the files ---- */

static const struct revision *longest_id(const struct graph *graph, size_t *characters)
{
    const struct revision *longest = NULL;
    *characters = 0;
    for (size_t i = 0; graph != NULL && i < graph_size(graph); i++) {
        const struct revision *revision = graph_revision(graph, (uint32_t)i);
        size_t length = revision_id_characters(revision);
        if (length > *characters) {
            longest = revision;
            *characters = length;
        }
    }
    return longest;
}

void diagnose_version_table(struct diagnosis *diagnosis, const struct answer *answer)
{
    const char *table = answer_text(answer, 0, "table"), *type = answer_text(answer, 0, "type");
    size_t width = (size_t)answer_number(answer, 0, "width"), characters;
    const struct graph *graph = diagnosis->facts->graph;
    const struct revision *longest = longest_id(graph, &characters);
    bool is_django = graph != NULL && graph_django(graph) != NULL;
    if (!answer_is_null(answer, 0, "schema_remedy")) {
        diagnosis_add(diagnosis, FINDING_FAIL, "the schema of %s is not there", table);
        diagnosis_next(diagnosis, "%s, or set version_schema to the right one",
                       answer_text(answer, 0, "schema_remedy"));
        return;
    }
    if (!answer_is_true(answer, 0, "is_there") && diagnosis->facts->recorded > 0) {
        diagnosis_add(diagnosis, FINDING_FAIL, "%s is gone, but the history tells of %zu applied revision%s", table,
                      diagnosis->facts->recorded, text_plural(diagnosis->facts->recorded));
        diagnosis_next(diagnosis, "put the table back, or `migrated stamp` the revisions that were applied last");
        return;
    }
    if (!answer_is_true(answer, 0, "is_there")) {
        diagnosis_add(diagnosis, FINDING_OK, "%s is not there yet: the first run makes it", table);
        return;
    }
    if (type[0] == '\0') {
        diagnosis_add(diagnosis, FINDING_FAIL, "%s has no column %s: it is no version table", table,
                      is_django ? "name" : "version_num");
        diagnosis_next(diagnosis, "set version_table or version_schema to the right one");
        return;
    }
    if (is_django) {
        diagnosis_add(diagnosis, FINDING_OK, "%s is there: Django's records", table);
        return;
    }
    if (width > 0 && characters > width) {
        diagnosis_add(diagnosis, FINDING_FAIL, "version_num of %s holds %zu characters, the id %s has %zu", table,
                      width, longest->id, characters);
        diagnosis_next(diagnosis, "ALTER TABLE %s ALTER COLUMN version_num TYPE varchar(255)", table);
        return;
    }
    diagnosis_add(diagnosis, FINDING_OK, "version_num of %s is %s, the longest id has %zu characters", table, type,
                  characters);
}

static void add_first_fault(struct diagnosis *diagnosis, const struct faults *faults)
{
    const struct fault *first = &faults->items[0];
    const char *place = first->line == 0
                            ? first->file
                            : arena_printf(diagnosis->arena, "%s:%u:%u", first->file, first->line, first->column);
    diagnosis_add(diagnosis, FINDING_FAIL, "%zu fault%s; the first: %s: %s", faults->count,
                  text_plural(faults->count), place, first->message);
}

void diagnose_files(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    (void)answer;
    if (facts->files_error != NULL) {
        diagnosis_add(diagnosis, FINDING_FAIL, "%s", facts->files_error->message);
        diagnosis_next(diagnosis, "%s",
                       facts->files_error->next[0] != '\0' ? facts->files_error->next : "set migrations");
        return;
    }
    if (facts->graph == NULL) {
        add_first_fault(diagnosis, facts->faults);
        diagnosis_next(diagnosis, "migrated check --files");
        return;
    }
    size_t revisions = graph_size(facts->graph), heads = graph_real_heads(facts->graph).count;
    diagnosis_add(diagnosis, FINDING_OK, "%zu revision%s, no faults, %zu head%s", revisions, text_plural(revisions),
                  heads, text_plural(heads));
}

void diagnose_version_rows(struct diagnosis *diagnosis, const struct answer *answer)
{
    const struct diagnosis_facts *facts = diagnosis->facts;
    (void)answer;
    if (facts->verdict == NULL) {
        diagnosis_add(diagnosis, FINDING_SKIP, "not compared: %s",
                      facts->rows_error != NULL ? facts->rows_error->message : "the revision files can't be used");
        return;
    }
    const char *message = verdict_message(diagnosis->arena, facts->verdict);
    switch (facts->verdict->kind) {
    case VERDICT_IN_SYNC:
    case VERDICT_PENDING:
        diagnosis_add(diagnosis, FINDING_OK, "%s", message);
        break;
    case VERDICT_AHEAD:
        diagnosis_add(diagnosis, FINDING_WARN, "%s", message);
        diagnosis_next(diagnosis, "use the newer release's files before changing anything");
        break;
    case VERDICT_DIVERGED:
    case VERDICT_UNKNOWN:
        diagnosis_add(diagnosis, FINDING_FAIL, "%s", message);
        diagnosis_next(diagnosis, "bring the files that have these revisions; `migrated current` lists the rows");
        break;
    }
}
