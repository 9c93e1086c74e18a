/*
 * The relay's process: one thread around poll. Private to relay.c.
 */
#ifndef MIGRATED_TESTS_SUPPORT_RELAY_LOOP_H
#define MIGRATED_TESTS_SUPPORT_RELAY_LOOP_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Memory shared by the test and the relay's process. Arrays are indexed by enum relay_direction. */
struct relay_board {
    atomic_int delay_ms[2];
    atomic_long turns, connections, bytes[2];
    atomic_long lost_turn; /* the turn whose answer is lost; 0: none */
    atomic_long held_turn; /* the turn whose answer is held back; 0: none */
    atomic_bool holds;     /* it has come */
};

/* One byte each on the command socket; the same byte comes back when it is done. */
enum relay_command { RELAY_CUT = 'c', RELAY_STALL = 's', RELAY_RESUME = 'r' };

struct relay_target {
    union {
        struct sockaddr any;
        struct sockaddr_in ip;
        struct sockaddr_un local;
    } address;
    socklen_t length;
};

/* Never returns. `listener` is non-blocking. */
_Noreturn void relay_loop(int listener, int commands, const struct relay_target *target, struct relay_board *board);

#endif
