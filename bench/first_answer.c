/*
 * How long a daemon takes to its first 200: `first_answer PORT COMMAND [ARGUMENT...]` starts it, asks /readyz on
 * loopback until it says 200, prints the milliseconds since the fork, and ends it. Asks every PAUSE_NS: less would keep
 * the daemon busy with answers, more would be part of the figure.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 30000.0
#define PAUSE_NS    250000

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool answers_200(const struct sockaddr_in *address)
{
    static const char question[] = "GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
    static const char good[] = "HTTP/1.1 200";
    char answer[sizeof good - 1] = "";
    struct timeval patience = {.tv_sec = 1};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool answered = connect(client, (const struct sockaddr *)address, sizeof *address) == 0 &&
                    send(client, question, sizeof question - 1, MSG_NOSIGNAL) > 0 &&
                    recv(client, answer, sizeof answer, MSG_WAITALL) == (ssize_t)sizeof answer;
    close(client);
    return answered && memcmp(answer, good, sizeof answer) == 0;
}

/* Negative: it ended, or took too long. */
static double wait_for_200(pid_t pid, in_port_t port, double started_ms)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    while (now_ms() - started_ms < DEADLINE_MS) {
        if (answers_200(&address))
            return now_ms() - started_ms;
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    kill(pid, SIGKILL);
    return -1;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: first_answer PORT COMMAND [ARGUMENT...]\n");
        return 64;
    }
    prctl(PR_SET_TIMERSLACK, 1UL); /* nanoseconds: pauses are exact */
    double started_ms = now_ms();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_TIMERSLACK, 50000UL); /* the usual, for the daemon */
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    double taken_ms = pid < 0 ? -1 : wait_for_200(pid, (in_port_t)strtol(argv[1], NULL, 10), started_ms);
    if (taken_ms < 0) {
        fprintf(stderr, "first_answer: %s: no 200\n", argv[2]);
        return EXIT_FAILURE;
    }
    printf("%.3f\n", taken_ms);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    return EXIT_SUCCESS;
}
