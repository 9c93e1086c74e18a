#!/usr/bin/python3
"""Compares our revision graph with Alembic's own, command by command.

Random graphs (branches, merges, depends_on, labels, several bases) are written as real revision files and loaded by
alembic.script.ScriptDirectory; the same graphs go to oracle_driver. Both then run the same commands, each from the
version rows that Alembic left behind before. Alembic's rows are kept by its own HeadMaintainer in a real
alembic_version table (sqlite). Demanded is: the same rows afterwards, the same revisions executed in an order that is
valid, the same revisions listed, or a refusal of the same class.

    compare.py DRIVER [--seed N] [--graphs N] [--only GRAPH] [--verbose]

The seed and the number of graphs may also come from ORACLE_SEED and ORACLE_GRAPHS. Exit status 1 on any difference;
each is printed with what reproduces it.
"""

import argparse
import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

import alembic
import sqlalchemy
from alembic.runtime import migration
from alembic.script import ScriptDirectory
from alembic.script import base as script
from alembic.script import revision as alembic_revision
from alembic.util import CommandError

SHOWN = 5  # differences printed in full
COMMANDS = 36  # for each graph

# ---- known differences between the installed Alembic and the one that we follow (1.19) ------------------------------
#
# 1. Before 1.12.1 a downgrade over a merge whose one parent is an ancestor of the other left both as rows (Alembic's
#    issue 1373). Alembic's later code is put in the place of its old; commands whose rows this changes are counted.
#
# 2. Where a parent of a revision is also an ancestor of another of its parents and there are other rows, Alembic's rows
#    after a downgrade depend on the order of independent steps, which in turn depends on its sets. Such a difference is
#    accepted, and counted, only if Alembic's own arithmetic over the steps in our order gives exactly our rows.
#
# 3. Before 1.10 revision files were loaded in the order of the directory, now in the order of their names. The latter is
#    put in place of the former; results hardly ever depend on it.
#
# There is no other. Where Alembic crashes instead of refusing (AssertionError, KeyError ...) there is nothing to compare;
# such commands are counted.

fixed_steps = 0  # calls whose answer is not that of the installed Alembic


