"""Another tool that applies the same revisions beside migrated, as Alembic does: it knows nothing of our lock, reads
the version rows, runs a revision, and writes the rows with Alembic's statements and its check that one row was hit.

In one thing it is more careful than Alembic: it locks the version table, as the server would when the rows are written,
before it reads them. Alembic inserts a branch's row unseen, and so applies a base twice when somebody applied it, and
its child, since the rows were read: nobody but Alembic could prevent that.
"""
import contextlib

import psycopg2

# What it can run: statements that go one by one and leave the session as it was.
RUNS = ("table", "bare", "slow", "alter", "commit", "large")


def next_revision(graph, rows):
    """The last that may come next, of those it can run: most likely not the one that a daemon is at; None."""
    applied = {name for row in rows for name in graph.lineage(row)}
    able = [revision for name, revision in graph.revisions.items()
            if name not in applied and set(revision.needs()) <= applied and revision.kind in RUNS
            and not revision.fails]
    return able[-1] if able else None


def changes(graph, rows, revision):
    """[(old row or None, new row or None)]: an UPDATE where one goes and one comes."""
    gone = sorted(set(rows) & set(revision.needs()))
    if not gone:
        return [(None, revision.name)]
    return [(row, None) for row in gone[1:]] + [(gone[0], revision.name)]


def read_rows(cursor):
    cursor.execute("SELECT version_num FROM public.alembic_version ORDER BY version_num")
    return [row[0] for row in cursor.fetchall()]


def write_row(cursor, old, new):
    if old is None:
        cursor.execute("INSERT INTO public.alembic_version (version_num) VALUES (%s)", (new,))
    elif new is None:
        cursor.execute("DELETE FROM public.alembic_version WHERE version_num = %s", (old,))
    else:
        cursor.execute("UPDATE public.alembic_version SET version_num = %s WHERE version_num = %s", (new, old))
    return cursor.rowcount == 1


def apply_one(server, database, graph):
    """The name of the revision that it applied, or None."""
    with contextlib.suppress(psycopg2.Error), contextlib.closing(server.connect(database)) as connection:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '700ms'")
            cursor.execute("LOCK TABLE public.alembic_version IN ROW EXCLUSIVE MODE")
            rows = read_rows(cursor)
            revision = next_revision(graph, rows)
            if revision is None:
                return None
            for statement in revision.statements:
                cursor.execute(statement)
            if all(write_row(cursor, *change) for change in changes(graph, rows, revision)):
                connection.commit()
                return revision.name
    return None
