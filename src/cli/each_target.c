#include "cli/each_target.h"

#include "base/arena.h"
#include "base/clock.h"
#include "cli/json_print.h"
#include "cli/report.h"

#include <string.h>

#define INTERRUPTED 128 /* and more: by a signal, which means all of them */

bool each_target_wanted(const struct invocation *invocation)
{
    return invocation->command->each && invocation->config->n_targets > 1 && invocation->source.target == NULL &&
           invocation->arguments.count == 0 && invocation_flag(invocation, "sql") == NULL;
}

/* The outcome so far, by the order of the run. */
struct course {
    const struct target_config **order;
    int *statuses;
    size_t count;
};

/* 0: it went well, or there is none before this one. */
static int status_before(const struct course *course, const struct target_config *target)
{
    for (size_t i = 0; i < course->count && target->after != NULL; i++)
        if (strcmp(course->order[i]->name, target->after) == 0)
            return course->statuses[i];
    return 0;
}

static int leave_out(const struct target_config *target, int status)
{
    struct error error;
    error_set(&error, ERROR_NOT_IN_SYNC, "nothing was applied: it comes after target %s, which is not in sync",
              target->after);
    error_next(&error, "see to target %s, and run the command again", target->after);
    report_error(&error);
    return status;
}

static int run_one(struct invocation *invocation, const struct course *course,
                   int (*one)(struct invocation *invocation))
{
    int before = status_before(course, invocation->target);
    bool applies = (invocation->command->uses & OPTION_FOR_RUN) != 0;
    if (!invocation->json)
        printf("[%s]\n", invocation->target->name);
    fflush(stdout); /* what is wrong with it follows on stderr */
    return before != 0 && applies ? leave_out(invocation->target, before) : one(invocation);
}

int each_target_run(struct invocation *invocation, int (*one)(struct invocation *invocation))
{
    const struct config *config = invocation->config;
    struct course course = {
        .order = config_run_order(invocation->arena, config),
        .statuses = arena_array(invocation->arena, config->n_targets, sizeof(int)),
    };
    int worst = 0;
    invocation->is_one_of_several = true;
    invocation->started_ms = clock_monotonic_ms();
    for (; course.count < config->n_targets && worst < INTERRUPTED; course.count++) {
        invocation->target = course.order[course.count];
        json_print_for(invocation->target->name);
        report_json(invocation->json);
        int status = run_one(invocation, &course, one);
        report_finish();
        course.statuses[course.count] = status;
        worst = status > worst ? status : worst;
    }
    json_print_for(NULL);
    if (worst == 0 && invocation->command->conclude != NULL)
        invocation->command->conclude(invocation);
    return worst;
}

int64_t each_target_time_left(const struct invocation *invocation, int64_t time_ms)
{
    if (time_ms == 0 || !invocation->is_one_of_several)
        return time_ms;
    int64_t left_ms = time_ms - (clock_monotonic_ms() - invocation->started_ms);
    return left_ms < 1 ? 1 : left_ms;
}