def version_tuple(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def backport_1373():
    old = migration.RevisionStep._unmerge_to_revisions

    def _unmerge_to_revisions(self, heads):
        global fixed_steps
        result = old(self, heads)
        if set(heads) - {self.revision.revision}:
            return result
        covered = {
            ancestor.revision
            for to_revision in self.to_revisions
            for ancestor in self.revision_map._get_ancestor_nodes(
                self.revision_map.get_revisions(to_revision), check=False
            )
            if ancestor.revision != to_revision
        }
        fixed = tuple(set(result) - covered)
        fixed_steps += set(fixed) != set(result)
        return fixed

    migration.RevisionStep._unmerge_to_revisions = _unmerge_to_revisions


def load_in_order_of_names():
    old = script.Script._list_py_dir
    script.Script._list_py_dir = classmethod(lambda cls, *arguments: sorted(old(*arguments)))


# ---- graphs ----------------------------------------------------------------------------------------------------------


class Revision:
    def __init__(self, id_, parents, depends_on, labels):
        self.id, self.parents, self.depends_on, self.labels = id_, parents, depends_on, labels

    def as_line(self):
        lists = (",".join(names) or "-" for names in (self.parents, self.depends_on, self.labels))
        return "\t".join(["rev", self.id, *lists])


class Graph:
    """Revisions, parents first."""

    def __init__(self, revisions):
        self.revisions = revisions
        self.by_id = {revision.id: revision for revision in revisions}
        self.by_label = {label: revision for revision in revisions for label in revision.labels}
        self.down, self.all = {}, {}  # ancestors, the revision included
        for revision in revisions:
            self.down[revision.id] = {revision.id}.union(*(self.down[p] for p in revision.parents))
            self.all[revision.id] = {revision.id}.union(*(self.all[p] for p in self.edges(revision)))

    def edges(self, revision):
        return set(revision.parents) | {self.dependency(name) for name in revision.depends_on}

    def dependency(self, name):
        return name if name in self.by_id else self.by_label[name].id

    def has_merges(self):
        return any(len(revision.parents) > 1 for revision in self.revisions)

    def depends_across(self):
        return any(
            self.dependency(name) not in self.down[revision.id]
            for revision in self.revisions
            for name in revision.depends_on
        )

    def names(self):
        return list(self.by_id) + list(self.by_label)


def random_ids(rng, count):
    style = rng.choice(("hex", "hex", "crowded", "numbered", "short"))
    ids = []
    while len(ids) < count:
        number = len(ids) + 1
        id_ = {
            "hex": lambda: "%012x" % rng.getrandbits(48),
            "crowded": lambda: rng.choice(("aaaa", "aaab", "bbb")) + "%02x" % rng.getrandbits(8),
            "numbered": lambda: "%04d_step" % number if rng.random() < 0.5 else "%04d" % number,
            "short": lambda: rng.choice("abcdef") + "%d" % rng.randrange(100),
        }[style]()
        if id_ not in ids:
            ids.append(id_)
    return ids


def random_parents(rng, ids, revisions, merge):
    if not ids or rng.random() < 0.12:
        return []
    named = {parent for revision in revisions for parent in revision.parents}
    tips = [id_ for id_ in ids if id_ not in named] or ids
    pool = tips if rng.random() < 0.75 else ids
    if merge and len(ids) > 1 and rng.random() < 0.4:
        pool = tips if len(tips) > 1 and rng.random() < 0.92 else ids
        return rng.sample(pool, min(len(pool), rng.choice((2, 2, 2, 3))))
    return [rng.choice(pool)]


def random_graph(rng):
    count = rng.choice((rng.randint(1, 5), rng.randint(4, 12), rng.randint(8, 18), rng.randint(10, 20)))
    merge, depend, label = (rng.random() < 0.9 for _ in range(3))
    ids, revisions, labels = random_ids(rng, count), [], []
    for index, id_ in enumerate(ids):
        before = ids[:index]
        depends_on = []
        if depend and before and rng.random() < 0.3:
            pool = before + labels if rng.random() < 0.3 else before
            depends_on = rng.sample(pool, min(len(pool), rng.choice((1, 1, 1, 2, 3))))
        own = []
        if label and rng.random() < 0.25:
            stem = rng.choice(("lab", "branch", "aaaa", "x"))
            own = ["%s%s" % (stem, chr(ord("k") + len(labels)))]
            if rng.random() < 0.2:
                own.append("other%s" % chr(ord("k") + len(labels)))
        revisions.append(Revision(id_, random_parents(rng, before, revisions, merge), depends_on, own))
        labels += own
    return Graph(revisions)


# ---- commands --------------------------------------------------------------------------------------------------------


class Commands:
    """Random commands; how wild they are is steered so that between 20 and 60 of 100 are refused."""

    def __init__(self, rng):
        self.rng, self.total, self.refused = rng, 0, 0

    def wild(self):
        share = self.refused / self.total if self.total > 50 else 0.4
        return self.rng.random() < (0.75 if share < 0.32 else 0.3 if share > 0.45 else 0.5)

    def prefix(self, name):
        return name[: self.rng.randint(1, len(name))]

    def name(self, graph):
        rng = self.rng
        name = rng.choice(graph.names())
        if self.wild():
            return rng.choice((self.prefix(name), self.prefix(name), "nosuch", name + "0", name))
        return name if rng.random() < 0.7 else self.prefix(name)

    def label(self, graph):
        rng = self.rng
        if graph.by_label and rng.random() < 0.75:
            return rng.choice(list(graph.by_label))
        return self.name(graph) if rng.random() < 0.9 else rng.choice(("head", "heads", "base"))

    def steps(self):
        return self.rng.choice((1, 1, 1, 2, 2, 3, 5, 0, 30))

    def target(self, graph, command):
        rng = self.rng
        forms = {
            "upgrade": "n n n n heads heads heads head +N +N X+N X-N L@head L@heads L@+N L@X L@X+N L@X-N".split(),
            "downgrade": "n n n n base base -N -N -N X+N X-N L@base L@-N L@-N L@X L@head head L@X+N L@X-N".split(),
        }[command]
        odd = "heads head base +N -N X+N X-N L@head L@heads L@base L@+N L@-N L@X L@X+N L@X-N a:b".split()
        form = rng.choice(odd if self.wild() else forms)
        return self.spell(form, graph)

    def spell(self, form, graph):
        text = form.replace("L", self.label(graph)) if "L" in form else form
        label, at, rest = text.rpartition("@")
        if rest.startswith("X") or rest == "n":
            symbol = self.name(graph) if self.rng.random() < 0.85 else self.rng.choice(("head", "base", "heads"))
            rest = symbol + rest[1:]
        if rest.endswith("N") and rest[-2] in "+-":
            rest = rest[:-1] + str(self.steps())
        return label + at + rest

    def side(self, graph):
        forms = "n n n n current current head heads base -N L@head L@base L@X L@-N".split()
        form = self.rng.choice(forms) if self.rng.random() < 0.7 else ""
        return self.spell(form, graph) if form not in ("", "current") else form

    def upper_side(self, graph):
        if self.rng.random() < 0.2:
            return self.spell(self.rng.choice("+N L@+N X+N X-N -N".split()), graph)
        return self.side(graph)

    def command(self, graph):
        rng = self.rng
        word = rng.choices(
            ("upgrade", "downgrade", "stamp", "purge", "current", "history", "show", "heads", "realheads"),
            (40, 32, 10, 2, 5, 10, 4, 1, 1),
        )[0]
        if word in ("upgrade", "downgrade"):
            return word, self.target(graph, word)
        if word in ("stamp", "purge"):
            form = lambda: self.spell(rng.choice("n n n heads head base L@head L@X L@base -N".split()), graph)
            return word, ",".join(form() for _ in range(rng.choice((1, 1, 1, 2))))
        if word == "history":
            return word, rng.choice(("-", self.side(graph) + ":" + self.upper_side(graph)))
        if word == "show":
            return word, self.target(graph, "upgrade")
        return word, "-"

    def odd_rows(self, graph, rows):
        """Rows as somebody else may have left them: unknown ones, overlapping ones."""
        rng = self.rng
        if rng.random() < 0.5:
            return [*rows, "gone"]
        id_ = rng.choice(list(graph.by_id))
        return sorted({id_, rng.choice(list(graph.all[id_]))})


# ---- Alembic's side --------------------------------------------------------------------------------------------------

CLASSES = (
    # class, Alembic's words, ours
    ("unknown", r"No such (revision or )?branch|No such revision", r"can't locate revision|no such branch"),
    ("ambiguous", r"Multiple revisions start with", r"multiple revisions start with"),
    ("multiple_heads", r"Multiple heads are present", r"multiple head revisions are present"),
    ("branch", r"is not a member of branch", r"is not a member of branch"),
    ("walk", r"Ambiguous walk", r"ambiguous walk"),
    ("several_rows", r"Ambiguous upgrade from multiple", r"ambiguous upgrade from multiple"),
    ("too_far", r"didn't produce|Walked too far", r"didn't produce|walked too far"),
    ("overlap", r"overlaps with", r"overlaps with"),
    ("not_active", r"is not an ancestor of|Not a valid downgrade", r"is not a valid downgrade|not a valid downgrade"),
    ("not_active", r"is not an ancestor of", r"does not refer to ancestor"),
    ("range", r"Range revision not allowed|History range", r"range revision not allowed|history range"),
)


def classify(message, column):
    for row in CLASSES:
        if re.search(row[column], message):
            return row[0]
    return "unclassified: " + message


class Crash(Exception):
    """Alembic failed with an internal error."""


class Refusal(Exception):
    pass


class RowsOnly(migration.HeadMaintainer):
    """HeadMaintainer without a table."""

    def _insert_version(self, version):
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        self.heads.remove(from_)
        self.heads.add(to_)


class AlembicSide:
    def __init__(self, connection, folder, graph):
        self.connection = connection
        versions = os.path.join(folder, "versions")
        os.makedirs(versions)
        for index, revision in enumerate(graph.revisions):
            with open(os.path.join(versions, "%04d_%s.py" % (index, revision.id)), "w") as file:
                file.write(
                    "revision = %r\ndown_revision = %r\ndepends_on = %r\nbranch_labels = %r\n"
                    "def upgrade(): pass\ndef downgrade(): pass\n"
                    % (
                        revision.id,
                        tuple(revision.parents) or None,
                        tuple(revision.depends_on) or None,
                        tuple(revision.labels) or None,
                    )
                )
        self.script = ScriptDirectory(folder, version_locations=[versions])
        self.script.revision_map._revision_map

    @contextlib.contextmanager
    def refusals(self):
        try:
            yield
        except CommandError as error:
            raise Refusal(str(error.__cause__ or error)) from error
        except alembic_revision.RevisionError as error:
            raise Refusal(str(error)) from error
        except (AssertionError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
            raise Crash("%s: %s" % (type(error).__name__, error)) from error

    def set_rows(self, rows):
        self.connection.execute(sqlalchemy.text("DELETE FROM alembic_version"))
        for row in rows:
            self.connection.execute(sqlalchemy.text("INSERT INTO alembic_version VALUES ('%s')" % row))

    def rows(self):
        return [row[0] for row in self.connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))]

    def run(self, function, purge=False):
        """Through MigrationContext, as the commands do; the ids of the steps that ran."""
        ran = []

        def note(ctx, step, heads, run_args):
            if step.is_migration:
                ran.append(step.up_revision_id)

        options = {"fn": function, "script": self.script, "purge": purge, "on_version_apply": [note]}
        context = migration.MigrationContext.configure(connection=self.connection, opts=options)
        context.run_migrations()
        return ran

    def rows_in_order(self, rows, word, steps):
        """Alembic's arithmetic of the version rows over steps in an order of ours."""
        maintainer = RowsOnly(None, rows)
        make = getattr(migration.MigrationStep, word + "_from_script")
        for id_ in steps:
            maintainer.update_to_step(make(self.script.revision_map, self.script.get_revision(id_)))
        return maintainer.heads

    def migrate(self, word, target):
        if ":" in target:
            raise CommandError("Range revision not allowed")
        plan = self.script._upgrade_revs if word == "upgrade" else self.script._downgrade_revs
        return self.run(lambda rows, context: plan(target, rows))

    def stamp(self, word, targets):
        self.run(lambda rows, context: self.script._stamp_revs(tuple(targets.split(",")), rows), word == "purge")
        return []

    def history(self, range_):
        base = head = ""
        if range_ != "-":
            base, head = range_.split(":")
        rows = tuple(self.rows())
        if head == "current":
            head = rows
        elif base == "current":
            base = rows
        return [found.revision for found in self.script.walk_revisions(base=base or "base", head=head or "heads")]

    def listing(self, word, argument):
        if word == "history":
            return self.history(argument)
        if word == "show":
            return [found.revision for found in self.script.get_revisions(argument)]
        if word == "current":
            return [found.revision for found in self.script.get_all_current(tuple(self.rows()))]
        if word == "realheads":
            return [found.revision for found in self.script.get_revisions("heads")]
        return self.script.get_heads()

    def answer(self, word, argument):
        """Rows or nodes, and the steps that ran."""
        with self.refusals():
            if word in ("upgrade", "downgrade"):
                steps = self.migrate(word, argument)
                return self.rows(), steps
            if word in ("stamp", "purge"):
                return self.stamp(word, argument) or self.rows(), []
            return self.listing(word, argument), []


