"""What must hold, read in one snapshot and compared with the model. A violation is a sentence."""
import collections
import contextlib
import dataclasses

EFFECTS = """
SELECT 'effect', revision, part, count(*), array_agg(DISTINCT xmin::text) FROM public.effects GROUP BY revision, part
UNION ALL SELECT 'called', revision, part, count(*), NULL FROM public.called GROUP BY revision, part
UNION ALL SELECT 'vacuumed', relname, NULL, 1, NULL FROM pg_class
           WHERE relkind = 'r' AND relname ~ '^t_[0-9]+$' AND relnamespace = 'public'::regnamespace AND relpages > 0
UNION ALL SELECT CASE WHEN i.inhrelid IS NULL THEN 'detached' ELSE 'half detached' END, c.relname, NULL, 1, NULL
            FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
           WHERE c.relname ~ '^part_[0-9]+$' AND
                 (i.inhrelid IS NULL OR (to_jsonb(i) ->> 'inhdetachpending')::bool)
UNION ALL SELECT 'table', relname, NULL, 1, NULL FROM pg_class
           WHERE relkind = 'r' AND relname ~ '^t_[0-9]+$' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'column', attrelid::regclass::text, attname, 1, NULL FROM pg_attribute
           WHERE attname ~ '^c_[0-9]+$' AND NOT attisdropped AND attrelid::regclass::text ~ '^app_'
UNION ALL SELECT CASE WHEN indisvalid THEN 'index' ELSE 'invalid' END, c.relname, NULL, 1, NULL
            FROM pg_index JOIN pg_class c ON c.oid = indexrelid
           WHERE c.relname ~ '^(i|t)_[0-9]+' OR c.relname ~ '_ccnew' OR c.relname ~ '_ccold' OR NOT indisvalid
UNION ALL SELECT 'gone', 'old_' || n, NULL, 1, NULL FROM generate_series(0, 15) AS n
           WHERE to_regclass('public.old_' || n) IS NULL"""

HISTORY = """
SELECT revision, direction, outcome, sqlstate, message, xmin::text, duration IS NOT NULL
  FROM migrated.history ORDER BY id"""

JOURNAL = "SELECT revision, ordinal, state, xmin::text FROM migrated.journal ORDER BY id"


@dataclasses.dataclass
class Sight:
    """One snapshot of a database."""
    counts: dict  # fact: how often
    xids: dict  # revision: ids of the transactions that wrote its rows
    rows: list  # of the version table
    history: list
    known: set  # revisions of the stored graph
    journal: list


def look(server, database):
    with contextlib.closing(server.connect(database)) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        counts, xids = {}, {}
        cursor.execute(EFFECTS)
        for kind, name, part, count, ids in cursor.fetchall():
            counts[(kind, name, part) if part else (kind, name)] = count
            if ids:
                xids.setdefault(name, set()).update(ids)
        rows, history, known, journal = [], [], set(), []
        cursor.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL, "
                       "to_regclass('migrated.history') IS NOT NULL")
        has_rows, has_history = cursor.fetchone()
        if has_rows:
            cursor.execute("SELECT version_num FROM public.alembic_version")
            rows = sorted(row[0] for row in cursor.fetchall())
        if has_history:
            cursor.execute(HISTORY)
            history = cursor.fetchall()
            cursor.execute("SELECT revision FROM migrated.revision")
            known = {row[0] for row in cursor.fetchall()}
            cursor.execute(JOURNAL)
            journal = cursor.fetchall()
        return Sight(counts, xids, rows, history, known, journal)


def applied_by_history(sight):
    return {row[0] for row in sight.history if row[1:3] == ("upgrade", "applied")}


def whenever(graph, sight, by_alembic):
    """What holds in any snapshot, whatever is running or was killed."""
    applied = applied_by_history(sight)
    wrong = [f"{name}: applied by Alembic, and again" for name in sorted(applied & by_alembic)]
    applied |= by_alembic
    for name in applied - set(graph.revisions):
        wrong.append(f"history: {name} is no revision")
        applied.discard(name)
    for name, revision in graph.revisions.items():
        wrong += _effects(revision, sight, name in applied)
        wrong += _calls(revision, sight) if revision.kind == "call" else _order(revision, sight)
        if name not in by_alembic:
            wrong += _transactions(revision, sight)
        if name in applied and not graph.lineage(name) <= applied:
            wrong.append(f"{name} is applied before {sorted(graph.lineage(name) - applied)}")
        if name in applied and revision.hindered:
            wrong.append(f"{name} fails, yet it is applied")
    if set(sight.rows) != graph.heads(applied) or len(set(sight.rows)) != len(sight.rows):
        wrong.append(f"version rows {sight.rows}, by the effects {sorted(graph.heads(applied))}")
    wrong += _history(graph, sight)
    wrong += _journal(graph, sight)
    wrong += _strangers(graph, sight)
    if applied - by_alembic and not set(graph.revisions) <= sight.known:
        wrong.append(f"not in the stored graph: {sorted(set(graph.revisions) - sight.known)}")
    return wrong


def _effects(revision, sight, is_applied):
    wrong = []
    there = {fact: sight.counts.get(fact, 0) for fact in sorted(revision.facts)}
    for fact, count in there.items():
        if count > 1:
            wrong.append(f"{revision.name} ({revision.kind}): {fact} is there {count} times")
        if count == 0 and is_applied:
            wrong.append(f"{revision.name} ({revision.kind}): the history says applied, {fact} is not there")
        if count > 0 and not is_applied and revision.transactional:
            wrong.append(f"{revision.name} ({revision.kind}): not applied by the history, {fact} is there")
    return wrong


