#!/usr/bin/python3
"""Compares what `migrated` makes of sqitch projects with what sqitch itself does.

Random plans (dependencies, conflicts, tags, reworked changes, odd names, faulty lines) are read by both: demanded are the
same changes in the same order with the same scripts, or a refusal by both. Then some are deployed to two databases, one by
each: demanded are the same order, and the same schema after that, after all was taken back, and after that once more.

    sqitch_projects.py PROGRAM [--seed N] [--plans N] [--deployed N] [--only PLAN]

The seed and the numbers may also come from ORACLE_SEED, ORACLE_PLANS and ORACLE_DEPLOYED. Exit status 1 on any difference.
"""

import argparse
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
SHOWN = 5  # differences printed

NAMES = ("a", "b", "users", "tables/users", "tables/more/x", "d-e", "f.1g", "caf\xe9", "B_2", "x+", "y~1z")
ODD_NAMES = ("-a", "a-", "a/1", "b~2", "a:b", "a@b", "HEAD", "ROOT", "a" * 40, "[a]", "a[b", "a\\b", "", "a b", "%a")
TAGS = ("v1", "v2", "v1.0", "rc-1a", "beta")
ODD_TAGS = ("v/1", "HEAD", "v:1", "v1.", "", "v 1")
PLANNERS = ("Ann Lee <ann@example.com>", "x <y>", "Marge N. O\u2019Vera <m@example.com>", " Z  <z@example.com>")
ODD_PLANNERS = ("", "Ann Lee", "<ann@example.com>", "Ann<ann@example.com>", "Ann <>", "Ann <a> b", "Ann Lee <ann@example.com")
NOTES = ("", "", "", " # a note", "#", " #", "# a # b", " # it's \"so\" [a b]")


def stamp(rng):
    if rng.random() < 0.02:
        return rng.choice(("2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z", "now", ""))
    return "20%02d-%02d-%02dT%02d:%02d:%02dZ" % tuple(rng.randint(1, n) for n in (30, 12, 28, 23, 59, 59))


def end(rng):
    planner = rng.choice(ODD_PLANNERS) if rng.random() < 0.02 else rng.choice(PLANNERS)
    return rng.choice((" ", "  ", "\t")) + stamp(rng) + rng.choice((" ", " ", "  ")) + planner + rng.choice(NOTES)


def dependency(rng, names, tags):
    """Most often one that is there."""
    known = rng.random() < 0.95
    name = rng.choice(names) if names and known else rng.choice(NAMES)
    roll = rng.random()
    tag = rng.choice(tags) if tags and known else rng.choice(TAGS)
    word = name if roll < 0.6 else name + "@" + tag if roll < 0.8 else "@" + tag if tags else name
    if rng.random() < 0.15:
        word = "p:" + word
    if rng.random() < 0.01:
        word = rng.choice(("other:a", "a" * 40, "a@", "", "!", "!!a", "a@b@c", "[", "a:", ":a"))
    return word


def dependencies(rng, names, tags):
    if rng.random() < 0.5 or (not names and rng.random() < 0.9):
        return ""
    words = [dependency(rng, names, tags) for _ in range(rng.choice((1, 1, 2, 3)))]
    if len(set(words)) < len(words) and rng.random() < 0.9:
        words = list(dict.fromkeys(words))
    if rng.random() < 0.06:
        words.append("!" + rng.choice(NAMES))
    return rng.choice((" ", "  ")) + rng.choice(("[%s]",) * 30 + ("[ %s]", "[%s ]", "[%s", "%s]", "[]%s")) % rng.choice((" ", "  ")).join(words)


def plan_text(rng):
    """The text, and names and tags in it."""
    lines = [rng.choice(("%syntax-version=1.0.0", "%syntax-version = 1.0.0", "# a comment")), rng.choice(("%project=p", " % project = p # why"))]
    if rng.random() < 0.3:
        lines.append(rng.choice(("%uri=https://example.com/p", "%other", "%odd name=1", "nothing", "%-a=1", "#", "%x=")) if rng.random() < 0.3 else "%uri=https://example.com/p")
    if rng.random() < 0.02:
        lines[1] = rng.choice(("%project", "%project=a:b", "%project=-p", ""))
    lines.append("" if rng.random() < 0.98 else "# no blank line")
    names, tags, since = [], [], []
    for _ in range(rng.choice((0, 1, 3, 5, 8, 14))):
        name = rng.choice(ODD_NAMES) if rng.random() < 0.015 else rng.choice(NAMES[:-2] if rng.random() < 0.99 else NAMES)
        if name in since and rng.random() < 0.95:
            tag = rng.choice(TAGS)
            if tag in tags:
                continue
            lines.append("@" + tag + end(rng))
            tags.append(tag)
            since.clear()
        lines.append(rng.choice(("", "", "", "+", "+ ", " ", "-")) + name + dependencies(rng, names, tags) + end(rng))
        names.append(name)
        since.append(name)
        if rng.random() < 0.25:
            tag = rng.choice(ODD_TAGS) if rng.random() < 0.03 else rng.choice(TAGS)
            if tag not in tags or rng.random() < 0.03:
                lines.append("@" + tag + end(rng))
                tags.append(tag)
                since.clear()
        if rng.random() < 0.1:
            lines.append(rng.choice(("", "   ", "# a comment", " # one more")))
    if rng.random() < 0.03:
        at = rng.randrange(len(lines))
        lines[at] = "".join(rng.choice((c, c, c, c, c, c, "", "%", "[", " ")) for c in lines[at])
    return rng.choice(("\n", "\n", "\n", "\r\n")).join(lines) + rng.choice(("\n", "\n", "")), names, tags


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def write_project(rng, folder, n):
    text, names, tags = plan_text(rng)
    write(folder, "sqitch.plan", text)
    write(folder, "sqitch.conf", "[core]\n\tengine = pg\n\t# plan_file = sqitch.plan\n")
    for name in dict.fromkeys(names):
        if not name or not all(c.isalnum() or c in "/-._+~" for c in name):
            continue
        for number, stem in enumerate([name] + [name + "@" + tag for tag in tags if "/" not in tag and tag]):
            for kind, likely in (("deploy", 0.998 if number == 0 else 0.9), ("revert", 0.8), ("verify", 0.5)):
                if rng.random() < likely:
                    write(folder, "%s/%s.sql" % (kind, stem), "SELECT %d;\n" % n)