# ---- our side --------------------------------------------------------------------------------------------------------


class OurSide:
    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, bufsize=1
        )

    def send(self, *fields):
        self.process.stdin.write("\t".join(fields) + "\n")

    def receive(self):
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("oracle_driver died with status %s" % self.process.wait())
        return line.rstrip("\n").split("\t")

    def load(self, graph):
        self.send("graph")
        for revision in graph.revisions:
            self.process.stdin.write(revision.as_line() + "\n")
        self.send("end")
        reply = self.receive()
        if reply != ["ok"]:
            sys.exit("our side finds faults in a sound graph: %s" % reply)

    def answer(self, rows, word, argument):
        self.send("rows", ",".join(rows) or "-")
        self.send(word, argument)
        reply = self.receive()
        if reply[0] == "refused":
            raise Refusal(reply[2])
        return tuple(field.split(",") if field != "-" else [] for field in reply[1:3])


# ---- comparing -------------------------------------------------------------------------------------------------------


def is_ordered(graph, ids, newest_first):
    """No revision before one that it stands on (or behind, when newest come first)."""
    if len(set(ids)) != len(ids):
        return False
    ids = list(reversed(ids)) if newest_first else ids
    place = {id_: index for index, id_ in enumerate(ids)}
    return all(place[below] <= place[id_] for id_ in ids for below in graph.all[id_] if below in place)


