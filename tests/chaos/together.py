#!/usr/bin/python3
"""Many upgrades started at the same instant on an empty database, again and again: each revision exactly once.

usage: together.py PROGRAM    (from the top of the tree)

TOGETHER_PROCESSES (50) of them, TOGETHER_ROUNDS (100) times, each time with another random graph (TOGETHER_SEED); the
model of the chaos suite judges what has come of it.
"""
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # no __pycache__ in the tree

import judge
from fleet import clean_environment
from graph import Graph
from server import Server

ROUND_SECONDS = 120
SESSIONS_EACH = 2  # one migrates, one looks who blocks it
OTHER_SESSIONS = 10
# Waits until somebody opens the gate (a FIFO) for writing, and becomes the program.
AT_THE_GATE = 'echo ready; : <"$0"; exec "$@"'


def setting(name, default):
    return int(os.environ.get(f"TOGETHER_{name}") or default)


def draw(seed, number):
    """A graph in which nothing fails."""
    rng = random.Random(f"{seed}/{number}")
    while True:
        graph = Graph(rng)
        if not any(each.fails for each in graph.revisions.values()):
            return graph


class Round:
    def __init__(self, program, server, folder, graph, name):
        self.server, self.graph, self.name = server, graph, name
        self.folder = f"{folder}/{name}"
        os.makedirs(self.folder)
        graph.write(f"{self.folder}/migrations")
        self.gate = f"{self.folder}/gate"
        os.mkfifo(self.gate)
        self.command = ["setpriv", "--pdeathsig", "KILL", "sh", "-c", AT_THE_GATE, self.gate, program, "upgrade",
                        "--migrations", f"{self.folder}/migrations", "--database-url",
                        f"postgresql://postgres@/{name}?host={server.folder}"]

    def play(self, count):
        """What is wrong."""
        self.server.new_database(self.name)
        processes = [subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=clean_environment())
                     for _ in range(count)]
        try:
            for each in processes:
                each.stdout.readline()
            with open(self.gate, "w", encoding="ascii"):
                end = time.monotonic() + ROUND_SECONDS
                outputs = [each.communicate(timeout=max(0, end - time.monotonic())) for each in processes]
        except subprocess.TimeoutExpired:
            return [f"not all end within {ROUND_SECONDS} s"]
        finally:
            for each in processes:
                each.kill()
        wrong = judge.at_the_end(self.graph, judge.look(self.server, self.name), set())
        told = collections.Counter(name for out, _ in outputs for name in re.findall(r"^(\S+) applied$", out, re.M))
        wrong += [f"{name}: told to be applied {told[name]} times" for name in self.graph.revisions if told[name] != 1]
        wrong += [f"exit status {each.returncode}: {err}" for each, (_, err) in zip(processes, outputs)
                  if each.returncode != 0]
        return wrong

    def forget(self):
        self.server.drop_database(self.name)
        shutil.rmtree(self.folder)


def play_all(program, folder, seed, rounds, count):
    """(rounds played, revisions applied, what is wrong)."""
    server = Server(f"{folder}/pg", max_connections=SESSIONS_EACH * count + OTHER_SESSIONS)
    revisions = 0
    try:
        for number in range(rounds):
            graph = draw(seed, number)
            each = Round(program, server, folder, graph, f"together_{number}")
            wrong = each.play(count)
            revisions += len(graph.revisions)
            if wrong:
                return number + 1, revisions, wrong
            each.forget()
        return rounds, revisions, []
    finally:
        server.stop_at_once()


def main():
    if len(sys.argv) != 2:
        print("usage: together.py PROGRAM", file=sys.stderr)
        return 64
    program = os.path.abspath(sys.argv[1])
    seed, rounds, count = setting("SEED", 1), setting("ROUNDS", 100), setting("PROCESSES", 50)
    folder = tempfile.mkdtemp(prefix="migrated-together-", dir="/tmp")  # a socket's path is at most 107 bytes
    os.chmod(folder, 0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wrong = []
    try:
        begin = time.monotonic()
        played, revisions, wrong = play_all(program, folder, seed, rounds, count)
        for each in wrong:
            print(each, file=sys.stderr)
        print(f"together: {played} rounds of {count} processes, {revisions} revisions, {time.monotonic() - begin:.0f} s, "
              f"seed {seed}: {'each exactly once' if not wrong else f'FAILED, kept in {folder}'}")
        return 1 if wrong else 0
    finally:
        if not wrong:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