def run(arguments, **options):
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, encoding="utf-8", **options)


def theirs(folders):
    result = run(["perl", os.path.join(HERE, "sqitch_plans.pl")] + folders)
    said = {}
    for line in result.stdout.splitlines():
        row = json.loads(line)
        said[row["folder"]] = row
    if len(said) != len(folders):
        sys.exit("sqitch_plans.pl broke off: " + result.stderr)
    return said


def with_ids(changes):
    seen = {}
    for change in changes:
        seen[change["name"]] = seen.get(change["name"], 0) + 1
        count = seen[change["name"]]
        yield change["name"] if count == 1 else "%s/%d" % (change["name"], count), change


def ours(program, folder):
    """The rows of its history, oldest first; or what is wrong."""
    result = run([program, "history", "--json", "--migrations", folder])
    if result.returncode != 0:
        return None, result.stderr
    rows = json.loads(result.stdout)["revisions"]
    return rows[::-1], ""


def difference(program, folder, said):
    rows, faults = ours(program, folder)
    if "error" in said:
        return None if rows is None else "sqitch says: %s; migrated takes it" % said["error"]
    refused = [change["name"] for change in said["changes"] if "+" in change["name"]]
    if rows is None:
        return None if refused else "migrated says: %s; sqitch takes it" % faults
    expected = [(id, os.path.join(folder, change["deploy"])) for id, change in with_ids(said["changes"])]
    found = [(row["revision"], row["file"]) for row in rows]
    return None if expected == found else "sqitch: %s\nmigrated: %s" % (expected, found)


# ---- deployed --------------------------------------------------------------------------------------------------------


