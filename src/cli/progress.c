#include "cli/progress.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/report.h"
#include "cli/revision_note.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_CELLS 24

void progress_init(struct progress *progress)
{
    *progress = (struct progress){
        .bar = report_is_terminal(stderr),
        .started_ms = clock_monotonic_ms(),
        .told_state = APPLY_IDLE,
    };
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void draw_bar(const struct runner_view *view)
{
    size_t filled = view->total == 0 ? 0 : view->position * BAR_CELLS / view->total;
    fputc('[', stderr);
    for (size_t i = 0; i < BAR_CELLS; i++)
        fputc(i < filled ? '#' : '.', stderr);
    fputs("] ", stderr);
}

static void draw(struct progress *progress, const struct runner_view *view)
{
    char elapsed[DURATION_SIZE];
    struct text line = {0};
    duration_format(clock_monotonic_ms() - progress->started_ms, elapsed);
    if (view->holder != NULL)
        text_addf(&line, "waiting for the lock: %s (pid %d) holds it, %s", view->holder->application,
                  view->holder->pid, elapsed);
    else if (view->replicas != NULL)
        text_addf(&line, "waiting for replicas: %s lacks %lld bytes of WAL, %s", view->replicas->name,
                  (long long)view->replicas->bytes, elapsed);
    else if (view->last_retry != NULL)
        text_addf(&line, "trying again: %s, %s", view->last_retry->message, elapsed);
    else if (view->command)
        text_addf(&line, "upgrade_command, %s", elapsed);
    else if (view->running != NULL)
        text_addf(&line, "%zu of %zu  %s  %s", view->position + 1, view->total, view->running->id, elapsed);
    else
        text_addf(&line, "%s, %s", apply_state_name(view->state), elapsed);

    fputs("\r\033[K", stderr);
    int room = terminal_width() - 1;
    if (view->total > 0 && room > BAR_CELLS + 20) {
        draw_bar(view);
        room -= BAR_CELLS + 3;
    }
    fprintf(stderr, "%.*s", room, text_string(&line));
    text_finish(&line);
    fflush(stderr);
    progress->drawn = true;
}

static void tell(struct progress *progress, const struct runner_view *view)
{
    if (view->running != NULL && view->position + view->sent > progress->told) {
        const struct plan *plan = view->plan;
        const char *last = graph_revision(plan->graph, plan->steps[view->position + view->sent - 1].node)->id;
        if (view->sent > 1)
            log_info("running %zu to %zu of %zu: %s .. %s", view->position + 1, view->position + view->sent,
                     view->total, view->running->id, last);
        else
            log_info("running %zu of %zu: %s", view->position + 1, view->total, last);
        progress->told = view->position + view->sent;
    }
    if (view->command && progress->told_state != APPLY_RUNNING)
        log_info("running upgrade_command");
    if (view->state == progress->told_state)
        return;
    if (view->state == APPLY_WAITING_FOR_LOCK && view->holder != NULL)
        log_info("waiting for the lock: %s (pid %d) holds it", view->holder->application, view->holder->pid);
    else if (view->state == APPLY_WAITING_TO_RETRY && view->last_retry != NULL)
        log_warning("trying again: %s", view->last_retry->message);
    else if (view->state == APPLY_WAITING_TO_CONNECT && view->last_retry != NULL)
        log_warning("connecting again: %s", view->last_retry->message);
    else if (view->state == APPLY_WAITING_FOR_REPLICAS && view->replicas != NULL)
        log_info("waiting for replicas: %s lacks %lld bytes of WAL", view->replicas->name,
                 (long long)view->replicas->bytes);
    if (view->state != APPLY_LOCKING && view->state != APPLY_READING &&
        view->state != APPLY_ASKING_REPLICAS) /* the polling between two waits */
        progress->told_state = view->state;
}

/* Once, when the plan is known: which BEGIN and COMMIT are not run as they stand. */
static void tell_wrapped(struct progress *progress, const struct plan *plan)
{
    struct arena *arena = arena_create();
    struct names ids = {.items = arena_array(arena, plan->count, sizeof *ids.items)};
    for (size_t i = 0; i < plan->count; i++) {
        const struct revision *revision = graph_revision(plan->graph, plan->steps[i].node);
        if (plan->steps[i].direction == DIRECTION_UPGRADE ? revision->up.wrapped : revision->down.wrapped)
            ids.items[ids.count++] = revision->id;
    }
    if (ids.count > 0) {
        progress_end(progress);
        log_info("%s", revision_note_wrapped(arena, &ids));
    }
    progress->told_wrapped = true;
    arena_destroy(arena);
}

void progress_show(struct progress *progress, const struct runner *run)
{
    struct runner_view view;
    runner_look(run, &view);
    if (!progress->told_wrapped && view.running != NULL)
        tell_wrapped(progress, view.plan);
    if (progress->bar)
        draw(progress, &view);
    else
        tell(progress, &view);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
