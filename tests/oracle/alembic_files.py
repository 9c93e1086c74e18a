#!/usr/bin/python3
"""Compares what `migrated` reads of Alembic projects with what Alembic itself does.

Random graphs are written as projects whose revision files are spelled in every way that Python allows; Alembic's
ScriptDirectory runs them, `migrated history --json` reads them. Demanded are the same revisions with the same parents,
dependencies, labels, messages and marks. In some projects one value is computed: then Alembic knows it, and `migrated`
must refuse with that file and line.

    alembic_files.py PROGRAM [--seed N] [--projects N] [--only PROJECT]

The seed and the number of projects may also come from ORACLE_SEED and ORACLE_PROJECTS. Exit status 1 on any difference.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

import alembic
from alembic.config import Config
from alembic.script import ScriptDirectory

from compare import random_graph, version_tuple

SHOWN = 5  # differences printed

# ---- spellings of values ---------------------------------------------------------------------------------------------


def escape(rng, text):
    return "".join(rng.choice(("\\x%02x", "\\u%04x", "\\%03o")) % ord(c) if rng.random() < 0.2 else c for c in text)


def one_literal(rng, text):
    prefix = rng.choice(("", "", "", "", "u", "r", "R", "f", "rf", "U"))
    quote = rng.choice(("'", '"', "'", '"', "'''", '"""'))
    body = escape(rng, text) if "r" not in prefix.lower() and rng.random() < 0.3 else text
    return prefix + quote + body + quote


def spell_text(rng, text, constants, bracketed=False):
    """An expression that is this text. Bracketed: it may go over lines."""
    roll = rng.random()
    if roll < 0.1:
        name = "C%d" % len(constants)
        constants.append("%s = %s" % (name, one_literal(rng, text)))
        return name
    if roll < 0.25 and text:
        cut = rng.randint(0, len(text))
        gap = rng.choice((" ", " \\\n  ") + (("\n", "  # a part\n\n") if bracketed else ()))
        parts = [text[:cut], text[cut:]]
        return gap.join(rng.choice(("'%s'", '"%s"')) % part for part in parts)
    if roll < 0.35:
        return "(%s%s%s)" % (rng.choice(("", "\n    ", " # why\n")), spell_text(rng, text, constants, True), rng.choice(("", "\n")))
    return one_literal(rng, text)


def spell_list(rng, names, constants, empty=()):
    """An expression that Alembic takes for these names."""
    if not names:
        return rng.choice(("None", "None", "None", "()", "[]", "(None)") + empty)
    if len(names) == 1 and rng.random() < 0.7:
        return spell_text(rng, names[0], constants)
    kinds = ["()", "()", "[]", "bare"] + (["{}"] if len(names) > 1 else [])
    kind = rng.choice(kinds)
    if kind == "bare":
        return ", ".join(spell_text(rng, name, constants) for name in names) + ("," if len(names) == 1 else "")
    gap = rng.choice((", ", ",", ",\n    ", ",  # and\n\n  "))
    inner = gap.join(spell_text(rng, name, constants, True) for name in names)
    end = "," if kind == "()" and len(names) == 1 else rng.choice(("", ",", ",\n"))
    return kind[0] + rng.choice(("", "\n    ")) + inner + end + kind[1]


# A base may say "": later versions of Alembic fail there.
EMPTY_BASE = ("''",) if version_tuple(alembic.__version__) <= (1, 8, 1) else ()

# ---- spellings of files ----------------------------------------------------------------------------------------------

ANNOTATIONS = ("str", "Union[str, None]", "Union[str, Sequence[str], None]", "str | tuple[str, ...] | None", "'x = 1'", "None")

DECOYS = (
    "def helper(x={'a': 1}, *y):\n    revision = 'wrong'\n    down_revision = f'{x[\"a\"]!r:>{10}}'\n",
    "class Helper:\n    down_revision = 'wrong'\n\n    # a comment\n\n    def f(self): depends_on = 'wrong'\n",
    "SQL = '''\ndown_revision = 'wrong'\n'''\n",
    'SQL = f"""\n{1 + 1:03}\nrevision = {{}}\n"""\n',
    "if None:\n    other = 'x'\nelse:\n    other = 'y'\n",
    "try:\n    import json as js\nexcept ImportError:\n    js = None\n",
    "x = [n for n in (1, 2)]; y = lambda revision='wrong': revision\n",
    "print if False else (\n    'revision = 1'\n)\n",
    "dict(revision='wrong', down_revision='wrong')\n",
    "@property\ndef revision_of(self):\n\n\treturn 1\n",
    "for i in ():\n  pass\n",
    "t: int\nz: int = 0x1F + 1_000 + int(1e3) + (3 if True else -4)\n",
    "b = b'\\'' rb'\\'' br\"x\"; s = r'\\'x'\n",
    "assert True, (\n  'text'  # )\n)\n",
)