def differences(graph, word, theirs, ours):
    """What is wrong with our answer, as a text, or None. Answers are Refusals or pairs of lists."""
    if isinstance(theirs, Refusal) or isinstance(ours, Refusal):
        if not isinstance(theirs, Refusal):
            return "only we refuse: %s" % ours
        if not isinstance(ours, Refusal):
            return "only Alembic refuses: %s" % theirs
        classes = classify(str(theirs), 1), classify(str(ours), 2)
        return None if classes[0] == classes[1] else "refusals differ: %s (%s), ours %s (%s)" % (
            classes[0], theirs, classes[1], ours)
    if sorted(theirs[0]) != sorted(ours[0]):
        return "Alembic has %s, we have %s" % (sorted(theirs[0]), sorted(ours[0]))
    if sorted(theirs[1]) != sorted(ours[1]):
        return "Alembic runs %s, we run %s" % (theirs[1], ours[1])
    if not is_ordered(graph, ours[1], word == "downgrade"):
        return "our order is not topological: %s" % ours[1]
    if word == "history" and not is_ordered(graph, ours[0], True):
        return "our order is not newest first: %s" % ours[0]
    return None


def depends_on_order(alembic_side, rows, word, theirs, ours):
    """Known difference 2."""
    if word != "downgrade" or isinstance(theirs, Refusal) or isinstance(ours, Refusal):
        return False
    if sorted(theirs[1]) != sorted(ours[1]):
        return False
    return alembic_side.rows_in_order(rows, word, ours[1]) == set(ours[0])


