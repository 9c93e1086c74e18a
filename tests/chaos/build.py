#!/usr/bin/python3
"""An index build on a large table: /status tells how far it has come, while /readyz answers every probe in time.

usage: build.py PROGRAM    (from the top of the tree)

BUILD_ROWS (5,000,000) rows, two builds: one that locks the table and one that is concurrent. Ten probers of a process of
their own ask 100 times a second, each on a new connection, at moments fixed beforehand; all probes count.
"""
import http.client
import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # no __pycache__ in the tree

from fleet import clean_environment
from server import Server, wait_until

PER_SECOND = 100
PROBERS = 10
IN_TIME_MS = 50
LATE_SHARE = 0.001
LOOK_SECONDS = 0.1
BUILD_SECONDS = 600
LEAST_PERCENTS = 2  # that a build must show, none below the one before in its phase

BUILDS = {
    "0001_build": "CREATE INDEX made_0 ON big_table (name);",
    "0002_concurrently": "CREATE INDEX CONCURRENTLY made_1 ON big_table (name, id);",
}


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def probe_once(port):
    """The status code, 0 without an answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            link.sendall(b"GET /readyz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := link.recv(1 << 16):
                answer += chunk
        return int(answer[9:12]) if answer.endswith(b"}\n") else 0
    except (OSError, ValueError):
        return 0


def probe_steadily(port, first, ended, found):
    """One of PROBERS: appends (status, milliseconds), counted from when a probe was due where the one before had kept it
    from being sent."""
    due = first
    while not ended.is_set():
        early = due - time.monotonic()
        time.sleep(max(0, early))
        begin = time.monotonic() if early > 0 else due
        status = probe_once(port)
        found.append((status, 1000 * (time.monotonic() - begin)))
        due += PROBERS / PER_SECOND


def probe(port, pipe):
    """Until told to end: then sends all that was found."""
    found, ended, first = [], threading.Event(), time.monotonic()
    threads = [threading.Thread(target=probe_steadily, args=(port, first + number / PER_SECOND, ended, found))
               for number in range(PROBERS)]
    for each in threads:
        each.start()
    pipe.recv()
    ended.set()
    for each in threads:
        each.join()
    pipe.send(found)


class Daemon:
    def __init__(self, program, folder, url):
        self.log = f"{folder}/log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program, "serve", "--migrations", f"{folder}/migrations",
                 "--database-url", url, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=clean_environment())
        self.port = None
        wait_until(self._listens, "the daemon to listen")

    def _listens(self):
        with open(self.log, encoding="utf-8") as file:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", file.read())
        self.port = int(found.group(1)) if found else None
        return self.port is not None

    def stop(self):
        self.process.terminate()
        return self.process.wait(30)


def watch(port):
    """{revision: [(phase, percent)]} as /status told them, until all is applied."""
    seen = {name: [] for name in BUILDS}
    end = time.monotonic() + BUILD_SECONDS
    while ask(port, "/readyz")[1]["state"] != "ready":
        if time.monotonic() > end:
            raise TimeoutError(f"not ready within {BUILD_SECONDS} s")
        running = ask(port, "/status")[1]["targets"][0]["running"]
        if running is not None and running["progress"] is not None and running["progress"]["percent"] is not None:
            told = (running["progress"]["phase"], running["progress"]["percent"])
            if told not in seen[running["revision"]][-1:]:
                seen[running["revision"]].append(told)
        time.sleep(LOOK_SECONDS)
    return seen


def judge_progress(seen):
    wrong = []
    for name, told in seen.items():
        if len(told) < LEAST_PERCENTS:
            wrong.append(f"{name}: no more than {len(told)} percents were shown: {told}")
        if not any(0 < percent < 100 for _, percent in told):
            wrong.append(f"{name}: no percent on the way: {told}")
        for before, now in zip(told, told[1:]):
            if now[0] == before[0] and now[1] < before[1]:
                wrong.append(f"{name}: {before} and then {now}")
        wrong += [f"{name}: {each}" for each in told if not 0 <= each[1] <= 100]
    return wrong


def judge_probes(probes):
    """(summary, what is wrong)."""
    times = sorted(each[1] for each in probes)
    late = sum(each > IN_TIME_MS for each in times)
    unanswered = sum(each[0] not in (200, 503) for each in probes)
    summary = (f"{len(probes)} probes, {late} later than {IN_TIME_MS} ms, {unanswered} without an answer, half in "
               f"{times[len(times) // 2]:.2f} ms, 99.9 % in {times[len(times) * 999 // 1000]:.1f} ms, "
               f"all in {times[-1]:.1f} ms")
    wrong = [f"late or not answered: {summary}"] * (late + unanswered > LATE_SHARE * len(probes))
    return summary, wrong


def play(program, folder, rows):
    """(summary, what is wrong)."""
    os.makedirs(f"{folder}/migrations")
    for name, statement in BUILDS.items():
        with open(f"{folder}/migrations/{name}.sql", "w", encoding="utf-8") as file:
            file.write(statement + "\n")
    server = Server(f"{folder}/pg")
    try:
        server.new_database("build")
        server.run("CREATE TABLE big_table AS SELECT n AS id, md5(n::text) AS name "
                   f"FROM generate_series(1, {rows}) AS n", "CHECKPOINT", database="build")
        daemon = Daemon(program, folder, f"postgresql://postgres@/build?host={server.folder}")
        ours, theirs = multiprocessing.Pipe()
        prober = multiprocessing.Process(target=probe, args=(daemon.port, theirs), daemon=True)
        prober.start()
        seen = watch(daemon.port)
        ours.send(None)
        summary, wrong = judge_probes(ours.recv())
        wrong += judge_progress(seen)
        status = daemon.stop()
        wrong += [f"the daemon ended with {status}"] * (status != 0)
        shown = ", ".join(f"{name} {len(told)} percents" for name, told in seen.items())
        return f"{rows} rows, {shown}; {summary}", wrong
    finally:
        server.stop_at_once()


def main():
    if len(sys.argv) != 2:
        print("usage: build.py PROGRAM", file=sys.stderr)
        return 64
    rows = int(os.environ.get("BUILD_ROWS") or 5_000_000)
    folder = tempfile.mkdtemp(prefix="migrated-build-", dir="/tmp")  # a socket's path is at most 107 bytes
    os.chmod(folder, 0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        summary, wrong = play(os.path.abspath(sys.argv[1]), folder, rows)
        for each in wrong:
            print(each, file=sys.stderr)
        print(f"build: {summary}: {'FAILED' if wrong else 'all in time'}")
        return 1 if wrong else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
