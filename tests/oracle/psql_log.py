#!/usr/bin/python3
"""Compares what a server logs and holds when psql runs a script, and when migrated does.

Random scripts of statements that a real server takes, each with a number of its own in it, are run by `psql -f` in one
database and by `migrated upgrade` in another: half of them in a transaction, half statement by statement. Demanded are the
statements of psql in migrated's log, byte by byte and in their order, and the same rows afterwards: one run twice shows there.
Comments in front of a statement and blank lines, which psql leaves out, are not compared.

    psql_log.py PROGRAM [--seed N] [--scripts N]
"""
import argparse
import csv
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tour"))
from psql_scripts import BOM, behind_comments, without_blank_lines, words  # noqa: E402
from tour import Server  # noqa: E402

GAPS = (" ", "\n", "\t", "\n\n", " -- it's; \"a\" $$ /* comment\n", " /* one; /* in -- another */ ' */ ", "/**/", "\f")
STRINGS = (
    "'a'", "''", "';'", "'it''s; '", "'a\\'", "'two\nlines;\n'", "'-- no'", "'/* no'", "E'a\\';'", "e'\\\\'", "E'''\\''", "E'x\\\\\\';'",
    "'a'\n'b;'", "U&'\\0041;'", "U&'!0041' UESCAPE '!'", "B'01'", "X'1F'", "N'n;'", "$$;$$", "$a$ $$ ; $b$ $a$", "$ü$;$ü$",
    "$a1_$'$a1_$", "$$--$$", "$$/*$$", "$a$ $a ; $ a$ $a$", "'$$'", "'ü;'", "(1 - -1)", "(1 /*;*/ + 2)", "CASE WHEN true THEN 1 END",
)
DATA = ("a;b", "'", "$$", "--", "/*", "", "ü\\t;", "\\N", "\\\\.", "x\\ny")


def statement(rng, number):
    gap = rng.choice(GAPS)
    insert = words(rng, "INSERT INTO l VALUES") + f"({number},{gap}({rng.choice(STRINGS)})::text)"
    kinds = (
        insert, insert, insert,
        words(rng, "CREATE FUNCTION") + f"f{number}() RETURNS int LANGUAGE sql{gap}BEGIN ATOMIC{gap}SELECT 1;"
        f" SELECT CASE WHEN true THEN {number} END;{gap}END",
        words(rng, "CREATE FUNCTION") + f"g{number}() RETURNS void LANGUAGE plpgsql AS $f${gap}BEGIN NULL; END{gap}; -- $$ {number}\n$f$",
        words(rng, "CREATE RULE") + f"r{number} AS ON DELETE TO l DO ALSO{gap}(SELECT {number}; SELECT ';')",
        words(rng, "DO") + f"$x${gap}BEGIN INSERT INTO l VALUES ({number}, $$;$$); END $x$",
        words(rng, "CREATE TABLE") + f'"t;{number}" ("a;b" int DEFAULT (1),{gap}c text CHECK (c <> \';\'))',
        words(rng, "CREATE VIEW") + f"v{number} AS SELECT {number} AS \"begin\",{gap}'end;' AS \"x\"\"y;\"",
    )
    return rng.choice(kinds) + rng.choice(("", "", " ", "\n", " -- c\n")) + ";"


def copy(rng, number):
    lines = "".join(f"{number}\t{rng.choice(DATA)}\n" for _ in range(rng.randint(0, 4)))
    return words(rng, "COPY l FROM") + "stdin" + rng.choice((";\n", "; -- data\n", ";  \n")) + lines + "\\.\n"


def make_script(rng, first):
    """Its statements bear the numbers from `first` on."""
    text = ""
    for number in range(first, first + rng.randint(1, 8)):
        empty = () if text.endswith("\\.\n") else (";",)  # directly behind data psql 15 loses lines at one
        text += rng.choice(GAPS + ("", "") + empty) + (copy if rng.random() < 0.15 else statement)(rng, number)
    if rng.random() < 0.2 and not text.endswith("\\.\n"):
        text = text[:text.rindex(";")]
    text += rng.choice(("", "\n", " -- the end", "\n/* the end */\n"))
    if rng.random() < 0.1:
        text = text.replace("\n", "\r\n")
    return text


