"""Random graphs of revisions, and the independent model: what each one's effect is, what may be applied when.

Nothing here asks migrated: the heads, the ancestors and the effects are computed from the graph as it was drawn.
"""
import dataclasses
import os

import steps
from server import APP_TABLES, OLD_INDEXES

TRANSACTIONAL = ["table", "bare", "slow", "alter", "commit", "copy", "lawless", "large", "flaky"]
WEIGHTS = [2, 3, 8, 3, 6, 1, 1, 1, 1]
# With statements that cannot run in a transaction.
STEPWISE = list(steps.KINDS)
KINDS = TRANSACTIONAL + STEPWISE
# Of a hundred graphs, in how many a revision fails so.
FAIL = {steps.ALWAYS: 9, steps.MENDED: 12, steps.ONCE: 6}


@dataclasses.dataclass
class Revision:
    name: str
    kind: str
    parents: list
    depends_on: list
    statements: list = dataclasses.field(default_factory=list)
    facts: set = dataclasses.field(default_factory=set)  # what must be there once it is applied
    transactional: bool = True
    order: list = dataclasses.field(default_factory=list)  # stepwise: the facts of each statement
    header: str = ""
    fails: str = ""  # of steps: ALWAYS, or until a person has done something
    hindered: bool = False  # nobody has done it yet
    broken_at: int = 0  # which statement fails
    broken: str = ""  # as it reads
    redos: int = 0  # how often a person said so

    def needs(self):
        return self.parents + self.depends_on

    def written(self):
        """Its statements, as the file has them now."""
        if self.fails in (steps.ALWAYS, steps.MENDED) and self.hindered:
            return self.statements[:self.broken_at] + [self.broken] + self.statements[self.broken_at + 1:]
        return self.statements

    def ordinal_of_call(self):
        return 1 + next(i for i, each in enumerate(self.statements) if each.startswith("CALL "))

    def text(self):
        lines = [f"-- revision: {self.name}", f"-- down_revision: {', '.join(self.parents) or 'none'}"]
        if self.depends_on:
            lines.append(f"-- depends_on: {', '.join(self.depends_on)}")
        if self.header:
            lines.append(f"-- {self.header}")
        return "\n".join([*lines, f"-- message: {self.kind}", "", "-- migrated:up", *self.written(), ""])


