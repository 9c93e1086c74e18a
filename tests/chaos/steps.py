"""Kinds of revisions that run statement by statement: what each statement is, and what must be there once it is done."""
import collections

from server import PARTITIONS

Step = collections.namedtuple("Step", "statement facts")
MENDED = "mended"  # its file is wrong until a person has mended it
ONCE = "once"  # something else is wrong until a person has set it right
ALWAYS = "always"
DIVIDES_BY_ZERO = "SELECT 1 / (SELECT count(*) - count(*) FROM pg_catalog.pg_class);"


def once(revision, part):
    return Step(f"INSERT INTO public.effects VALUES ('{revision.name}', '{part}');",
                {("effect", revision.name, str(part))})


def build(name, number, unique=""):
    return Step(f"CREATE {unique}INDEX CONCURRENTLY {name} ON public.big ((id + {1000 + number}));", {("index", name)})


def trouble(name):
    """Refused, as no try will mend, while a row stands in `troubles`."""
    return "\n".join(["DO $$ BEGIN", f"    IF EXISTS (SELECT FROM public.troubles WHERE revision = '{name}') THEN",
                      "        RAISE 'set it right first';", "    END IF;", "END $$;"])


# ---- the kinds: each gives the statements of one revision ----


def index(rng, graph, revision, number):
    return [build(f"i_{number}", number)]


def unique(rng, graph, revision, number):
    return [build(f"i_{number}", number, "UNIQUE ")]


def unnamed(rng, graph, revision, number):
    """PostgreSQL gives it a name, and would give another one another name."""
    return [Step(f"CREATE TABLE t_{number} (v_{number} int);", {("table", f"t_{number}")}),
            Step(f"CREATE INDEX CONCURRENTLY ON t_{number} (v_{number});", {("index", f"t_{number}_v_{number}_idx")})]


def drop(rng, graph, revision, number):
    name = f"old_{graph.free_indexes.pop(rng.randrange(len(graph.free_indexes)))}"
    return [Step(f"DROP INDEX CONCURRENTLY {name};", {("gone", name)})]


def reindex(rng, graph, revision, number):
    return [once(revision, 1), Step("REINDEX INDEX CONCURRENTLY kept;", set())]


def mixed(rng, graph, revision, number):
    return [once(revision, 1), build(f"i_{number}", number), once(revision, 2),
            Step(f"SELECT pg_sleep({rng.uniform(0.01, 0.1):.3f});", set()), once(revision, 3)]


def call(rng, graph, revision, number):
    """A procedure that commits as it goes. Where it broke off, only a person can tell."""
    return [once(revision, 1),
            Step(f"CALL public.fill('{revision.name}', {rng.uniform(0.1, 0.4):.3f});",
                 {("called", revision.name, "1"), ("called", revision.name, "2")}),
            once(revision, 2)]


def vacuum(rng, graph, revision, number):
    return [Step(f"CREATE TABLE t_{number} AS SELECT 1 AS id;", {("table", f"t_{number}")}),
            Step(f"VACUUM t_{number};", {("vacuumed", f"t_{number}")}), once(revision, 1)]


def detach(rng, graph, revision, number):
    name = f"part_{graph.free_partitions.pop(rng.randrange(len(graph.free_partitions)))}"
    return [once(revision, 1),
            Step(f"ALTER TABLE parts DETACH PARTITION {name} CONCURRENTLY;", {("detached", name)}), once(revision, 2)]


def unlock(rng, graph, revision, number, statement="SELECT pg_advisory_unlock_all();"):
    """Gives our lock back, at its end too: from there on somebody else may go on."""
    steps = [once(revision, part) for part in (1, 2, 3)]
    steps.insert(rng.randint(1, 3), Step(statement, set()))
    return steps


def discard(rng, graph, revision, number):
    return unlock(rng, graph, revision, number, "DISCARD ALL;")


KINDS = {each.__name__: each for each in (index, unique, unnamed, drop, reindex, mixed, call, vacuum, detach, unlock,
                                          discard)}
NEED_HEADER = ("call", "unlock", "discard")


def free_partitions():
    return list(range(PARTITIONS))


# ---- what fails ----


def broken_step(rng, revision, number, how):
    """(what fails, what stands there once it is mended)."""
    if how == ONCE:
        return trouble(revision.name), None
    if not revision.transactional and rng.randrange(2) == 0:  # leaves an invalid index, which must go
        name = f"i_{number}_b"
        return (f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON public.big ((id / 2));",
                Step(f"CREATE INDEX CONCURRENTLY {name} ON public.big ((id / 2));", {("index", name)}))
    return DIVIDES_BY_ZERO, once(revision, "mended")