def read_log(folder, database):
    """What the server logged as statements of this database since the last time."""
    path = os.path.join(folder, "server.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[2] == database]
    return [row[13][len("statement: "):] for row in rows if row[13].startswith("statement: ")]


def cleaned(text):
    return without_blank_lines(behind_comments(text.encode())).decode().strip()


def find(log, text, at):
    """Where it begins and ends, without its semicolon; psql sends comments at the end of the script too, we do not."""
    for form in (text.rstrip(";").rstrip(), re.sub(r"(\s*(--[^\n]*|/\*[^*]*\*/|;))+$", "", text)):
        begin = log.find(form.rstrip(), at)
        if begin >= 0:
            return begin, begin + len(form.rstrip())
    return -1, -1


def difference(theirs, ours):
    """None, or what is different: each of psql's statements must come in ours, behind the one before."""
    log = without_blank_lines("\n".join(ours).encode()).decode()
    end = 0
    for text in filter(None, map(cleaned, theirs)):
        begin, behind = find(log, text, end)
        if begin < 0:
            return f"psql sent {text!r}, we did not, or not behind the one before"
        end = behind
    return None


def run_both(server, program, folder, number, script, whole):
    """None, or what is different."""
    revisions = os.path.join(folder, f"r{number}")
    os.mkdir(revisions)
    path = os.path.join(revisions, "0001_script.sql")
    with open(path, "wb") as file:
        head = "-- message: a script\n" + ("" if whole else "-- transaction: off\n")
        file.write((BOM if number % 9 == 0 else b"") + head.encode() + script.encode())
    names = [f"theirs{number}", f"ours{number}"]
    for name in names:
        server.ask("postgres", f"CREATE DATABASE {name}")
        server.ask(name, "CREATE TABLE l (n int, t text)")
    before = [len(read_log(folder, name)) for name in names]
    psql = server.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", names[0], "-f", path])
    ours = server.run([program, "upgrade", "--migrations", revisions, "--database-url", f"postgresql:///{names[1]}"])
    if psql.returncode != 0 or ours.returncode != 0:
        return f"psql ended with {psql.returncode}, we with {ours.returncode}: {psql.stderr} {ours.stderr}"
    logs = [read_log(folder, name)[count:] for name, count in zip(names, before)]
    rows = [server.ask(name, "SELECT n, t FROM l ORDER BY n, t") for name in names]
    return difference(*logs) or (f"rows: {rows[0]!r}, {rows[1]!r}" if rows[0] != rows[1] else None)


class LoggingServer(Server):
    """One that logs every statement as CSV."""

    def __init__(self, folder):
        super().__init__(folder)
        self.environment = dict(os.environ, PGHOST=folder, PGPORT=str(self.port), PGUSER="postgres", PGCLIENTENCODING="UTF8", LC_ALL="C.UTF-8")
        for setting in ("logging_collector = on", "log_destination = 'csvlog'", f"log_directory = '{folder}'",
                        "log_filename = 'server.log'", "log_rotation_age = 0", "log_rotation_size = 0",
                        "log_statement = 'all'"):
            self.ask("postgres", f"ALTER SYSTEM SET {setting}")
        subprocess.run(self.pg_ctl + ["-m", "fast", "restart"], check=True, stdout=subprocess.DEVNULL)

    def run(self, command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def ask(self, database, sql):
        answer = self.run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql])
        if answer.returncode != 0:
            sys.exit(f"{sql}: {answer.stderr}")
        return answer.stdout


def main():
    parser = argparse.ArgumentParser(description="compare what a server logs of psql and of migrated")
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--scripts", type=int, default=30)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="oracle-")
    server, different, first = None, 0, 100001
    try:
        server = LoggingServer(folder)
        for number in range(options.scripts):
            script = make_script(random.Random(f"{options.seed}/{number}"), first)
            first += 100
            told = run_both(server, os.path.abspath(options.program), folder, number, script, number % 2 == 0)
            if told is not None:
                different += 1
                print(f"seed {options.seed}, script {number}: {told}\n{script!r}\n")
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)
    print(f"psql_log: {options.scripts - different} passed, {different} failed")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