def _order(revision, sight):
    """Of a revision that goes statement by statement: what is done has all before it done, and nothing is there behind a
    statement that fails."""
    wrong, missing = [], set()
    for number, facts in enumerate(revision.order):
        there = {fact for fact in facts if fact in sight.counts}
        if there and missing:
            wrong.append(f"{revision.name} ({revision.kind}): {sorted(there)} before {sorted(missing)}")
        if there and revision.hindered and number >= revision.broken_at:
            wrong.append(f"{revision.name} ({revision.kind}): {sorted(there)} behind a statement that fails")
        missing |= facts - there
    return wrong


def _calls(revision, sight):
    """A procedure that commits as it goes is called once, and again only when a person says so."""
    ordinal = revision.ordinal_of_call()
    states = [row[2] for row in sight.journal if row[:2] == (revision.name, ordinal)]
    calls, starts = sight.counts.get(("called", revision.name, "begun"), 0), states.count("started")
    most = 1 + revision.redos
    wrong = [f"{revision.name}: called {calls} times, {revision.redos} times as a person said"] * (calls > most)
    if starts > most + states.count("failed"):
        wrong.append(f"{revision.name}: its CALL was started {starts} times: {states}")
    return wrong + _order(revision, sight)


def word_on(sight, name, ordinal):
    """The last word of the journal on a statement."""
    return next((row[2] for row in reversed(sight.journal) if row[:2] == (name, ordinal)), None)


BROKE_OFF = ("nothing in the catalog tells whether it was done", "commits as it goes, and broke off")


def failures(sight, name):
    """What the history says of it, oldest first."""
    return [row[4] for row in sight.history if row[0] == name and row[2] == "failed"]


def _may_have_failed(revision, sight, message):
    """What passes is tried again, and is no failure."""
    if revision.kind == "call" and any(words in message for words in BROKE_OFF):
        return any(row[:3] == (revision.name, revision.ordinal_of_call(), "started") for row in sight.journal)
    return bool(revision.fails)


def _transactions(revision, sight):
    committed = {row[5] for row in sight.history if row[:3] == (revision.name, "upgrade", "applied")}
    if revision.transactional and sight.xids.get(revision.name, committed) != committed:
        return [f"{revision.name}: its rows and its history row are of different transactions"]
    return []


def _history(graph, sight):
    wrong, seen = [], set()
    for name, direction, outcome, sqlstate, message, _, timed in sight.history:
        if outcome == "applied":
            if name in seen:
                wrong.append(f"history: {name} is applied twice")
            seen.add(name)
            if direction != "upgrade" or sqlstate is not None:
                wrong.append(f"history: {name} applied, direction {direction}, SQLSTATE {sqlstate}")
            if not timed and graph.revisions[name].transactional:
                wrong.append(f"history: {name} has no duration")
        elif outcome == "failed":
            if not _may_have_failed(graph.revisions[name], sight, message):
                wrong.append(f"history: {name} failed, which it never does: {sqlstate} {message}")
        elif outcome != "cancelled":
            wrong.append(f"history: {name} {outcome}")
    return wrong


def _journal(graph, sight):
    """Of each statement one `done`, none behind the end, and in the transaction that wrote what it has written: a second
    DROP or REINDEX shows only here."""
    wrong = []
    ends = {row[0]: row[5] for row in sight.history if row[1:3] == ("upgrade", "applied")}
    for name in {row[0] for row in sight.journal} | set(graph.revisions):
        rows = [row[1:] for row in sight.journal if row[0] == name]
        done = collections.Counter(ordinal for ordinal, state, _ in rows if state == "done")
        wrong += [f"journal: statement {ordinal} of {name} is done {count} times" for ordinal, count in done.items()
                  if count > 1]
        stepwise = name in graph.revisions and not graph.revisions[name].transactional
        end = [ends[name]] if stepwise and name in ends else []
        if [xid for _, state, xid in rows if state == "closed"] != end or (end and rows[-1][1] != "closed"):
            wrong.append(f"journal: {name} does not end with its history row: {rows}")
        if stepwise and not sight.xids.get(name, set()) <= {xid for _, state, xid in rows if state == "done"}:
            wrong.append(f"journal: {name} has rows of other transactions than those that note them")
        if rows and not stepwise:
            wrong.append(f"journal: {name} runs in a transaction, and has {rows}")
    return wrong


# Of what is under way, or was broken off and comes right by itself.
TRANSIENT = ("invalid", "half detached")


def _strangers(graph, sight):
    """Effects that no revision explains."""
    known = graph.known_facts()
    return [f"{fact} is there, and no revision makes it" for fact in sight.counts
            if fact not in known and fact[0] not in TRANSIENT and "_cc" not in fact[1]
            and not (fact[0] == "called" and fact[2] == "begun")]


def at_the_end(graph, sight, by_alembic):
    """What holds besides once the faults have stopped and the daemons are at rest."""
    wrong = whenever(graph, sight, by_alembic)
    applied, failing = applied_by_history(sight) | by_alembic, graph.failing()
    missing = set(graph.revisions) - applied
    if failing is None and missing:
        wrong.append(f"not applied: {sorted(missing)}")
    if failing is not None and not any(row[0] == failing and row[2] == "failed" for row in sight.history):
        wrong.append(f"{failing} failed, and the history does not tell")
    wrong += [f"{fact} was left behind" for fact in sight.counts if fact[0] in TRANSIENT or "_cc" in fact[1]]
    return wrong
