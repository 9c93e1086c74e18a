#!/usr/bin/python3
"""Random graphs of revisions, daemons that apply them, and everything that can go wrong meanwhile; then a model that
knows nothing of migrated says whether each revision's effect is there exactly once or not at all.

usage: chaos.py PROGRAM    (from the top of the tree)

CHAOS_SEED, CHAOS_SECONDS, CHAOS_EPISODE (this one alone), CHAOS_WORKERS (servers side by side). What is decided depends
on the seed alone; what the timing makes of it does not.
"""
import collections
import ctypes
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # no __pycache__ in the tree

from episode import Episode, Violation
from fleet import clean_environment
from relay import Relay
from script import FAULTS, PHASES, REST
from server import Server

PR_SET_PDEATHSIG = 1
REFUSED_FILES = 65


def setting(name, default):
    return type(default)(os.environ.get(f"CHAOS_{name}") or default)


def takes_stepwise(program, server, folder):
    """Does this program apply revisions that cannot run in a transaction? Refusing them is fine, for now."""
    os.makedirs(f"{folder}/probe")
    with open(f"{folder}/probe/one.sql", "w", encoding="utf-8") as file:
        file.write("-- revision: one\n-- down_revision: none\n\n-- migrated:up\n"
                   "CREATE INDEX CONCURRENTLY one ON big (id);\n")
    server.new_database("probe")
    result = subprocess.run(
        [program, "upgrade", "--migrations", f"{folder}/probe", "--database-url",
         f"postgresql://postgres@/probe?host={server.folder}"],
        env=clean_environment(), capture_output=True, text=True, check=False, timeout=60)
    server.drop_database("probe")
    if result.returncode not in (0, REFUSED_FILES):
        raise RuntimeError(f"CREATE INDEX CONCURRENTLY: exit status {result.returncode}\n{result.stderr}")
    return result.returncode == 0


# ---- a worker: one server, one relay, every so many-th episode ----


def work(pipe, number, workers, options):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = f"{options['folder']}/{number}"
    os.makedirs(folder)
    os.chmod(folder, 0o755)
    server = relay = None
    try:
        server = Server(f"{folder}/pg")
        relay = Relay(server.socket)
        options = dict(options, folder=folder, with_stepwise=takes_stepwise(options["program"], server, folder))
        pipe.send(("begin", options["with_stepwise"]))
        only = setting("EPISODE", -1)
        episode = only if only >= 0 else number
        while time.monotonic() < options["end"]:
            if not play(pipe, episode, server, relay, options) or only >= 0:
                break
            episode += workers
    finally:
        if relay is not None:
            relay.close()
        if server is not None:
            server.stop_at_once()
        if not os.path.exists(f"{folder}/keep"):
            shutil.rmtree(folder, ignore_errors=True)
        if os.getppid() == 1:  # nobody is left to do it
            shutil.rmtree(options["top"], ignore_errors=True)


def play(pipe, number, server, relay, options):
    begin = time.monotonic()
    episode = Episode(options["seed"], number, server, relay, options)
    failure = None
    try:
        episode.play()
    except Violation as violation:
        failure = str(violation)
    except Exception:  # pylint: disable=broad-except
        failure = traceback.format_exc()
    finally:
        if failure is not None:
            with open(f"{options['folder']}/keep", "w", encoding="utf-8") as file:
                file.write(f"{failure}\n\n{episode.script}\n\nshots: {episode.shots}\n")
        episode.clean_up(keep=failure is not None)
    pipe.send(("episode", number, failure, episode.shots, episode.killed, episode.checks, episode.converged_seconds,
               time.monotonic() - begin))
    return failure is None


# ---- the whole ----


class Tally:
    def __init__(self):
        self.hits = collections.Counter()
        self.episodes = self.killed = self.checks = 0
        self.converged = []
        self.failures = []
        self.with_stepwise = False

    def add(self, report):
        if report[0] == "begin":
            self.with_stepwise = report[1]
            return
        _, number, failure, shots, killed, checks, converged, _ = report
        self.episodes += 1
        self.hits.update(shots)
        self.killed += killed
        self.checks += checks
        if failure is None:
            self.converged.append(converged)
        else:
            self.failures.append((number, failure))

    def table(self):
        phases = [*PHASES, REST]
        lines = ["| fault | " + " | ".join(phases) + " |", "| --- |" + " ---: |" * len(phases)]
        for fault in FAULTS:
            lines.append(f"| {fault} | " + " | ".join(str(self.hits[(fault, phase)]) for phase in phases) + " |")
        return "\n".join(lines)

    def settled(self):
        """How long after the last fault all were at rest, in seconds: half of the episodes, 95 of 100, all."""
        ordered = sorted(self.converged) or [0]
        return [ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 100)]


def run(program, folder):
    seed, seconds, workers = setting("SEED", "1"), setting("SECONDS", 60), setting("WORKERS", 3)
    if setting("EPISODE", -1) >= 0:
        workers = 1
    options = {"program": program, "folder": folder, "top": folder, "seed": seed, "end": time.monotonic() + seconds}
    pipes, processes, tally = [], [], Tally()
    for number in range(workers):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=work, args=(sender, number, workers, options))
        process.start()
        sender.close()
        pipes.append(receiver)
        processes.append(process)
    try:
        while pipes and not tally.failures:
            for pipe in multiprocessing.connection.wait(pipes):
                try:
                    tally.add(pipe.recv())
                except EOFError:
                    pipes.remove(pipe)
    finally:
        for process in processes:
            if tally.failures or sys.exc_info()[0] is not None:
                process.terminate()
        for process in processes:
            process.join()
    broken = [process.exitcode for process in processes if process.exitcode not in (0, 143)]
    return seed, tally, broken


def report(seed, tally, broken, folder):
    print(tally.table())
    half, most, longest = tally.settled()
    print(f"at rest after the last fault: half in {half:.1f} s, 95 % in {most:.1f} s, all in {longest:.1f} s")
    if not tally.with_stepwise:
        print("(this program refuses revisions that cannot run in a transaction: left out)")
    for number, failure in tally.failures:
        print(f"\nseed {seed}, episode {number}:\n{failure}", file=sys.stderr)
        print(f"\nkept in {folder}; again with: make chaos CHAOS_SEED={seed} CHAOS_EPISODE={number}", file=sys.stderr)
    verdict = "nothing lost" if not tally.failures and not broken and tally.episodes else "FAILED"
    print(f"chaos: {tally.episodes} episodes, {tally.killed} kills, {sum(tally.hits.values())} faults, "
          f"{tally.checks} checks, seed {seed}: {verdict}")
    return 0 if verdict == "nothing lost" else 1


def main():
    if len(sys.argv) != 2:
        print("usage: chaos.py PROGRAM", file=sys.stderr)
        return 64
    program = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="migrated-chaos-", dir="/tmp")  # in /tmp: a socket's path is at most 107 bytes
    os.chmod(folder, 0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    keep = False
    try:
        seed, tally, broken = run(program, folder)
        keep = bool(tally.failures)
        return report(seed, tally, broken, folder)
    except KeyboardInterrupt:
        return 130
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
