"""Random graphs of revisions, and the independent model: what each one's effect is, what may be applied when.

Nothing here asks migrated: the heads, the ancestors and the effects are computed from the graph as it was drawn.
"""
import dataclasses
import os

from server import APP_TABLES, OLD_INDEXES

TRANSACTIONAL = ["table", "bare", "slow", "alter", "commit", "copy", "lawless", "large", "flaky"]
WEIGHTS = [2, 3, 8, 3, 6, 1, 1, 1, 1]
# With statements that cannot run in a transaction.
STEPWISE = ["index", "unique", "unnamed", "drop", "reindex", "mixed"]


@dataclasses.dataclass
class Revision:
    name: str
    kind: str
    parents: list
    depends_on: list
    statements: list = dataclasses.field(default_factory=list)
    facts: set = dataclasses.field(default_factory=set)  # what must be there once it is applied
    transactional: bool = True
    fails: bool = False

    def needs(self):
        return self.parents + self.depends_on

    def text(self):
        lines = [f"-- revision: {self.name}", f"-- down_revision: {', '.join(self.parents) or 'none'}"]
        if self.depends_on:
            lines.append(f"-- depends_on: {', '.join(self.depends_on)}")
        return "\n".join([*lines, f"-- message: {self.kind}", "", "-- migrated:up", *self.statements, ""])


class Graph:
    def __init__(self, rng, for_neighbour=0):
        """`for_neighbour`: so many bases more, which daemons come to last: mostly there when another tool looks."""
        self.revisions = {}
        self.free_indexes = list(range(OLD_INDEXES))
        failing = rng.randrange(20) < 3
        linear = rng.randrange(10) < 3
        size = rng.randint(5, 16)
        for number in range(size):
            parents, depends_on = ([], []) if number == 0 else self._edges(rng, linear)
            if rng.randrange(10) < 4:
                kind = rng.choice(STEPWISE)
            else:
                kind = rng.choices(TRANSACTIONAL, WEIGHTS)[0]
            revision = Revision(f"{rng.getrandbits(24):06x}_{number}", kind, parents, depends_on)
            self._write(rng, revision, number)
            self.revisions[revision.name] = revision
        if failing:
            self._break(list(self.revisions.values())[rng.randrange(size // 2, size)])
        for number in range(size, size + for_neighbour):
            revision = Revision(f"z_{number}", "bare", [], [])
            self._write(rng, revision, number)
            self.revisions[revision.name] = revision

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

    def _write(self, rng, revision, number):
        once = f"INSERT INTO public.effects VALUES ('{revision.name}', '%s');"
        revision.facts.add(("effect", revision.name, "1"))
        getattr(self, f"_{revision.kind}")(rng, revision, number, once)

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

    def _stepwise(self, revision, statements, *facts):
        revision.transactional = False
        revision.statements = statements
        revision.facts = set(facts)

    def _index(self, rng, revision, number, once, unique=""):
        self._stepwise(revision, [f"CREATE {unique}INDEX CONCURRENTLY i_{number} ON big ((id + {1000 + number}));"],
                       ("index", f"i_{number}"))

    def _unique(self, rng, revision, number, once):
        self._index(rng, revision, number, once, "UNIQUE ")

    def _unnamed(self, rng, revision, number, once):
        """PostgreSQL gives it a name, and would give another one another name."""
        self._stepwise(revision, [f"CREATE TABLE t_{number} (v_{number} int);",
                                  f"CREATE INDEX CONCURRENTLY ON t_{number} (v_{number});"],
                       ("table", f"t_{number}"), ("index", f"t_{number}_v_{number}_idx"))

    def _drop(self, rng, revision, number, once):
        index = self.free_indexes.pop(rng.randrange(len(self.free_indexes)))
        self._stepwise(revision, [f"DROP INDEX CONCURRENTLY old_{index};"], ("gone", f"old_{index}"))

    def _reindex(self, rng, revision, number, once):
        self._stepwise(revision, [once % 1, "REINDEX INDEX CONCURRENTLY kept;"], ("effect", revision.name, "1"))

    def _mixed(self, rng, revision, number, once):
        self._stepwise(revision, [once % 1, f"CREATE INDEX CONCURRENTLY i_{number} ON big ((id + {1000 + number}));",
                                  once % 2, f"SELECT pg_sleep({rng.uniform(0.01, 0.1):.3f});", once % 3],
                       ("effect", revision.name, "1"), ("effect", revision.name, "2"),
                       ("effect", revision.name, "3"), ("index", f"i_{number}"))

    @staticmethod
    def _break(revision):
        if revision.transactional:
            revision.fails = True
            revision.statements.append("SELECT 1 / (SELECT count(*) - count(*) FROM pg_catalog.pg_class);")

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
        return next((name for name, each in self.revisions.items() if each.fails), None)

    def known_facts(self):
        return {fact: name for name, each in self.revisions.items() for fact in each.facts}

    def conditions(self):
        return [name for name, each in self.revisions.items() if each.kind == "flaky"]

    def write(self, folder):
        os.makedirs(folder)
        for name, revision in self.revisions.items():
            with open(f"{folder}/{name}.sql", "w", encoding="utf-8") as file:
                file.write(revision.text())
