#include "support/relay_loop.h"

#include "base/memory.h"
#include "support/relay.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define LINKS     128
#define MOST_HELD ((size_t)8 << 20) /* bytes under way in one direction before the sender is made to wait */

/* Bytes under way. */
struct chunk {
    struct chunk *next;
    int64_t due_ns;
    size_t length, sent;
    char bytes[];
};

/* One direction of one connection. */
struct lane {
    int from, to;
    struct chunk *head, *tail;
    size_t held;
    bool ended; /* nothing more comes */
    bool shut;  /* and the receiver knows */
};

struct link {
    struct lane lanes[2]; /* by enum relay_direction */
    enum relay_direction last;
    int64_t open_ns; /* when a handshake over this network would be through */
};

/* A relay's process has one of these; polled: listener, commands, then two for each link. */
struct loop {
    int listener, commands;
    const struct relay_target *target;
    struct relay_board *board;
    struct link links[LINKS];
    size_t count;
    bool stalled;
    struct pollfd polled[2 + 2 * LINKS];
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t delay_ns(const struct loop *loop, enum relay_direction direction)
{
    return (int64_t)loop->board->delay_ms[direction] * 1000000;
}

static void drop_head(struct lane *lane)
{
    struct chunk *chunk = lane->head;

    lane->held -= chunk->length;
    lane->head = chunk->next;
    if (!lane->head)
        lane->tail = NULL;
    free(chunk);
}

static void drop_all(struct lane *lane)
{
    while (lane->head)
        drop_head(lane);
}

static void close_link(struct loop *loop, size_t at)
{
    struct link *link = &loop->links[at];

    drop_all(&link->lanes[0]);
    drop_all(&link->lanes[1]);
    close(link->lanes[0].from);
    close(link->lanes[1].from);
    loop->links[at] = loop->links[--loop->count];
}

static void cut(struct loop *loop)
{
    while (loop->count > 0)
        close_link(loop, loop->count - 1);
}

static int dial(const struct relay_target *target)
{
    int one = 1, server = socket(target->address.any.sa_family, SOCK_STREAM, 0);

    if (connect(server, &target->address.any, target->length) < 0) {
        close(server);
        return -1;
    }
    if (target->address.any.sa_family == AF_INET)
        setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return server;
}

static void take_connection(struct loop *loop)
{
    int one = 1, client = accept(loop->listener, NULL, NULL);
    int server = client < 0 ? -1 : dial(loop->target);

    if (server < 0) {
        close(client);
        return;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    loop->board->connections++;
    loop->links[loop->count++] = (struct link){
        .lanes =
            {[RELAY_TO_SERVER] = {.from = client, .to = server}, [RELAY_TO_CLIENT] = {.from = server, .to = client}},
        .last = RELAY_TO_CLIENT,
        .open_ns = now_ns() + delay_ns(loop, RELAY_TO_SERVER) + delay_ns(loop, RELAY_TO_CLIENT),
    };
}

static void obey(struct loop *loop)
{
    char command;

    if (recv(loop->commands, &command, 1, 0) != 1)
        _exit(EXIT_SUCCESS);
    if (command == RELAY_CUT)
        cut(loop);
    else
        loop->stalled = command == RELAY_STALL;
    send(loop->commands, &command, 1, MSG_NOSIGNAL);
}

static void hold(struct lane *lane, const char *bytes, size_t length, int64_t due_ns)
{
    struct chunk *chunk = memory_alloc(sizeof *chunk + length);

    *chunk = (struct chunk){.due_ns = due_ns, .length = length};
    memcpy(chunk->bytes, bytes, length);
    if (lane->tail)
        lane->tail->next = chunk;
    else
        lane->head = chunk;
    lane->tail = chunk;
    lane->held += length;
}

static bool holds_back(const struct loop *loop, enum relay_direction direction)
{
    long turn = loop->board->held_turn;
    return direction == RELAY_TO_CLIENT && turn != 0 && loop->board->turns >= turn;
}

/* False when this was the answer to be lost. */
static bool receive(struct loop *loop, struct link *link, enum relay_direction direction)
{
    static char block[1 << 18];
    struct lane *lane = &link->lanes[direction];

    if (lane->ended) /* only hung up on */
        return true;

    ssize_t length = recv(lane->from, block, sizeof block, MSG_DONTWAIT);

    if (length <= 0) {
        lane->ended = length == 0 || (errno != EAGAIN && errno != EINTR);
        return true;
    }
    if (direction == RELAY_TO_SERVER && link->last == RELAY_TO_CLIENT)
        loop->board->turns++;
    if (direction == RELAY_TO_CLIENT && loop->board->lost_turn != 0 && loop->board->turns >= loop->board->lost_turn)
        return false;
    loop->board->bytes[direction] += length;
    link->last = direction;

    int64_t from_ns = now_ns();

    if (direction == RELAY_TO_SERVER && from_ns < link->open_ns)
        from_ns = link->open_ns;
    hold(lane, block, (size_t)length, from_ns + delay_ns(loop, direction));
    loop->board->holds = holds_back(loop, direction);
    return true;
}

static void deliver(struct loop *loop, struct link *link, enum relay_direction direction)
{
    struct lane *lane = &link->lanes[direction];
    int64_t time_ns = now_ns();

    if (holds_back(loop, direction))
        return;
    while (lane->head && lane->head->due_ns <= time_ns) {
        struct chunk *chunk = lane->head;
        ssize_t sent =
            send(lane->to, chunk->bytes + chunk->sent, chunk->length - chunk->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0) { /* the receiver is gone */
            drop_all(lane);
            lane->ended = true;
            break;
        }
        chunk->sent += (size_t)sent;
        if (chunk->sent == chunk->length)
            drop_head(lane);
    }
    if (lane->ended && !lane->head && !lane->shut) {
        shutdown(lane->to, SHUT_WR);
        lane->shut = true;
    }
}

static void serve_links(struct loop *loop, size_t polled_count)
{
    for (size_t i = 0; i < polled_count; i++) {
        for (int direction = 0; direction < 2; direction++) {
            struct pollfd *polled = &loop->polled[2 + 2 * i + (size_t)direction];

            if (!(polled->revents & (POLLIN | POLLHUP | POLLERR)) || receive(loop, &loop->links[i], direction))
                continue;
            loop->board->lost_turn = 0;
            cut(loop);
            return;
        }
        deliver(loop, &loop->links[i], RELAY_TO_SERVER);
        deliver(loop, &loop->links[i], RELAY_TO_CLIENT);
    }
    for (size_t i = loop->count; i-- > 0;)
        if (loop->links[i].lanes[0].shut && loop->links[i].lanes[1].shut)
            close_link(loop, i);
}

/* What to poll a link's socket for: reading for the lane that starts there, writing for the one that ends there. */
static short interest(const struct lane *starts, const struct lane *ends, int64_t time_ns, int64_t *due_ns)
{
    short events = starts->ended || starts->held > MOST_HELD ? 0 : POLLIN;

    if (ends->head && ends->head->due_ns <= time_ns)
        events |= POLLOUT;
    else if (ends->head && ends->head->due_ns < *due_ns)
        *due_ns = ends->head->due_ns;
    return events;
}

/* Fills loop->polled; returns when the next held bytes are due, INT64_MAX if none are. */
static int64_t prepare(struct loop *loop, int64_t time_ns)
{
    int64_t due_ns = INT64_MAX;

    loop->polled[0] =
        (struct pollfd){.fd = loop->stalled || loop->count == LINKS ? -1 : loop->listener, .events = POLLIN};
    loop->polled[1] = (struct pollfd){.fd = loop->commands, .events = POLLIN};
    for (size_t i = 0; i < loop->count && !loop->stalled; i++) {
        for (size_t direction = 0; direction < 2; direction++) {
            struct lane *lanes = loop->links[i].lanes;
            static const struct lane nothing;
            const struct lane *ends = holds_back(loop, !direction) ? &nothing : &lanes[!direction];
            short events = interest(&lanes[direction], ends, time_ns, &due_ns);

            loop->polled[2 + 2 * i + direction] =
                (struct pollfd){.fd = events ? lanes[direction].from : -1, .events = events};
        }
    }
    return due_ns;
}

static void turn(struct loop *loop)
{
    int64_t time_ns = now_ns(), due_ns = prepare(loop, time_ns);
    size_t links = loop->stalled ? 0 : loop->count;
    int64_t left_ns = due_ns - time_ns;
    struct timespec timeout = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};

    if (ppoll(loop->polled, 2 + 2 * links, due_ns == INT64_MAX ? NULL : &timeout, NULL) < 0)
        return;
    if (loop->polled[1].revents) {
        obey(loop);
        return; /* links may have gone: poll anew */
    }
    if (!loop->stalled)
        serve_links(loop, links);
    if (loop->polled[0].revents)
        take_connection(loop);
}

_Noreturn void relay_loop(int listener, int commands, const struct relay_target *target, struct relay_board *board)
{
    static struct loop loop;

    loop.listener = listener;
    loop.commands = commands;
    loop.target = target;
    loop.board = board;
    prctl(PR_SET_TIMERSLACK, 1UL); /* nanoseconds: delays are exact */
    for (;;)
        turn(&loop);
}
