"""What an episode is to be: all that is decided, decided beforehand from the seed. Only its timing is the machine's."""
import dataclasses
import random

from graph import Graph

# What is done: to the daemon at work, its backend, its connection, the server, the neighbours.
FAULTS = ["kill", "stop", "terminate", "restart", "cut", "stall", "replicas", "lock", "alembic"]
FAULT_WEIGHTS = [12, 2, 2, 2, 2, 2, 2, 2, 3]
# When it is done: each of TARGETS is waited for; "any" is whatever happens then.
TARGETS = ["transaction", "commit", "build", "gap", "closing"]
# What only some graphs come to: who begins a revision without our lock, or has given it back, may find that somebody else
# has gone on.
RARE = ["reading", "unlocked"]
PHASES = [*TARGETS, *RARE, "any"]
PHASE_WEIGHTS = [3, 3, 3, 3, 3, 1, 2, 1]
UNLOCKING = ("lawless", "unlock", "discard")
REST = "rest"  # nothing is left to do: only a restart of the server
# COMMIT in flight: the answer does not come back, a deferred trigger is at work, a synchronous standby is not there.
COMMIT_WAYS = ["answer", "trigger", "standby"]

# What is at work outside a transaction, by the kinds of revisions that do such work.
BUILD_WAYS = {"index": ("index", "unique", "unnamed", "reindex", "mixed"), "detach": ("detach",), "call": ("call",)}


@dataclasses.dataclass
class Shot:
    fault: str
    phase: str
    way: str  # of PHASES' commit and build
    length_ms: int  # how long what has a length lasts
    after_ms: int  # phase any: how long after the last one
    choice: float  # which one of several
    lose: bool  # what is held back is lost, not late


@dataclasses.dataclass
class Script:
    graph: Graph
    daemons: int
    jobs: int
    max_message: str
    shots: list
    crash_at_rest: bool  # the server ends at once when all is told to be done
    mend_after: int  # shots, before a file that fails is mended; more than there are: when the faults have ended


def phases_of(graph):
    """What a graph can come to: phases, and their weights; ways to work outside a transaction."""
    kinds = {each.kind for each in graph.revisions.values()}
    builds = [way for way, of in BUILD_WAYS.items() if kinds & set(of)]
    weights = dict(zip(PHASES, PHASE_WEIGHTS))
    weights["build"] *= bool(builds)
    for phase in ("gap", "closing", "reading"):
        weights[phase] *= any(not each.transactional for each in graph.revisions.values())
    weights["unlocked"] *= bool(kinds & set(UNLOCKING))
    return weights, builds


def draw_shot(rng, weights, builds):
    phase = rng.choices(list(weights), list(weights.values()))[0]
    return Shot(fault=rng.choices(FAULTS, FAULT_WEIGHTS)[0], phase=phase,
                way=rng.choice(builds if phase == "build" else COMMIT_WAYS), length_ms=rng.randint(20, 300),
                after_ms=rng.randint(0, 400), choice=rng.random(), lose=rng.randrange(2) == 0)


def draw(seed, episode):
    rng = random.Random(f"{seed}/{episode}")
    graph = Graph(rng)
    weights, builds = phases_of(graph)
    shots = [draw_shot(rng, weights, builds) for _ in range(rng.randint(3, 7))]
    graph.add_for_neighbour(rng, sum(shot.fault == "alembic" for shot in shots))
    return Script(graph=graph, daemons=rng.choice([1, 2, 2, 3, 3, 4, 6]), jobs=rng.choice([0, 0, 0, 1, 2]),
                  max_message=rng.choice(["4MB", "4MB", "1kB"]), shots=shots, crash_at_rest=rng.randrange(3) == 0,
                  mend_after=rng.randint(1, 6))