class Totals:
    def __init__(self):
        self.graphs = self.both = self.commands = self.refused = self.crashes = self.different = self.fixed = self.by_order = 0
        self.classes = {}


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Refusal as refusal:
        return refusal


def report(totals, options, index, graph, rows, command, text):
    totals.different += 1
    if totals.different > SHOWN:
        return
    print("graph %d of seed %d (--seed %d --only %d):" % (index, options.seed, options.seed, index))
    for revision in graph.revisions:
        print("    " + revision.as_line().replace("\t", "  "))
    print("  rows %s, %s %s: %s\n" % (",".join(rows) or "-", command[0], command[1], text))


def compare_graph(index, options, connection, ours, commands, totals):
    rng = commands.rng
    graph = random_graph(rng)
    folder = tempfile.mkdtemp(prefix="oracle-", dir=options.scratch)
    try:
        theirs = AlembicSide(connection, folder, graph)
        ours.load(graph)
        totals.graphs += 1
        totals.both += graph.has_merges() and graph.depends_across()
        rows = []
        for _ in range(COMMANDS):
            before = commands.odd_rows(graph, rows) if rng.random() < 0.06 else rows
            command = commands.command(graph)
            rows = compare_command(index, options, graph, theirs, ours, before, command, commands, totals) or rows
    finally:
        shutil.rmtree(folder)


