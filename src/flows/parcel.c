#include "flows/parcel.h"

#include "base/arena.h"
#include "base/memory.h"
#include "files/revision_dir.h"
#include "flows/timeouts.h"

#include <stdlib.h>
#include <string.h>

struct parcel {
    uv_work_t work;
    const struct ledger *ledger;
    void (*ready)(void *context, const struct error *error);
    void *context;
    bool reading, destroyed;
    struct error error;  /* of the reading */
    struct arena *arena; /* names, attempts, lists */
    struct message_step *steps;
    struct revision *files; /* what the pool reads by: the graph may be gone before it is through */
    char **texts;           /* owned, by malloc: the files as they were read */
    size_t count, limit;
    bool in_parts;
    struct message_cursor cursor;
    size_t statements_before;
    struct message message;
    struct arena *message_arena; /* of this part */
    char *cut, cut_byte;         /* where a NUL stands in the text, and instead of what; NULL: nowhere */
    struct db_copy *copies;
    struct db_request request;
};

static void release(struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->count; i++)
        free(parcel->texts[i]);
    message_finish(&parcel->message);
    arena_destroy(parcel->message_arena);
    arena_destroy(parcel->arena);
    free(parcel);
}

void parcel_destroy(struct parcel *parcel)
{
    if (parcel == NULL)
        return;
    parcel->destroyed = true;
    if (!parcel->reading)
        release(parcel);
}

/* ---- the message ---- */

static void mend_cut(struct parcel *parcel)
{
    if (parcel->cut != NULL)
        *parcel->cut = parcel->cut_byte;
    parcel->cut = NULL;
}

/* A statement that is sent as it stands in the file ends there, for libpq, and until the next part. */
static void cut_behind_sole(struct parcel *parcel)
{
    const struct message_statement *sole = &parcel->message.statements[0];
    parcel->cut = parcel->texts[0] + sole->source_offset + sole->length;
    parcel->cut_byte = *parcel->cut;
    *parcel->cut = '\0';
}

static void make_request(struct parcel *parcel)
{
    struct message *message = &parcel->message;
    size_t count = 0;
    parcel->copies = arena_array(parcel->message_arena, message->n_statements, sizeof *parcel->copies);
    for (size_t i = 0; i < message->n_statements; i++)
        if (message->statements[i].copy_data != NULL)
            parcel->copies[count++] =
                (struct db_copy){message->statements[i].copy_data, message->statements[i].copy_length};
    parcel->request = (struct db_request){
        .sql = message->sole != NULL ? message->sole : text_string(&message->sql),
        .copies = parcel->copies,
        .n_copies = count,
        .discard_rows = true,
    };
}

static void make_message(struct parcel *parcel)
{
    message_finish(&parcel->message);
    arena_destroy(parcel->message_arena);
    parcel->message_arena = arena_create();
    mend_cut(parcel);
    message_init(&parcel->message, parcel->message_arena);
    if (parcel->in_parts) {
        message_add_part(&parcel->message, parcel->ledger, &parcel->steps[0], &parcel->cursor, parcel->limit);
    } else {
        for (size_t i = 0; i < parcel->count; i++)
            message_add(&parcel->message, parcel->ledger, &parcel->steps[i]);
    }
    if (parcel->message.sole != NULL)
        cut_behind_sole(parcel);
    make_request(parcel);
}

void parcel_next_part(struct parcel *parcel)
{
    parcel->statements_before = parcel->cursor.statements;
    make_message(parcel);
}

/* ---- reading ---- */

static void read_in_pool(uv_work_t *work)
{
    struct parcel *parcel = work->data;
    for (size_t i = 0; i < parcel->count; i++) {
        if (!revision_text_read(&parcel->files[i], parcel->steps[i].direction, &parcel->texts[i],
                                &parcel->steps[i].text_length, &parcel->error))
            return;
        parcel->steps[i].text = parcel->texts[i];
    }
}

static void reading_done(uv_work_t *work, int status)
{
    struct parcel *parcel = work->data;
    (void)status;
    parcel->reading = false;
    if (parcel->destroyed) {
        release(parcel);
        return;
    }
    if (parcel->error.code == ERROR_NONE)
        make_message(parcel);
    parcel->ready(parcel->context, parcel->error.code == ERROR_NONE ? NULL : &parcel->error);
}

static void describe_step(struct parcel *parcel, const struct parcel_options *options, size_t i)
{
    const struct apply *apply = options->apply;
    size_t at = options->first + i;
    const struct step *step = &apply->plan.steps[at];
    const struct revision *revision = graph_revision(apply->plan.graph, step->node);
    const struct section *section = revision_section(revision, step->direction);

    int64_t lock_ms = timeouts_lock_ms(options->target, revision, section->lock, &options->lock_wait);

    parcel->files[i] = revision_copy(parcel->arena, revision);
    parcel->steps[i] = (struct message_step){
        .revision = revision,
        .direction = step->direction,
        .before = apply_rows_before(apply, at),
        .after = apply_rows_after(apply, at),
        .attempt = arena_printf(parcel->arena, "%s/%u/%zu", options->uuid, options->message, i + 1),
        .reason = options->reason,
        .lock_timeout_ms = lock_ms,
        .awaited = i == 0 && options->awaited != NULL ? arena_string(parcel->arena, options->awaited) : NULL,
        .look_ms = options->blind ? 0 : timeouts_look_ms(lock_ms),
        .statement_timeout_ms = timeouts_statement_ms(options->target, revision, section->lock),
        .durable = at + 1 == apply->plan.count,
    };
}

struct parcel *parcel_create(uv_loop_t *loop, const struct parcel_options *options,
                             void (*ready)(void *context, const struct error *error), void *context)
{
    struct parcel *parcel = memory_alloc(sizeof *parcel);
    parcel->ledger = options->ledger;
    parcel->ready = ready;
    parcel->context = context;
    parcel->count = options->count;
    parcel->limit = options->limit;
    parcel->arena = arena_create();
    parcel->steps = arena_array(parcel->arena, options->count, sizeof *parcel->steps);
    parcel->files = arena_array(parcel->arena, options->count, sizeof *parcel->files);
    parcel->texts = arena_array(parcel->arena, options->count, sizeof *parcel->texts);
    for (size_t i = 0; i < options->count; i++)
        describe_step(parcel, options, i);

    const struct revision *revision = parcel->steps[0].revision;
    const struct section *section = revision_section(revision, parcel->steps[0].direction);
    parcel->in_parts = options->count == 1 && section->length > options->limit;

    parcel->reading = true;
    parcel->work.data = parcel;
    uv_queue_work(loop, &parcel->work, read_in_pool, reading_done);
    return parcel;
}

const struct db_request *parcel_request(const struct parcel *parcel)
{
    return &parcel->request;
}

const struct message *parcel_message(const struct parcel *parcel)
{
    return &parcel->message;
}

bool parcel_is_complete(const struct parcel *parcel)
{
    return !parcel->in_parts || parcel->cursor.finished;
}

void parcel_progress(const struct parcel *parcel, size_t *statement, size_t *statements)
{
    if (!parcel->in_parts || parcel->reading)
        return;
    *statement = parcel->statements_before + 1;
    *statements = revision_section(parcel->steps[0].revision, parcel->steps[0].direction)->statements;
}
