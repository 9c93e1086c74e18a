#!/usr/bin/env python3
"""Readers beside a migration that somebody holds up: nobody of them may wait longer than 1.2 of the lock_timeout in
force plus 20 ms; where the look ahead sees who it is, not longer than behind the shortest, as nobody queues.

A report holds the table; four clients of pgbench read it and log every transaction; `migrated upgrade` wants to alter it,
and tries until the report ends. Without pg_read_all_stats it cannot see how old the report's transaction is, so it asks
for the lock each time, and everybody queues behind it; with it nobody does."""
import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time

from places import Postgres, end, environment, leashed, postgres_programs, wait_until

CLIENTS = 4
PAUSE_MS = 2  # of a client between two questions: the machine stays idle enough to be measured
LADDER_MS = [50, 100, 200, 500]
SLACK_SECONDS = 0.1  # a try's end is heard of a moment after the readers go on; the next one is further away
READING = "\\set id random(1, 10000)\nSELECT name FROM stock WHERE id = :id;\n\\sleep %d ms\n" % PAUSE_MS
REVISION = "-- down_revision: none\n-- migrated:up\nALTER TABLE stock ADD COLUMN note text;\n"


def allowed_ms(lock_timeout_ms):
    return 1.2 * lock_timeout_ms + 20


class Readers:
    """pgbench, which writes a line for every transaction: client, number, microseconds, script, when it ended."""

    def __init__(self, server, folder):
        self.prefix = f"{folder}/log"
        script = f"{folder}/reading.sql"
        with open(script, "w", encoding="utf-8") as file:
            file.write(READING)
        self.process = subprocess.Popen(
            leashed([f"{postgres_programs()}/pgbench", "-n", "-c", str(CLIENTS), "-T", "600", "-f", script, "-l",
                     "--log-prefix", self.prefix]), env=environment(server.port), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def stop(self):
        """[(seconds since 1970 when it ended, milliseconds that it took)]"""
        end(self.process)
        found = []
        for path in glob.glob(self.prefix + ".*"):
            with open(path, encoding="ascii") as file:
                for line in file:
                    words = line.split()
                    if len(words) >= 6:  # the last line may be cut
                        found.append((int(words[4]) + int(words[5]) / 1e6, int(words[2]) / 1e3 - PAUSE_MS))
        return found


def hold(server):
    """A report that reads the table, and goes on."""
    process = subprocess.Popen(
        leashed([server.psql, "-Xq"]), env=dict(environment(server.port), PGAPPNAME="report"), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True)
    process.stdin.write("BEGIN;\nSELECT count(*) FROM stock;\n")
    process.stdin.flush()
    old = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'report' AND "
           "clock_timestamp() - xact_start > '1100ms'")
    wait_until(lambda: server.count_rows(old) > 0, "a report to be old enough")
    return process


def release(holder):
    holder.stdin.write("COMMIT;\n")
    holder.stdin.close()
    holder.wait(30)


def upgrade(program, server, folder, tries, options, words):
    """Run it; when it has tried so often the report ends. When each try was over."""
    holder = hold(server)
    url = f"postgresql://deployer@127.0.0.1:{server.port}/bench"
    process = subprocess.Popen(
        leashed([program, "upgrade", "--migrations", folder, "--database-url", url, "--log-format", "text", *options]),
        env=environment(server.port), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    ended, said = [], []
    for line in process.stderr:
        said.append(line)
        if "trying again: " in line:
            if words not in line:
                raise RuntimeError("it was not this that was to be measured:\n" + "".join(said))
            ended.append(time.time())
            if len(ended) == tries:
                release(holder)
    if process.wait(60) != 0 or len(ended) < tries:
        raise RuntimeError("the upgrade did not go as planned:\n" + "".join(said))
    return ended


def worst_of_tries(transactions, ended):
    """Of each try, and of what came behind the last one: the longest wait of a reader."""
    worst = [0.0] * (len(ended) + 1)
    for when, took_ms in transactions:
        number = next((i for i, at in enumerate(ended) if when < at + SLACK_SECONDS), len(ended))
        worst[number] = max(worst[number], took_ms)
    return worst


def measure(program, server, tries, options, words):
    server.new_database()
    server.sql("CREATE TABLE stock AS SELECT id, md5(id::text) AS name FROM generate_series(1, 10000) AS id",
               "ALTER TABLE stock ADD PRIMARY KEY (id)", "ALTER TABLE stock OWNER TO deployer",
               "GRANT CREATE ON SCHEMA public TO deployer", "GRANT CREATE ON DATABASE bench TO deployer",
               "VACUUM ANALYZE stock", database="bench")
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/migrations")
        with open(f"{folder}/migrations/0001.sql", "w", encoding="utf-8") as file:
            file.write(REVISION)
        readers = Readers(server, folder)
        try:
            ended = upgrade(program, server, f"{folder}/migrations", tries, options, words)
        finally:
            transactions = readers.stop()
    return len(transactions), worst_of_tries(transactions, ended)


def report(what, limits_ms, reads, worst):
    """A line a try; the last one is the one that got the lock. False: somebody waited too long."""
    good = True
    for number, stall in enumerate(worst):
        limit = limits_ms[min(number, len(limits_ms) - 1)]
        good &= stall <= limit
        name = f"try {number + 1}" if number < len(worst) - 1 else "got it"
        print(f"{what:24} {name:7} worst stall {stall:7.1f} ms, allowed {limit:6.1f} ms"
              f"{'' if stall <= limit else '  TOO LONG'}")
    print(f"{what:24} {reads} reads")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=6, help="of each measurement, before the report ends (6)")
    parser.add_argument("program", help="migrated")
    arguments = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with Postgres(f"{folder}/postgres") as server:
            server.sql("CREATE ROLE deployer LOGIN")
            refused = "canceling statement due to lock timeout"
            ladder = [allowed_ms(ms) for ms in LADDER_MS]
            good &= report("the ladder", ladder, *measure(arguments.program, server, arguments.tries, [], refused))
            for ms in (200, 1000):
                options = ["--lock-timeout", f"{ms}ms"]
                good &= report(f"lock_timeout = {ms}ms", [allowed_ms(ms)],
                               *measure(arguments.program, server, arguments.tries, options, refused))
            server.sql("GRANT pg_read_all_stats TO deployer")
            good &= report("seen before", ladder[:1],
                           *measure(arguments.program, server, arguments.tries, [], "would wait for a lock"))
    print(f"readers: {'nobody waited too long' if good else 'SOMEBODY WAITED TOO LONG'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
