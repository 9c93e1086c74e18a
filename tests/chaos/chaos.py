#!/usr/bin/python3
"""Random graphs of revisions, daemons that apply them, and everything that can go wrong meanwhile; then a model that
knows nothing of migrated says whether each revision's effect is there exactly once or not at all.

usage: chaos.py PROGRAM    (from the top of the tree)

CHAOS_SEED, CHAOS_SECONDS, CHAOS_EPISODE (this one alone), CHAOS_WORKERS (servers side by side). What is decided depends
on the seed alone; what the timing makes of it does not. CHAOS_UNTIL=50: go on until each fault has struck so often in each
phase that is waited for, and CHAOS_KILLS=2000: until so many processes were killed; CHAOS_SECONDS is then how long that
may take, and fewer are a failure.
"""
import collections
import ctypes
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True  # no __pycache__ in the tree

from episode import OTHERS, Episode, Violation
from graph import KINDS
from relay import Relay
from script import FAULTS, PHASES, REST, TARGETS
from server import Server

PR_SET_PDEATHSIG = 1
DAY_SECONDS = 86400


def setting(name, default):
    return type(default)(os.environ.get(f"CHAOS_{name}") or default)


def wanted():
    """(of each fault in each phase, kills): 0 where nothing is demanded."""
    return setting("UNTIL", 0), setting("KILLS", 0)


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
        options = dict(options, folder=folder)
        only = setting("EPISODE", -1)
        episode = only if only >= 0 else number
        while time.monotonic() < options["end"] and not options["enough"].is_set():
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
    pipe.send((number, failure, episode.found()))
    return failure is None


# ---- the whole ----


class Tally:
    def __init__(self):
        self.hits, self.kinds, self.others = collections.Counter(), collections.Counter(), collections.Counter()
        self.episodes = self.killed = self.checks = 0
        self.converged = []
        self.failures = []

    def add(self, number, failure, found):
        self.episodes += 1
        self.hits.update(found["shots"])
        self.kinds.update(found["kinds"])
        self.others.update(found["others"])
        self.killed += found["killed"]
        self.checks += found["checks"]
        if failure is None:
            self.converged.append(found["converged_seconds"])
        else:
            self.failures.append((number, failure))

    def revisions(self):
        """How many of each kind were applied; what else happened, a word each."""
        return (", ".join(f"{kind} {self.kinds[kind]}" for kind in KINDS),
                ", ".join(f"{what} {self.others[what]}" for what in OTHERS))

    def table(self):
        phases = [*PHASES, REST]
        lines = ["| fault | " + " | ".join(phases) + " |", "| --- |" + " ---: |" * len(phases)]
        for fault in FAULTS:
            lines.append(f"| {fault} | " + " | ".join(str(self.hits[(fault, phase)]) for phase in phases) + " |")
        return "\n".join(lines)

    def missing(self, of_each, kills):
        """What is still too few, a word each."""
        few = [f"{fault} in {phase} {self.hits[(fault, phase)]}" for fault in FAULTS for phase in TARGETS
               if self.hits[(fault, phase)] < of_each]
        return few + [f"kills {self.killed}"] * (self.killed < kills)

    def settled(self):
        """How long after the last fault all were at rest, in seconds: half of the episodes, 95 of 100, all."""
        ordered = sorted(self.converged) or [0]
        return [ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 100)]


def run(program, folder):
    seed, workers = setting("SEED", "1"), setting("WORKERS", 3)
    seconds = setting("SECONDS", DAY_SECONDS if any(wanted()) else 60)
    if setting("EPISODE", -1) >= 0:
        workers = 1
    enough = multiprocessing.Event()
    options = {"program": program, "folder": folder, "top": folder, "seed": seed, "end": time.monotonic() + seconds,
               "enough": enough}
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
                    tally.add(*pipe.recv())
                except EOFError:
                    pipes.remove(pipe)
            if any(wanted()) and not tally.missing(*wanted()):
                enough.set()
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
    applied, others = tally.revisions()
    print(f"applied: {applied}\n{others}")
    print(f"at rest after the last fault: half in {half:.1f} s, 95 % in {most:.1f} s, all in {longest:.1f} s")
    missing = tally.missing(*wanted())
    if missing:
        print(f"too few in this time: {', '.join(missing)}", file=sys.stderr)
    for number, failure in tally.failures:
        print(f"\nseed {seed}, episode {number}:\n{failure}", file=sys.stderr)
        print(f"\nkept in {folder}; again with: make chaos CHAOS_SEED={seed} CHAOS_EPISODE={number}", file=sys.stderr)
    verdict = "nothing lost" if not tally.failures and not broken and not missing and tally.episodes else "FAILED"
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