class Graph:
    def __init__(self, rng):
        self.revisions = {}
        self.free_indexes = list(range(OLD_INDEXES))
        self.free_partitions = steps.free_partitions()
        linear = rng.randrange(10) < 3
        size = rng.randint(5, 16)
        for number in range(size):
            parents, depends_on = ([], []) if number == 0 else self._edges(rng, linear)
            if rng.randrange(10) < 4:
                kind = rng.choice(STEPWISE)
            else:
                kind = rng.choices(TRANSACTIONAL, WEIGHTS)[0]
            self._add(rng, kind, number, parents, depends_on)
        how = rng.choices([*FAIL, ""], [*FAIL.values(), 100 - sum(FAIL.values())])[0]
        if how:
            self._break(rng, size, how)

    def add_for_neighbour(self, rng, count):
        """So many bases more, which daemons come to last: mostly there when another tool looks."""
        for number in range(len(self.revisions), len(self.revisions) + count):
            self._add(rng, "bare", number, [], [], f"z_{number}")

    # ---- drawing ----

    def _edges(self, rng, linear):
        heads, names = sorted(self.heads(set(self.revisions))), list(self.revisions)
        draw = rng.randrange(100)
        if linear:
            return [names[-1]], []
        if draw < 10:
            return [], []
        if draw < 28 and len(heads) > 1:
            return rng.sample(heads, min(len(heads), rng.choice([2, 2, 3]))), []
        parent = rng.choice(heads) if draw < 75 else rng.choice(names)
        others = [name for name in names if name not in self.lineage(parent) and parent not in self.lineage(name)]
        return [parent], [rng.choice(others)] if others and rng.randrange(5) == 0 else []

    def _add(self, rng, kind, number, parents, depends_on, name=None):
        revision = Revision(name or f"{rng.getrandbits(24):06x}_{number}", kind, parents, depends_on)
        if kind in steps.KINDS:
            self._take_steps(revision, steps.KINDS[kind](rng, self, revision, number))
        else:
            revision.facts.add(("effect", revision.name, "1"))
            once = f"INSERT INTO public.effects VALUES ('{revision.name}', '%s');"
            getattr(self, f"_{kind}")(rng, revision, number, once)
        self.revisions[revision.name] = revision

    @staticmethod
    def _take_steps(revision, taken):
        revision.transactional = False
        revision.statements = [each.statement for each in taken]
        revision.order = [each.facts for each in taken]
        revision.facts = set().union(*revision.order)
        revision.header = "transaction: off" if revision.kind in steps.NEED_HEADER else ""

    def _table(self, rng, revision, number, once):
        revision.statements = [f"CREATE TABLE t_{number} (id int);", once % 1]
        revision.facts.add(("table", f"t_{number}"))

    def _bare(self, rng, revision, number, once):
        revision.statements = [once % 1]

    def _slow(self, rng, revision, number, once):
        """Nothing but the version rows keeps it from being applied twice."""
        revision.statements = [once % 1, f"SELECT pg_sleep({rng.uniform(0.05, 0.3):.3f});", once % 2]
        revision.facts.add(("effect", revision.name, "2"))

    def _alter(self, rng, revision, number, once):
        table = f"app_{rng.randrange(APP_TABLES)}"
        revision.statements = [once % 1, f"ALTER TABLE {table} ADD COLUMN c_{number} int;"]
        revision.facts.add(("column", table, f"c_{number}"))

    def _commit(self, rng, revision, number, once):
        """Its COMMIT takes a while: a deferred trigger sleeps."""
        seconds = rng.uniform(0.05, 0.2)
        revision.statements = [once % 1, f"INSERT INTO slow_commits VALUES ('{revision.name}', {seconds:.3f});"]

    def _copy(self, rng, revision, number, once):
        revision.statements = ["COPY effects (revision, part) FROM stdin;", f"{revision.name}\t1",
                               f"{revision.name}\t2", "\\.", f"SELECT pg_sleep({rng.uniform(0.02, 0.1):.3f});"]
        revision.facts.add(("effect", revision.name, "2"))

    def _lawless(self, rng, revision, number, once):
        """Leaves the session in a mess, drops our lock, hides our tables."""
        revision.statements = [once % 1, "SELECT pg_advisory_unlock_all();", "SET search_path = pg_temp;",
                               "CREATE TEMP TABLE alembic_version (version_num text);",
                               "SET default_transaction_read_only = on;",
                               f"SELECT pg_sleep({rng.uniform(0.02, 0.15):.3f});"]

    def _large(self, rng, revision, number, once):
        """In several messages where max_message is small."""
        revision.statements = [once % 1]
        for part in range(2, 8):
            revision.statements.append(f"SELECT pg_sleep(0.015), length('{'x' * 900}');")
            revision.statements.append(once % part)
            revision.facts.add(("effect", revision.name, str(part)))

    def _flaky(self, rng, revision, number, once):
        """Fails as a serialization does, while a row stands in `conditions`."""
        revision.statements = [
            once % 1, "DO $$ BEGIN",
            f"    IF EXISTS (SELECT FROM public.conditions WHERE revision = '{revision.name}') THEN",
            "        RAISE 'not yet' USING ERRCODE = 'serialization_failure';", "    END IF;", "END $$;"]

    def _break(self, rng, size, how):
        """One of the first `size` fails, at one of its statements."""
        drawn = list(self.revisions.values())
        unlocking = [number for number, each in enumerate(drawn) if each.kind in ("unlock", "discard")]
        number = rng.randrange(size // 3, size)
        if unlocking and rng.randrange(2) == 0:  # whoever goes on without the lock's owner does not come to its end
            number = rng.choice(unlocking)
        revision = drawn[number]
        if revision.kind in ("call", "copy", "lawless"):  # a CALL is a person's matter already
            return
        revision.fails, revision.hindered = how, True
        revision.broken, mended = steps.broken_step(rng, revision, number, how)
        at = len(revision.statements) if revision.transactional else rng.randint(0, len(revision.statements))
        revision.broken_at = at
        facts = mended.facts if mended is not None else set()
        revision.statements.insert(at, mended.statement if mended is not None else revision.broken)
        revision.facts |= facts
        if not revision.transactional:
            revision.order.insert(at, facts)

    # ---- the model ----

    def lineage(self, name):
        """It and all that must be applied before it."""
        found, left = set(), [name]
        while left:
            each = left.pop()
            if each not in found:
                found.add(each)
                left += self.revisions[each].needs()
        return found

    def heads(self, applied):
        """The version rows that say so: what is applied and not named by anything that is."""
        named = {need for name in applied for need in self.revisions[name].needs()}
        return set(applied) - named

    def failing(self):
        """The one that always fails, whatever anybody does."""
        return next((name for name, each in self.revisions.items() if each.fails == steps.ALWAYS), None)

    def hindered(self):
        """The one that fails until a person has done something."""
        return next((each for each in self.revisions.values() if each.hindered and each.fails != steps.ALWAYS), None)

    def may_fail(self):
        """A procedure may break off, too."""
        return any(each.fails or each.kind == "call" for each in self.revisions.values())

    def known_facts(self):
        return {fact: name for name, each in self.revisions.items() for fact in each.facts}

    def conditions(self):
        return [name for name, each in self.revisions.items() if each.kind == "flaky"]

    def troubles(self):
        return [name for name, each in self.revisions.items() if each.fails == steps.ONCE]

    def write(self, folder):
        os.makedirs(folder)
        for revision in self.revisions.values():
            write_revision(folder, revision)


def write_revision(folder, revision):
    """Whole, or not at all, for whoever reads it meanwhile."""
    path = f"{folder}/{revision.name}.sql"
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(revision.text())
    os.replace(f"{path}.new", path)
