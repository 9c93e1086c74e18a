/*
 * A bad network: a TCP relay on a loopback port before a server, in a process of its own. It delays, counts, stalls and
 * cuts; the server behind it stays whole.
 */
#ifndef MIGRATED_TESTS_SUPPORT_RELAY_H
#define MIGRATED_TESTS_SUPPORT_RELAY_H

#include <stdbool.h>

struct relay;

enum relay_direction { RELAY_TO_SERVER, RELAY_TO_CLIENT };

/* Relay to "HOST:PORT" (numeric, IPv4) or to a Unix socket's path. Ends with this process. */
struct relay *relay_start(const char *target);
void relay_stop(struct relay *relay); /* connections are cut, new ones refused; NULL is fine */

int relay_port(const struct relay *relay);

/* Milliseconds that bytes of one direction travel, from now on. A new connection's first bytes wait for one round trip
 * more, as behind TCP's handshake. */
void relay_delay(struct relay *relay, enum relay_direction direction, int delay_ms);

/*
 * Counted since the start. A turn is a client's message, or several in one go, that follows an answer: a round trip.
 */
long relay_turns(const struct relay *relay);
long relay_bytes(const struct relay *relay, enum relay_direction direction);
long relay_connections(const struct relay *relay);

/* Done when they return. Cut: all connections are closed, what they held is lost. Stalled: connections stay, new ones
 * are taken by the kernel, and nothing moves. */
void relay_cut(struct relay *relay);
void relay_stall(struct relay *relay);
void relay_resume(struct relay *relay);

/* The `turn`-th turn from now (1: the next) reaches the server; its answer does not come back, as all is cut then. */
void relay_lose_answer(struct relay *relay, int turn);

/* The answer to the `turn`-th turn from now is held back, with all that any server sends after it, until released. */
void relay_hold_answer(struct relay *relay, int turn);
bool relay_holds(const struct relay *relay); /* the answer is here, and held */
void relay_release(struct relay *relay);

#endif