def assignment(rng, name, value):
    roll = rng.random()
    if roll < 0.3 and not (value.startswith("*") or ("," in value and value[0] not in "([{")):
        return "%s: %s = %s" % (name, rng.choice(ANNOTATIONS), value)
    return "%s%s%s" % (name, rng.choice((" = ", "=", "\t=\t", " = \\\n    ")), value)


def docstring(rng, message, revision):
    decoy = "Revision ID: wrong\nRevises: wrong\nCreate Date: 2026-01-06 12:00:00\n\nrevision = 'wrong'\n"
    quote = rng.choice(('"""', "'''"))
    return rng.choice(("", "\n", "# a comment\n\n")) + quote + rng.choice(("", "\n", "  ")) + message + "\n\n" + decoy + quote + "\n"


def module(rng, revision, message, computed):
    """The text; and, where a value is computed, the statement that does so."""
    constants, faulty = [], None
    values = {
        "revision": spell_text(rng, revision.id, constants),
        "down_revision": spell_list(rng, revision.parents, constants, EMPTY_BASE),
        "depends_on": spell_list(rng, revision.depends_on, constants),
        "branch_labels": spell_list(rng, revision.labels, constants),
    }
    names = list(values)
    rng.shuffle(names)
    for name in ("depends_on", "branch_labels"):
        if values[name] == "None" and rng.random() < 0.3:
            names.remove(name)
    lines = [assignment(rng, name, values[name]) for name in names]
    if computed:
        name = rng.choice(("revision", "down_revision", "depends_on"))
        plain = revision.id if name == "revision" else revision.parents if name == "down_revision" else revision.depends_on
        faulty = rng.choice(("%s = (lambda: %r)()", "%s = [%r][0]", "if True: %s = %r", "%s = %r or None")) % (name, plain or None)
        lines = [line for line, of in zip(lines, names) if of != name] + [faulty]
    if rng.random() < 0.2:
        lines.insert(0, rng.choice(("down_revision = 'overwritten'", "if True:\n    revision = 'overwritten'", "revision = down_revision = None")))
    if rng.random() < 0.2 and len(lines) > 1 and not computed:
        first = lines.pop()
        lines[-1] = lines[-1] + "; " + first
    parts = constants + lines
    for _ in range(rng.randint(0, 3)):
        decoy = rng.choice(DECOYS)
        parts.insert(rng.choice((0, len(parts))), decoy)
    text = docstring(rng, message, revision) + "from typing import Sequence, Union\nfrom sqlalchemy import *\n" + "\n".join(parts)
    return text + rng.choice(("", "\n", "\n\n")) + "\n\ndef upgrade():\n    pass\n", faulty


def encode(rng, text):
    """Bytes: with BOM, cookie, other line ends."""
    data = text
    if rng.random() < 0.2:
        data = "# -*- coding: %s -*-\n" % rng.choice(("utf-8", "latin-1")) + data
    data = data.encode("latin-1" if "coding: latin-1" in data.split("\n")[0] else "utf-8")
    if rng.random() < 0.15 and b"latin-1" not in data[:30]:
        data = b"\xef\xbb\xbf" + data
    return data.replace(b"\n", rng.choice((b"\n",) * 4 + (b"\r\n", b"\r")))


# ---- projects --------------------------------------------------------------------------------------------------------


def write_project(rng, folder, graph):
    """Its alembic.ini; the file and statement of a computed value, or None."""
    places = ["m/versions"] + ["v%d" % i for i in range(rng.choice((0, 0, 1, 3)))]
    for place in places:
        os.makedirs(os.path.join(folder, place, "__pycache__"))
    for noise in ("__init__.py", "__init__old.py", ".#lock.py", "README", "x.pyc", "x.py.orig"):
        with open(os.path.join(folder, places[0], noise), "wb") as file:
            file.write(b"this is no revision (")

    faulty, chosen = None, rng.randrange(len(graph.revisions)) if rng.random() < 0.15 else None
    for index, revision in enumerate(graph.revisions):
        message = rng.choice(("add a table", "caf\xe9", "it's \"so\"", "x", "two words,  and more"))
        text, statement = module(rng, revision, message, index == chosen)
        path = os.path.join(folder, rng.choice(places), "%03d_%s.py" % (rng.randrange(1000), revision.id))
        with open(path, "wb") as file:
            file.write(encode(rng, text))
        if statement is not None:
            faulty = path, statement
    separator, word = rng.choice(((":", "os"), (" ", "space"), (";", ";"), (", ", None)))
    ini = "# a comment\n[loggers]\nkeys = root,\n  sqlalchemy\n\n[alembic]\nScript_Location %s %%(here)s/m\n" % rng.choice("=:")
    if len(places) > 1:
        ini += "dir: %(here)s\nversion_locations = " + separator.join(rng.choice(("%(here)s/", "%(dir)s/")) + p for p in places + ["gone"]) + "\n"
        ini += "version_path_separator = %s\n" % word if word else ""
    ini += "file_template = %%(rev)s\n[post_write_hooks]\n"
    with open(os.path.join(folder, "alembic.ini"), "w", encoding="utf-8") as file:
        file.write(ini)
    return os.path.join(folder, "alembic.ini"), faulty


