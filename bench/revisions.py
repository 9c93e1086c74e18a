"""The same revisions as migrated's files, as one script for psql, and as a project of Alembic."""
import os

ALEMBIC_INI = "[alembic]\nscript_location = {folder}\nsqlalchemy.url = postgresql+psycopg2://\n"

# One transaction a revision: what the other two do. The server's address comes from libpq's environment.
ALEMBIC_ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

ALEMBIC_REVISION = '''\
"""create {table}"""
from alembic import op

revision = {revision!r}
down_revision = {parent!r}


def upgrade():
{upgrade}

def downgrade():
    op.execute("DROP TABLE {table}")
'''


def revision_id(number):
    return f"{number:06d}_table" if number else None


def statements(number):
    """A small revision: a table with a key, an index, a comment."""
    table = f"t_{number:06d}"
    return [
        f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text NOT NULL, "
        "created_at timestamptz NOT NULL DEFAULT now())",
        f"CREATE INDEX {table}_name_idx ON {table} (name)",
        f"COMMENT ON TABLE {table} IS 'table number {number}'",
    ]


def script(number):
    return "".join(statement + ";\n" for statement in statements(number))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_native(folder, count):
    os.makedirs(folder)
    for number in range(1, count + 1):
        write(
            f"{folder}/{revision_id(number)}.sql",
            f"-- revision: {revision_id(number)}\n-- down_revision: {revision_id(number - 1) or 'none'}\n"
            f"-- message: create t_{number:06d}\n\n-- migrated:up\n{script(number)}"
            f"-- migrated:down\nDROP TABLE t_{number:06d};\n")
    return folder


def write_busy(folder, count, seconds):
    """A revision behind the others that works for so long: it fills a table."""
    write(
        f"{folder}/{revision_id(count + 1)}.sql",
        f"-- revision: {revision_id(count + 1)}\n-- down_revision: {revision_id(count)}\n\n-- migrated:up\n"
        "CREATE TABLE filled (number bigint, digest text);\n"
        "DO $$\nBEGIN\n"
        f"    WHILE clock_timestamp() < transaction_timestamp() + interval '{seconds} s' LOOP\n"
        "        INSERT INTO filled SELECT n, md5(n::text) FROM generate_series(1, 1000) AS n;\n"
        "    END LOOP;\nEND\n$$;\n-- migrated:down\nDROP TABLE filled;\n")


def write_psql(path, count):
    """One transaction a revision, the version row in it."""
    parts = ["CREATE TABLE alembic_version (version_num varchar(255) PRIMARY KEY);\n"]
    for number in range(1, count + 1):
        if number == 1:
            change = f"INSERT INTO alembic_version VALUES ('{revision_id(1)}')"
        else:
            change = (f"UPDATE alembic_version SET version_num = '{revision_id(number)}' "
                      f"WHERE version_num = '{revision_id(number - 1)}'")
        parts.append(f"BEGIN;\n{script(number)}{change};\nCOMMIT;\n")
    write(path, "".join(parts))
    return path


def write_alembic(folder, count):
    os.makedirs(f"{folder}/versions")
    write(f"{folder}/alembic.ini", ALEMBIC_INI.format(folder=folder))
    write(f"{folder}/env.py", ALEMBIC_ENV)
    for number in range(1, count + 1):
        upgrade = "".join(f"    op.execute({statement!r})\n" for statement in statements(number))
        write(
            f"{folder}/versions/{revision_id(number)}.py",
            ALEMBIC_REVISION.format(
                table=f"t_{number:06d}", revision=revision_id(number), parent=revision_id(number - 1),
                upgrade=upgrade))
    return folder