def compare_command(index, options, graph, theirs, ours, rows, command, commands, totals):
    """The rows afterwards, None if they are as before."""
    fixed_before = fixed_steps
    theirs.set_rows(rows)
    rows = theirs.rows()
    our_answer = attempt(ours.answer, rows, *command)
    try:
        their_answer = attempt(theirs.answer, *command)
    except Crash as crash:
        totals.crashes += 1
        if options.verbose:
            print("crash: rows %s, %s %s: %s; ours: %s" % (rows, *command, crash, our_answer))
        return None

    totals.commands += 1
    totals.fixed += fixed_steps > fixed_before
    commands.total += 1
    if isinstance(their_answer, Refusal):
        commands.refused += 1
        totals.refused += 1
        word = classify(str(their_answer), 1)
        totals.classes[word] = totals.classes.get(word, 0) + 1
    text = differences(graph, command[0], their_answer, our_answer)
    if text is not None and depends_on_order(theirs, rows, command[0], their_answer, our_answer):
        totals.by_order += 1
    elif text is not None:
        report(totals, options, index, graph, rows, command, text)
    if isinstance(their_answer, Refusal) or command[0] not in ("upgrade", "downgrade", "stamp", "purge"):
        return None
    return their_answer[0]


def is_weak(totals):
    """Whether the run proves too little: graphs or commands that are all of one kind."""
    if totals.graphs < 100:
        return False
    shares = totals.both / totals.graphs, totals.refused / max(1, totals.commands)
    if shares[0] >= 0.3 and 0.2 <= shares[1] <= 0.6:
        return False
    print("too few graphs with merges and depends_on across branches, or too few or many refusals")
    return True


def parse_options():
    parser = argparse.ArgumentParser(description="compare our revision graph with Alembic's own")
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--graphs", type=int, default=int(os.environ.get("ORACLE_GRAPHS", "500")))
    parser.add_argument("--only", type=int, help="this one graph of the seed")
    parser.add_argument("--scratch", help="folder for the revision files")
    parser.add_argument("--verbose", action="store_true", help="Alembic's crashes too, and the classes of refusals")
    return parser.parse_args()


def main():
    options = parse_options()
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    if version_tuple(alembic.__version__) < (1, 12, 1):
        backport_1373()
        load_in_order_of_names()

    totals, ours = Totals(), OurSide(options.driver)
    indexes = range(options.graphs) if options.only is None else [options.only]
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        for index in indexes:
            commands = Commands(random.Random("%d/%d" % (options.seed, index)))
            compare_graph(index, options, connection, ours, commands, totals)
    ours.process.stdin.close()
    ours.process.wait()

    if options.verbose:
        print("refusals: %s" % ", ".join("%s %d" % item for item in sorted(totals.classes.items())))
    print(
        "Alembic %s, seed %d: %d graphs (%d %% with merges and depends_on across branches), %d commands, "
        "%d %% refused, %d crashes of Alembic, %d downgrades as fixed in 1.12.1, %d by order of steps, %d mismatches"
        % (
            alembic.__version__, options.seed, totals.graphs, 100 * totals.both // max(1, totals.graphs),
            totals.commands, 100 * totals.refused // max(1, totals.commands), totals.crashes, totals.fixed,
            totals.by_order, totals.different,
        )
    )
    failed = totals.different > 0 or ours.process.returncode != 0 or is_weak(totals)
    print("oracle: %d passed, %d failed" % (totals.graphs - min(totals.different, totals.graphs), max(totals.different, failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
