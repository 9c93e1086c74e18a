#include "support/relay.h"

#include "base/memory.h"
#include "support/fail.h"
#include "support/relay_loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct relay {
    pid_t pid;
    int port, commands;
    struct relay_board *board;
};

static struct relay_target read_target(const char *text)
{
    struct relay_target target = {.length = sizeof target.address.local};
    const char *colon = strrchr(text, ':');
    char host[INET_ADDRSTRLEN];

    if (text[0] == '/') {
        target.address.local.sun_family = AF_UNIX;
        snprintf(target.address.local.sun_path, sizeof target.address.local.sun_path, "%s", text);
        return target;
    }
    target.length = sizeof target.address.ip;
    target.address.ip.sin_family = AF_INET;
    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - text) : 0, text);
    if (inet_pton(AF_INET, host, &target.address.ip.sin_addr) != 1)
        support_fail("%s: neither HOST:PORT nor a socket's path", text);
    target.address.ip.sin_port = htons((in_port_t)strtol(colon + 1, NULL, 10));
    return target;
}

static int listen_on_free_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, SOMAXCONN) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        support_fail("relay: %s", strerror(errno));
    *port = ntohs(address.sin_port);
    return listener;
}

/* The child keeps two descriptors and nothing of the test's. */
static _Noreturn void become(int listener, int commands, const struct relay_target *target, struct relay_board *board,
                             pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(listener, STDERR_FILENO + 1) < 0 || dup2(commands, STDERR_FILENO + 2) < 0)
        _exit(EXIT_FAILURE);
    closefrom(STDERR_FILENO + 3);
    relay_loop(STDERR_FILENO + 1, STDERR_FILENO + 2, target, board);
}

struct relay *relay_start(const char *target_text)
{
    struct relay *relay = memory_alloc(sizeof *relay);
    struct relay_target target = read_target(target_text);
    int listener = listen_on_free_port(&relay->port), commands[2];
    pid_t parent = getpid();

    relay->board = mmap(NULL, sizeof *relay->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (relay->board == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, commands) < 0)
        support_fail("relay: %s", strerror(errno));
    relay->pid = fork();
    if (relay->pid < 0)
        support_fail("fork: %s", strerror(errno));
    if (relay->pid == 0)
        become(listener, commands[1], &target, relay->board, parent);
    close(listener);
    close(commands[1]);
    relay->commands = commands[0];
    return relay;
}

void relay_stop(struct relay *relay)
{
    if (!relay)
        return;
    kill(relay->pid, SIGKILL);
    while (waitpid(relay->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(relay->commands);
    munmap(relay->board, sizeof *relay->board);
    free(relay);
}

int relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_delay(struct relay *relay, enum relay_direction direction, int delay_ms)
{
    relay->board->delay_ms[direction] = delay_ms;
}

long relay_turns(const struct relay *relay)
{
    return relay->board->turns;
}

long relay_bytes(const struct relay *relay, enum relay_direction direction)
{
    return relay->board->bytes[direction];
}

long relay_connections(const struct relay *relay)
{
    return relay->board->connections;
}

static void command(struct relay *relay, enum relay_command command)
{
    char byte = (char)command;

    if (send(relay->commands, &byte, 1, MSG_NOSIGNAL) != 1 || recv(relay->commands, &byte, 1, 0) != 1)
        support_fail("the relay's process is gone");
}

void relay_cut(struct relay *relay)
{
    command(relay, RELAY_CUT);
}

void relay_stall(struct relay *relay)
{
    command(relay, RELAY_STALL);
}

void relay_resume(struct relay *relay)
{
    command(relay, RELAY_RESUME);
}

void relay_lose_answer(struct relay *relay, int turn)
{
    relay->board->lost_turn = relay->board->turns + turn;
}

void relay_hold_answer(struct relay *relay, int turn)
{
    relay->board->held_turn = relay->board->turns + turn;
}

bool relay_holds(const struct relay *relay)
{
    return relay->board->holds;
}

void relay_release(struct relay *relay)
{
    relay->board->held_turn = 0;
    command(relay, RELAY_RESUME);
}
