/*
 * A steady prober: `steady PORT RATE SECONDS` asks /readyz on loopback RATE times a second over kept connections,
 * whether or not the answers come in time, and prints one line of JSON with the latencies of all probes.
 *
 * A probe that is late because its connection still waited for the answer before counts from when it was due, so a
 * stall of the server is not hidden; one that is late because this program was woken late counts from when it was
 * sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 10
#define LATE_NS     50000000 /* what the target calls late */
#define MOST_ANSWER 65536
#define DEADLINE_S  10 /* a probe without an answer for so long has failed */
#define NS_PER_S    INT64_C(1000000000)

struct prober {
    pthread_t thread;
    struct sockaddr_in address;
    int socket;
    int64_t first_ns, interval_ns;
    size_t count, good, unavailable, failed;
    int64_t *latency_ns; /* owned, `count` of them */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void sleep_until(int64_t time_ns)
{
    struct timespec due = {.tv_sec = time_ns / NS_PER_S, .tv_nsec = time_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
        ;
}

static void dial(struct prober *prober)
{
    int one = 1;
    struct timeval deadline = {.tv_sec = DEADLINE_S};
    prober->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(prober->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(prober->socket, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    if (connect(prober->socket, (const struct sockaddr *)&prober->address, sizeof prober->address) != 0) {
        close(prober->socket);
        prober->socket = -1;
    }
}

/* Bytes of the whole answer when its head is there, 0 before. */
static size_t answer_length(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    const char *length = strcasestr(answer, "\r\nContent-Length:");
    if (end == NULL || length == NULL || length > end)
        return 0;
    return (size_t)(end + 4 - answer) + strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
}

/* The status code, 0 when there is no answer. */
static int ask(struct prober *prober)
{
    static const char question[] = "GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n";
    char answer[MOST_ANSWER];
    size_t have = 0, whole = 0;
    if (prober->socket < 0)
        dial(prober);
    if (send(prober->socket, question, sizeof question - 1, MSG_NOSIGNAL) != sizeof question - 1)
        return 0;
    while (whole == 0 || have < whole) {
        ssize_t got = recv(prober->socket, answer + have, sizeof answer - 1 - have, 0);
        if (got <= 0)
            return 0;
        have += (size_t)got;
        answer[have] = '\0';
        if (whole == 0)
            whole = answer_length(answer);
    }
    return (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
}

static void *probe(void *context)
{
    struct prober *prober = context;
    int64_t free_ns = 0; /* since when the connection waits for nothing */
    dial(prober);
    for (size_t i = 0; i < prober->count; i++) {
        int64_t due_ns = prober->first_ns + (int64_t)i * prober->interval_ns;
        sleep_until(due_ns);
        int64_t from_ns = free_ns > due_ns ? due_ns : now_ns();
        int status = ask(prober);
        free_ns = now_ns();
        prober->latency_ns[i] = free_ns - from_ns;
        prober->good += status == 200;
        prober->unavailable += status == 503;
        if (status != 200 && status != 503) {
            prober->failed++;
            prober->latency_ns[i] = INT64_MAX;
            close(prober->socket);
            prober->socket = -1;
        }
    }
    close(prober->socket);
    return NULL;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double microseconds(const int64_t *sorted, size_t count, double part)
{
    size_t at = (size_t)((double)count * part);
    return (double)sorted[at < count ? at : count - 1] / 1e3;
}

static void report(struct prober *probers, size_t each)
{
    size_t count = 0, good = 0, unavailable = 0, failed = 0, late = 0;
    int64_t *all = calloc(CONNECTIONS * each, sizeof *all);
    if (all == NULL)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        memcpy(all + count, probers[i].latency_ns, each * sizeof *all);
        count += each;
        good += probers[i].good;
        unavailable += probers[i].unavailable;
        failed += probers[i].failed;
    }
    qsort(all, count, sizeof *all, compare);
    while (late < count && all[count - 1 - late] > LATE_NS)
        late++;
    printf("{\"probes\": %zu, \"good\": %zu, \"unavailable\": %zu, \"failed\": %zu, \"late\": %zu, \"p50_us\": %.1f, "
           "\"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f}\n",
           count, good, unavailable, failed, late, microseconds(all, count, 0.5), microseconds(all, count, 0.99),
           microseconds(all, count, 0.999), microseconds(all, count, 1));
    free(all);
}

int main(int argc, char **argv)
{
    struct prober probers[CONNECTIONS] = {0};
    long port = argc == 4 ? strtol(argv[1], NULL, 10) : 0, rate = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    size_t each = argc == 4 ? (size_t)(strtod(argv[3], NULL) * (double)rate) / CONNECTIONS : 0;
    if (port < 1 || port > UINT16_MAX || rate < 1 || each < 1) {
        fprintf(stderr, "usage: steady PORT RATE SECONDS\n");
        return 64;
    }

    prctl(PR_SET_TIMERSLACK, 1UL);
    int64_t start_ns = now_ns() + NS_PER_S / 10;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct prober *prober = &probers[i];
        prober->address = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        prober->first_ns = start_ns + (int64_t)i * NS_PER_S / rate;
        prober->interval_ns = NS_PER_S * CONNECTIONS / rate;
        prober->count = each;
        prober->latency_ns = calloc(each, sizeof *prober->latency_ns);
        if (prober->latency_ns == NULL || pthread_create(&prober->thread, NULL, probe, prober) != 0) {
            perror("steady");
            return EXIT_FAILURE;
        }
    }
    for (size_t i = 0; i < CONNECTIONS; i++)
        pthread_join(probers[i].thread, NULL);
    report(probers, each);
    for (size_t i = 0; i < CONNECTIONS; i++)
        free(probers[i].latency_ns);
    return EXIT_SUCCESS;
}
