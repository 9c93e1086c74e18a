"""Whoever is on call: does what the program asks a person to do, once the model has seen in the database that it is so.

Three things need one: a file that is wrong, something else that is wrong, and a procedure that commits as it goes and
broke off. Everything else must come right without.
"""
import json
import subprocess

import judge
import steps
from fleet import clean_environment
from graph import write_revision

SHOW_SECONDS = 30
CHANGED = "was changed after it was begun"


class Person:
    def __init__(self, server, database, fleet, graph, options):
        self.server, self.database, self.fleet, self.graph = server, database, fleet, graph
        self.options = options
        self.done = []  # what was done, a word each
        self.resumed = False
        self.left_behind = False  # after `resume` the rest is pending until somebody asks for it
        self.wrong = []

    # ---- in the middle of everything ----

    def mend(self, sight):
        """Puts right the file that fails; False: nobody has met it yet, or it is right."""
        revision = self.graph.hindered()
        if revision is None or revision.fails != steps.MENDED or not judge.failures(sight, revision.name):
            return False
        revision.hindered = False
        write_revision(self.options["migrations"], revision)
        self.fleet.mended = True
        self.left_behind = self.resumed
        self.done.append("mended")
        return True

    # ---- when everything rests ----

    def help(self, sight):
        """One thing that is asked for; nothing if nothing is."""
        if self.mend(sight) or self._set_right(sight):
            return
        applied = judge.applied_by_history(sight)
        for revision in self.graph.revisions.values():
            if revision.name not in applied and self._settle(sight, revision):
                return
        if self.left_behind:
            self.left_behind = False
            self.fleet.start("upgrade")

    def _set_right(self, sight):
        revision = self.graph.hindered()
        if revision is None or revision.fails != steps.ONCE or not judge.failures(sight, revision.name):
            return False
        revision.hindered = False
        self.server.run("DELETE FROM troubles", database=self.database)
        for each in self.fleet.alive(daemons=True):
            each.hang_up()
        self.left_behind = self.resumed
        self.done.append("set right")
        return True

    def _settle(self, sight, revision):
        """A statement that was begun, of which nobody else can tell whether it is done."""
        told = judge.failures(sight, revision.name)
        if revision.kind == "call":
            ordinal, words = revision.ordinal_of_call(), judge.BROKE_OFF
        elif revision.fails == steps.MENDED and not revision.hindered:
            ordinal, words = 1 + revision.broken_at, (CHANGED,)
        else:
            return False
        if judge.word_on(sight, revision.name, ordinal) != "started" or not told or \
                not any(each in told[-1] for each in words):
            return False
        if not self._is_shown(revision, ordinal):
            return True
        facts = revision.order[ordinal - 1]
        is_done = revision.kind == "call" and all(fact in sight.counts for fact in facts)
        revision.redos += not is_done
        self.fleet.start("resume", "--mark-done" if is_done else "--redo", str(ordinal))
        self.resumed = self.left_behind = True
        self.done.append("marked done" if is_done else "redone")
        return True

    def _is_shown(self, revision, ordinal):
        """`resume --show` must name the very statement."""
        shown = subprocess.run(
            [self.options["program"], "resume", "--show", "--json", "--migrations", self.options["migrations"],
             "--database-url", self.options["url"]],
            capture_output=True, text=True, timeout=SHOW_SECONDS, check=False, env=clean_environment())
        try:
            body = json.loads(shown.stdout)
            states = {each["statement"]: each["state"] for each in body["statements"]}
        except (ValueError, KeyError):
            body, states = {}, {}
        if body.get("revision") != revision.name or states.get(ordinal) != "started":
            self.wrong.append(f"resume --show: {shown.returncode} {shown.stdout} {shown.stderr}, not statement "
                              f"{ordinal} of {revision.name}, which is begun")
        return not self.wrong