class Server:
    """A private PostgreSQL on a socket, run by the user postgres where we are root."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sqitch-")
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        programs = run(["pg_config", "--bindir"]).stdout.strip()
        if not os.path.exists(programs + "/initdb"):
            programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.control = self.user + [programs + "/pg_ctl", "-D", self.folder + "/data", "-w", "-s"]
        self.call(self.user + [programs + "/initdb", "-D", self.folder + "/data", "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--no-locale"])
        settings = "-k %s -c listen_addresses= -c fsync=off" % self.folder
        self.call(self.control + ["-o", settings, "-l", self.folder + "/log", "start"])
        self.environment = dict(os.environ, PGHOST=self.folder, PGUSER="postgres", PGDATABASE="postgres")
        for name in [name for name in self.environment if name.startswith(("MIGRATED_", "SQITCH_", "DATABASE_URL"))]:
            if name != "MIGRATED_PROGRAM":
                del self.environment[name]

    def call(self, arguments, **options):
        options.setdefault("cwd", "/")
        with tempfile.TemporaryFile("w+") as output:
            status = subprocess.run(arguments, stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=False, **options).returncode
            output.seek(0)
            text = output.read()
        if status != 0:
            raise RuntimeError("%s: %s" % (" ".join(arguments), text))
        return text

    def psql(self, database, sql):
        return self.call(["psql", "-XqAtv", "ON_ERROR_STOP=1", "-d", database, "-c", sql], env=self.environment)

    def schema(self, database):
        text = self.call(["pg_dump", "-s", "-N", "sqitch", "-N", "migrated", "-T", "alembic_version", "-d", database], env=self.environment)
        return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))

    def stop(self):
        self.call(self.control + ["-m", "immediate", "stop"])
        shutil.rmtree(self.folder)


def wrapped(rng, statements, last):
    return "BEGIN;\n%s%s;\n" % (statements, last) if rng.random() < 0.7 else statements


def write_scripts(rng, folder, changes):
    """Each makes a table of its own, notes itself, and is verified."""
    for change in changes:
        table = "t%d" % zlib.crc32(change["deploy"].encode())
        stem = change["deploy"][len("deploy/"):]
        up = "CREATE TABLE %s (id int);\nINSERT INTO log (name) VALUES (:'prefix' || '%s');\n" % (table, stem.replace("'", "''"))
        down = "DROP TABLE %s;\nINSERT INTO log (name) VALUES ('back %s');\n" % (table, stem)
        check = "INSERT INTO %s VALUES (1);\nINSERT INTO log (name) VALUES ('verified');\nSELECT 1 / count(*) FROM %s;\n" % (table, table)
        write(folder, "deploy/" + stem, wrapped(rng, up, "COMMIT"))
        write(folder, "revert/" + stem, wrapped(rng, down, "COMMIT"))
        write(folder, "verify/" + stem, "BEGIN;\n" + check + "ROLLBACK;\n")


def deploy(server, program, rng, folder, changes):
    """Up, down and up again by both; what differs."""
    write_scripts(rng, folder, changes)
    write(folder, "sqitch.conf", "[core]\n\tengine = pg\n[deploy]\n\tverify = true\n[core \"variables\"]\n\tprefix = it's\n")
    user = {"SQITCH_FULLNAME": "Ann Lee", "SQITCH_EMAIL": "ann@example.com"}
    for database in ("theirs", "ours"):
        server.psql("postgres", "CREATE DATABASE %s" % database)
        server.psql(database, "CREATE TABLE log (id serial, name text)")
    steps = ((["deploy"], ["upgrade"]), (["revert", "-y"], ["downgrade", "base"]), (["deploy"], ["upgrade"]))
    try:
        for their_step, our_step in steps:
            server.call(["sqitch"] + their_step + ["db:pg:theirs"], cwd=folder, env=dict(server.environment, **user))
            server.call([program] + our_step + ["--migrations", folder], env=dict(server.environment, DATABASE_URL="postgresql:///ours"))
            for what in (lambda of: server.psql(of, "SELECT name FROM log ORDER BY id"), server.schema):
                if what("theirs") != what("ours"):
                    return "after %s:\nsqitch: %s\nmigrated: %s" % (their_step[0], what("theirs"), what("ours"))
    except RuntimeError as error:
        return str(error)
    finally:
        for database in ("theirs", "ours"):
            server.psql("postgres", "DROP DATABASE %s" % database)
    return None


# ---- all -------------------------------------------------------------------------------------------------------------


def parse_options():
    parser = argparse.ArgumentParser(description="compare how sqitch projects are read and deployed with sqitch itself")
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--plans", type=int, default=int(os.environ.get("ORACLE_PLANS", "120")))
    parser.add_argument("--deployed", type=int, default=int(os.environ.get("ORACLE_DEPLOYED", "1")))
    parser.add_argument("--only", type=int, help="this one plan of the seed; its folder is kept")
    return parser.parse_args()


def is_telling(said):
    """Worth deploying: reworked changes among several."""
    names = [change["name"] for change in said.get("changes", ())]
    return len(names) > 4 and len(set(names)) < len(names) and "x+" not in names


def compare(options, top, plans):
    folders = {}
    for index in plans:
        folders[index] = os.path.join(top, str(index))
        write_project(random.Random("%d/%d" % (options.seed, index)), folders[index], index)
    said = theirs(list(folders.values()))
    differences = [(index, difference(options.program, folder, said[folder])) for index, folder in folders.items()]
    telling = [index for index, folder in folders.items() if is_telling(said[folder])][: options.deployed]
    if telling:
        server = Server()
        try:
            for index in telling:
                changes = said[folders[index]]["changes"]
                differences.append((index, deploy(server, options.program, random.Random(index), folders[index], changes)))
        finally:
            server.stop()
    refused = sum("error" in row for row in said.values())
    return differences, refused, len(telling)


def main():
    options = parse_options()
    options.program = os.path.abspath(options.program)
    plans = range(options.plans) if options.only is None else [options.only]
    top = tempfile.mkdtemp(prefix="oracle-")
    os.chmod(top, 0o755)
    differences, refused, deployed = compare(options, top, plans)
    different = [(index, text) for index, text in differences if text is not None]
    for index, text in different[:SHOWN]:
        print("plan %d of seed %d (--seed %d --only %d): %s\n" % (index, options.seed, options.seed, index, text))
    if options.only is None:
        shutil.rmtree(top)
    else:
        print(os.path.join(top, str(options.only)))
    print("seed %d: %d plans, of which %d are refused, %d deployed, %d mismatches" % (options.seed, len(plans), refused, deployed, len(different)))
    weak = len(plans) >= 100 and (not 0.1 <= refused / len(plans) <= 0.7 or deployed < options.deployed)
    if weak:
        print("too few or too many are refused, or none was worth deploying")
    print("sqitch_projects: %d passed, %d failed" % (len(differences) - len(different), len(different) + weak))
    return 1 if different or weak else 0


if __name__ == "__main__":
    sys.exit(main())
