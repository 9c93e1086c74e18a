"""One episode: a new database, daemons, faults, an end of faults; then everything must be right by itself."""
import contextlib
import os
import shutil
import time

import psycopg2

import judge
import script
from faults import Gun
from fleet import Fleet
from person import Person
from server import wait_until

CONVERGE_SECONDS = 60
LEFT_SECONDS = 10
DONE = "SELECT count(*) FILTER (WHERE outcome = 'applied'), count(*) FILTER (WHERE outcome = 'failed') " \
       "FROM migrated.history"
# Sessions of ours, what they hold, and what nobody would ever end.
LEFT = """
SELECT 'session ' || application_name || ': ' || state FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'migrated%'
UNION ALL SELECT 'advisory lock' FROM pg_locks
 WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts"""


# What a person did, and how often one went on with what another one was at.
OTHERS = ["mended", "set right", "marked done", "redone", "stepped in"]
# What a daemon may rest in until a person has done something.
RESTING = ((200, "ready"), (503, "failed"), (503, "pending"))


class Violation(Exception):
    """What must hold does not."""


class Episode:
    def __init__(self, seed, number, server, relay, options):
        self.name = f"chaos_{number}"
        self.server, self.relay = server, relay
        self.script = script.draw(seed, number)
        self.graph = self.script.graph
        self.folder = f"{options['folder']}/{self.name}"
        os.makedirs(self.folder)
        self.graph.write(f"{self.folder}/migrations")
        self.options = {
            "program": options["program"], "migrations": f"{self.folder}/migrations",
            "max_message": self.script.max_message,
            "url": f"postgresql://postgres@127.0.0.1:{relay.port}/{self.name}?sslmode=disable&gssencmode=disable",
        }
        self.fleet = Fleet(f"{self.folder}/runners", self.options)
        self.gun = Gun(server, relay, self.fleet, self.graph, self.name)
        self.gun.after_restart = self._judge_after_restart
        self.person = Person(server, self.name, self.fleet, self.graph, self.options)
        self.failures_before = 0  # that were there when the file was mended
        self.shots = []  # (fault, phase) that hit
        self.checks = 0
        self.converged_seconds = 0
        self.applied = []

    # ---- checks ----

    def _demand(self, wrong):
        if wrong:
            raise Violation("\n".join(wrong))

    def _whenever(self, sight):
        return judge.whenever(self.graph, sight, self.gun.by_alembic)

    def _judge_now(self):
        self.fleet.listen(self.graph)
        with contextlib.suppress(psycopg2.OperationalError):
            self._demand(self._whenever(judge.look(self.server, self.name)) + self.fleet.wrong)
            self.checks += 1

    def _judge_after_restart(self):
        """Nobody can reach the server: what was told to be applied must have outlived its end."""
        self.fleet.listen(self.graph)
        sight = judge.look(self.server, self.name)
        self.checks += 1
        lost = self.fleet.reported(self.graph) - judge.applied_by_history(sight) - self.gun.by_alembic
        self._demand(self._whenever(sight) + [f"told to be applied, and lost: {sorted(lost)}"] * bool(lost))

    # ---- the episode ----

    def _busy(self):
        counts = self.gun.query(DONE)
        left = len(self.graph.revisions) - len(self.gun.by_alembic)
        return not counts or (counts[0][0] < left and counts[0][1] == self.failures_before)

    def _mend(self):
        """In the middle of everything, if somebody has failed by now."""
        sight = judge.look(self.server, self.name)
        if self.person.mend(sight):
            self.failures_before = sum(row[2] == "failed" for row in sight.history)

    def found(self):
        """What is told of it to whoever counts."""
        others = [*self.person.done, *["stepped in"] * self.gun.stepped_in]
        return {"shots": self.shots, "killed": self.gun.killed, "checks": self.checks, "others": others,
                "kinds": [self.graph.revisions[name].kind for name in self.applied],
                "converged_seconds": self.converged_seconds}

    def play(self):
        self.server.new_database(self.name)
        conditions = self.graph.conditions()
        self.server.run(*(f"INSERT INTO conditions VALUES ('{name}')" for name in conditions),
                        *(f"INSERT INTO troubles VALUES ('{name}')" for name in self.graph.troubles()),
                        database=self.name)
        for _ in range(self.script.daemons):
            self.fleet.start()
        for _ in range(self.script.jobs):
            self.fleet.start("upgrade")
        for number, shot in enumerate(self.script.shots):
            if number == self.script.mend_after:
                self._mend()
            hit = self.gun.aim(shot, self._busy)
            if hit is not None:
                self.fleet.disturbed |= shot.fault in ("kill", "stop", "replicas")
                if self.gun.shoot(shot, *hit):
                    self.shots.append((shot.fault, shot.phase))
                self._judge_now()
            self.gun.end_writers()
            if conditions and shot is self.script.shots[1]:
                self.server.run("DELETE FROM conditions", database=self.name)
        self._converge()

    def _converge(self):
        self.gun.stop()
        self.server.run("DELETE FROM conditions", database=self.name)
        if not self.fleet.alive(daemons=True):
            self.fleet.start()
        begin = time.monotonic()
        self._wait_for_rest()
        self.converged_seconds = time.monotonic() - begin
        self.checks += 1
        if self.script.crash_at_rest:
            self.gun.restart()
            self.shots.append(("restart", script.REST))
            self._wait_for_rest()
        sight = judge.look(self.server, self.name)
        self._demand(judge.at_the_end(self.graph, sight, self.gun.by_alembic) + self.fleet.wrong)
        self.applied = judge.applied_by_history(sight)
        self.fleet.stop_all(self.graph)
        self._demand(self.fleet.wrong + self.fleet.untrue(judge.applied_by_history(sight)))
        self._judge_what_is_left()

    def _wait_for_rest(self):
        wanted = ((200, "ready"),)
        if self.graph.failing() is not None:
            wanted = RESTING[1:]
        try:
            wait_until(lambda: self._rests(wanted), f"{wanted}", CONVERGE_SECONDS)
        except TimeoutError:
            states = [f"{each.path}: {each.state()}" for each in self.fleet.alive()]
            raise Violation("\n".join([f"after {CONVERGE_SECONDS} s not all are {wanted}, a person has "
                                       f"{self.person.done}:", *states])) from None

    def _rests(self, wanted):
        self.fleet.listen(self.graph)
        self._demand(self.fleet.wrong + self.person.wrong)
        if self.fleet.alive(daemons=False):
            return False
        states = [each.state() for each in self.fleet.alive() if each.expected_end is None]
        if all(state in RESTING for state in states) and not all(state == RESTING[0] for state in states):
            before = len(self.fleet.all), len(self.person.done)
            sight = judge.look(self.server, self.name)
            self._demand(self._whenever(sight))
            self.person.help(sight)
            if before != (len(self.fleet.all), len(self.person.done)):
                return False
        return all(state in wanted for state in states) and self._is_through()

    def _is_through(self):
        """Where one always fails, "failed" and "pending" are the end only once somebody has met it."""
        name = self.graph.failing()
        return name is None or bool(judge.failures(judge.look(self.server, self.name), name))

    def _judge_what_is_left(self):
        try:
            wait_until(lambda: not self.gun.query(LEFT), "sessions to end", LEFT_SECONDS)
        except TimeoutError:
            raise Violation(f"left behind: {self.gun.query(LEFT)}") from None

    def clean_up(self, keep):
        self.fleet.kill_all()
        self.gun.stop()
        self.gun.close()
        if not keep:
            self.server.drop_database(self.name)
            shutil.rmtree(self.folder)
