#include "support/wait.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define INTERVAL_MS 5

int64_t wait_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int wait_patience(void)
{
    const char *patience = getenv("MIGRATED_TEST_PATIENCE");
    int times = patience == NULL ? 1 : atoi(patience);
    return times < 1 ? 1 : times;
}

const char *wait_duration(int ms, char text[WAIT_DURATION_SIZE])
{
    snprintf(text, WAIT_DURATION_SIZE, "%lldms", (long long)ms * wait_patience());
    return text;
}

int64_t wait_end_ms(int deadline_ms)
{
    return wait_now_ms() + (int64_t)deadline_ms * wait_patience();
}

int wait_left_ms(int64_t end_ms)
{
    int64_t left_ms = end_ms - wait_now_ms();

    if (left_ms < 0)
        return 0;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

bool wait_until(bool (*condition)(void *context), void *context, int deadline_ms)
{
    int64_t end_ms = wait_end_ms(deadline_ms);

    while (!condition(context)) {
        int left_ms = wait_left_ms(end_ms);

        if (left_ms == 0)
            return condition(context);
        poll(NULL, 0, left_ms < INTERVAL_MS ? left_ms : INTERVAL_MS);
    }
    return true;
}