def as_tuple(value):
    return () if not value else (value,) if isinstance(value, str) else tuple(value)


def theirs(ini):
    script = ScriptDirectory.from_config(Config(ini))
    facts = {}
    for revision in script.walk_revisions():
        facts[revision.revision] = {
            "down_revisions": sorted(as_tuple(revision.down_revision)),
            "depends_on": sorted(set(as_tuple(revision.dependencies))),
            "labels": sorted(revision.branch_labels),
            "message": revision.doc.split("\n")[0].rstrip(),
            "file": revision.path,
            "is_head": revision.is_head,
            "is_real_head": revision._is_real_head,
            "is_branch_point": revision.is_branch_point,
            "is_merge_point": revision.is_merge_point,
        }
    return facts


def ask(program, *arguments):
    environment = {"PATH": os.environ["PATH"], "MIGRATED_ENGINE": "alembic"}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def ours(program, ini, like):
    result = ask(program, "history", "--json", "--migrations", ini)
    if result.returncode != 0:
        return result.stdout + result.stderr
    return {item["revision"]: {key: item[key] for key in like} for item in json.loads(result.stdout)["revisions"]}


def difference(program, ini, faulty):
    """What is wrong with our answer, as a text, or None."""
    wanted = theirs(ini)
    if faulty is not None:
        result = ask(program, "check", "--files", "--allow-heads", "--migrations", ini)
        path, statement = faulty
        text = open(path, "rb").read().decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
        line = text[: text.index(statement)].count("\n") + 1
        told = "%s:%d:" % (path, line) in result.stderr and "only a run of Python tells" in result.stderr
        return None if result.returncode == 65 and told else "%s:%d is computed, we say %d: %s" % (path, line, result.returncode, result.stderr + result.stdout)
    answer = ours(program, ini, next(iter(wanted.values())))
    if isinstance(answer, str):
        return "only we refuse: %s" % answer
    for id_ in sorted(set(wanted) | set(answer)):
        if wanted.get(id_) != answer.get(id_):
            return "%s: Alembic has %s, we have %s" % (id_, wanted.get(id_), answer.get(id_))
    return None


# ---- all -------------------------------------------------------------------------------------------------------------


def parse_options():
    parser = argparse.ArgumentParser(description="compare how Alembic projects are read with Alembic itself")
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--projects", type=int, default=int(os.environ.get("ORACLE_PROJECTS", "100")))
    parser.add_argument("--only", type=int, help="this one project of the seed; its folder is kept")
    return parser.parse_args()


def main():
    options = parse_options()
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    projects = range(options.projects) if options.only is None else [options.only]
    revisions = computed = different = 0
    for index in projects:
        rng = random.Random("%d/%d" % (options.seed, index))
        folder = tempfile.mkdtemp(prefix="oracle-")
        graph = random_graph(rng)
        ini, faulty = write_project(rng, folder, graph)
        text = difference(options.program, ini, faulty)
        revisions += len(graph.revisions)
        computed += faulty is not None
        if text is not None:
            different += 1
            if different <= SHOWN:
                print("project %d of seed %d (--seed %d --only %d): %s\n" % (index, options.seed, options.seed, index, text))
        if options.only is None:
            shutil.rmtree(folder)
        else:
            print(folder)
    print("Alembic %s, seed %d: %d projects, %d revision files, %d projects with a computed value, %d mismatches" % (
        alembic.__version__, options.seed, len(projects), revisions, computed, different))
    weak = len(projects) >= 100 and not 0.05 <= computed / len(projects) <= 0.3
    if weak:
        print("too few or too many projects with a computed value")
    print("alembic_files: %d passed, %d failed" % (len(projects) - different, different + weak))
    return 1 if different or weak else 0


if __name__ == "__main__":
    sys.exit(main())
