/*
 * A network of its own: `relay HOST:PORT ROUND_TRIP_MS` prints the port on which it stands for HOST:PORT, and delays
 * what passes so that a question and its answer take that long. For every line on stdin it prints the turns and the
 * connections so far. Ends with stdin.
 */
#include "support/relay.h"
#include "support/fail.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char line[16];
    if (argc != 3) {
        fprintf(stderr, "usage: relay HOST:PORT ROUND_TRIP_MS\n");
        return 64;
    }
    support_outside_tests(true);
    struct relay *relay = relay_start(argv[1]);
    int round_trip_ms = (int)strtol(argv[2], NULL, 10);
    relay_delay(relay, RELAY_TO_SERVER, round_trip_ms / 2);
    relay_delay(relay, RELAY_TO_CLIENT, round_trip_ms - round_trip_ms / 2);

    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%d\n", relay_port(relay));
    while (fgets(line, sizeof line, stdin) != NULL)
        printf("%ld %ld\n", relay_turns(relay), relay_connections(relay));
    relay_stop(relay);
    return EXIT_SUCCESS;
}
