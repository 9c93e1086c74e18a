#!/usr/bin/python3
"""Compares how Django projects are read with Django itself.

Random projects (several apps with labels of their own, merges, run_before, squashes, swappable and relative dependencies,
odd spellings) are loaded by Django's MigrationLoader and MigrationExecutor, with random records instead of a table, and
by us: the program reads the project (heads, order), and the driver beside it plans for each set of records. The leaf
nodes, the order of all migrations and the plan must be the same; what Django refuses we must refuse too.
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

import django
from django.apps import apps
from django.conf import settings
from django.db.migrations import executor as executor_module
from django.db.migrations import loader as loader_module
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.graph import CircularDependencyError

SHOWN = 5
REFUSALS = (NodeNotFoundError, CircularDependencyError, ValueError)


class Migration:
    def __init__(self, app, name):
        self.app, self.name = app, name
        self.dependencies, self.run_before, self.replaces = [], [], []
        self.on_user = False
        self.on_disk = True

    @property
    def key(self):
        return (self.app.label, self.name)


class App:
    def __init__(self, package, label):
        self.package, self.label = package, label
        self.migrations = []
        self.kind = "migrated"  # or "empty", "bare" (no __init__), "none"
        self.entry = package


# ---- graphs ----------------------------------------------------------------------------------------------------------


def first_root(app):
    roots = [m for m in app.migrations if not any(key[0] == app.label for key in m.dependencies)]
    return min(roots, key=lambda m: m.name) if roots else None


def own_parents(rng, app):
    """The last, sometimes an older one: then there are two leaves, which a merge brings together."""
    plain = [m for m in app.migrations if not m.replaces]
    if not plain:
        return []
    leaves = [m for m in plain if not any(m.key in n.dependencies for n in plain)]
    if len(leaves) > 1 and rng.random() < 0.7:
        return leaves
    return [rng.choice(plain)] if rng.random() < 0.15 else [plain[-1]]


def add_migration(rng, every, app):
    number = len(app.migrations) + 1
    migration = Migration(app, rng.choice(("%04d_m", "%04d_b", "m%d", "%04d-dash", "z%03d_caf\xe9"))  % number)
    migration.dependencies = [m.key for m in own_parents(rng, app)]
    others = [m for m in every if m.app is not app]
    for other in rng.sample(others, min(len(others), rng.choice((0, 0, 0, 1, 1, 2)))):
        migration.dependencies.append(other.key)
    for other in others:
        if rng.random() < 0.02 and other.app.label != app.label:
            other.run_before.append(migration.key)
    app.migrations.append(migration)
    every.append(migration)


def add_relative(rng, every, app_list, user_app):
    """__first__ of an app whose first root was there before; swappable_dependency is the same."""
    place = {m: i for i, m in enumerate(every)}
    for migration in every:
        app = rng.choice(app_list)
        root = first_root(app) if app.kind == "migrated" else None
        if rng.random() < 0.1 and app is not migration.app and (root is None or place[root] < place[migration]):
            if app.kind in ("migrated", "none", "bare") or rng.random() < 0.05:
                migration.dependencies.append((app.label, "__first__"))
        root = first_root(user_app)
        if rng.random() < 0.1 and root is not None and place[root] < place[migration]:
            migration.on_user = True
        if rng.random() < 0.01:
            migration.dependencies.append((app.label, "__latest__"))


def add_squash(rng, app):
    """Replaces a stretch of migrations; sometimes their files are gone."""
    plain = [m for m in app.migrations if not m.replaces]
    if len(plain) < 2:
        return
    begin = rng.randrange(len(plain) - 1)
    replaced = plain[begin : begin + rng.randint(2, 4)]
    keys = [m.key for m in replaced]
    squash = Migration(app, "%s_squashed_%s" % (replaced[0].name, replaced[-1].name))
    squash.replaces = list(keys)
    for migration in replaced:
        squash.dependencies += [key for key in migration.dependencies if key not in keys and key not in squash.dependencies]
        squash.on_user |= migration.on_user
    app.migrations.append(squash)
    if rng.random() < 0.3:
        for migration in replaced:
            migration.on_disk = False


def random_project(rng, index):
    app_list = []
    for number in range(rng.randint(1, 5)):
        package = "p%d_%s" % (index, "abcde"[number])
        app_list.append(App(package, rng.choice((package, "%s_label" % "vwxyz"[number]))))
        if number > 0 and rng.random() < 0.15:
            app_list[-1].kind = rng.choice(("empty", "bare", "none"))
    migrated = [app for app in app_list if app.kind == "migrated"]
    every = []
    for _ in range(rng.randint(1, 14)):
        add_migration(rng, every, rng.choice(migrated))
    for app in migrated:
        if not app.migrations:
            app.kind = "empty"
    user_app = rng.choice([app for app in app_list if app.kind == "migrated"])
    add_relative(rng, every, app_list, user_app)
    for app in migrated:
        if rng.random() < 0.4:
            add_squash(rng, app)
    return app_list, user_app


# ---- spellings -------------------------------------------------------------------------------------------------------


def spell_text(rng, text):
    quote = rng.choice("'\"")
    middle = rng.randrange(len(text) + 1)
    return rng.choice((
        quote + text + quote,
        quote + text + quote,
        'r"%s"' % text,
        "'%s' '%s'" % (text[:middle], text[middle:]),
        "(%s%s%s)" % (quote, text, quote),
        '"""%s"""' % text,
    ))


def spell_key(rng, key):
    pair = "%s, %s" % (spell_text(rng, key[0]), spell_text(rng, key[1]))
    return rng.choice(("(%s)", "(%s)", "(%s,)", "(\n            %s  # and\n        )")) % pair


def spell_keys(rng, keys, constants):
    """As an expression; parts of it go to constants in front of the class."""
    items = [key if isinstance(key, str) else spell_key(rng, key) for key in keys]
    if items and rng.random() < 0.15:
        name = "CONST_%d" % len(constants)
        constants.append("%s = [%s]" % (name, ", ".join(items)))
        return rng.choice((name, "%s + []" % name, "[*%s]" % name))
    if items and rng.random() < 0.15:
        name = "PAIR_%d" % len(constants)
        constants.append("%s = %s" % (name, items[0]))
        items[0] = name
    if len(items) > 1 and rng.random() < 0.2:
        middle = rng.randint(1, len(items) - 1)
        return "[%s] + [%s]" % (", ".join(items[:middle]), ", ".join(items[middle:]))
    return "[%s%s]" % (rng.choice((", ", ",", ",\n        ")).join(items), "," if items and rng.random() < 0.5 else "")


DECOYS = (
    "def forwards(apps, schema_editor):\n    dependencies = [('wrong', '0001')]\n    class Migration: pass\n",
    "class Helper:\n    dependencies = [('wrong', '0001')]\n",
    "SQL = '''\nclass Migration:\n    dependencies = [1]\n'''\n",
    "x = {'a': [1, 2]}; y = lambda Migration=1: Migration\n",
    "if None:\n    other = 1\n",
)


def module(rng, migration):
    constants, lines = [], []
    keys = list(migration.dependencies)
    if migration.on_user:
        keys.append(rng.choice(("migrations.swappable_dependency(settings.AUTH_USER_MODEL)", "swappable_dependency(settings.AUTH_USER_MODEL)")))
        rng.shuffle(keys)
    values = {"dependencies": keys, "run_before": migration.run_before, "replaces": migration.replaces}
    for name, value in sorted(values.items(), key=lambda _: rng.random()):
        if not value and rng.random() < 0.7:
            continue
        if len(value) > 1 and rng.random() < 0.15:
            lines.append("%s = %s" % (name, spell_keys(rng, value[:1], constants)))
            lines.append("%s += %s" % (name, spell_keys(rng, value[1:], constants)))
        elif len(value) > 1 and rng.random() < 0.1:
            lines.append("%s = list()" % name if False else "%s = %s" % (name, spell_keys(rng, value[:-1], constants)))
            last = value[-1]
            lines.append("%s.append(%s)" % (name, last if isinstance(last, str) else spell_key(rng, last)))
        else:
            lines.append("%s%s = %s" % (name, rng.choice(("", ": list")), spell_keys(rng, value, constants)))
    lines.insert(rng.randint(0, len(lines)), rng.choice(("operations = []", "atomic = False", "initial = True", "def f(self):\n        dependencies = 1", "'''text'''")))
    base = rng.choice(("migrations.Migration", "Migration"))
    parts = ["from django.conf import settings", "from django.db import migrations", "from django.db.migrations import Migration, swappable_dependency"]
    parts += constants
    parts.insert(rng.choice((3, len(parts))), rng.choice(DECOYS + ("",)))
    indent = rng.choice(("    ", "\t", "  "))
    body = "\n".join(indent + line.replace("\n        ", "\n" + indent * 2) for line in lines)
    text = "\n".join(parts) + "\n\n\nclass Migration(%s):\n%s" % (base, body)
    return text + rng.choice(("", "\n", "\n\nDONE = True\n"))


# ---- projects --------------------------------------------------------------------------------------------------------


def write(path, text, rng):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode().replace(b"\n", rng.choice((b"\n",) * 4 + (b"\r\n",))))


def write_app(rng, folder, app):
    base = os.path.join(folder, app.package)
    write(os.path.join(base, "__init__.py"), "", rng)
    config = "%sConfig" % app.package.title().replace("_", "")
    if app.label != app.package or rng.random() < 0.3:
        label = "" if app.label == app.package else "    label = %s\n" % spell_text(rng, app.label)
        other = rng.choice(("", "class OtherConfig(AppConfig):\n    name = 'x'\n    default = False\n\n"))
        write(os.path.join(base, "apps.py"), "from django.apps import AppConfig\n\n%sclass %s(AppConfig):\n    name = %s\n%s" % (other, config, spell_text(rng, app.package), label), rng)
        if rng.random() < 0.5:
            app.entry = "%s.apps.%s" % (app.package, config)
    place = os.path.join(base, "migrations")
    if app.kind == "none":
        return
    if app.kind != "bare":
        write(os.path.join(place, "__init__.py"), "", rng)
        write(os.path.join(place, "_helper.py"), "raise Exception", rng)
        write(os.path.join(place, "sub", "__init__.py"), "raise Exception", rng)
        write(os.path.join(place, "README.txt"), "class Migration", rng)
    else:
        write(os.path.join(place, "0001_ignored.py"), "raise Exception", rng)
    for migration in app.migrations:
        if migration.on_disk:
            write(os.path.join(place, migration.name + ".py"), module(rng, migration), rng)


def write_settings(rng, folder, index, app_list, user_app):
    entries = [spell_text(rng, app.entry) for app in app_list]
    middle = rng.randrange(len(entries) + 1)
    one, two = "[%s]" % ", ".join(entries[:middle]), "[%s]" % ", ".join(entries[middle:])
    user = "AUTH_USER_MODEL = '%s.User'\n" % user_app.label
    package = "p%d_conf" % index
    later = rng.choice((
        "INSTALLED_APPS += %s\n" % two,
        "INSTALLED_APPS = INSTALLED_APPS + %s\n" % two,
        "INSTALLED_APPS = [*INSTALLED_APPS, *%s]\n" % two,
        "".join("INSTALLED_APPS.append(%s)\n" % entry for entry in entries[middle:]),
    ))
    base = "import os\nDEBUG = os.environ.get('X')\nINSTALLED_APPS = %s\n" % one
    guard = "if DEBUG:\n    INSTALLED_APPS += ['p_of_nobody']\n"
    write(os.path.join(folder, package, "__init__.py"), "", rng)
    if rng.random() < 0.5:
        write(os.path.join(folder, package, "base.py"), base, rng)
        write(os.path.join(folder, package, "settings.py"), "from .base import *  # all\n" + later + guard + user, rng)
    else:
        write(os.path.join(folder, package, "settings.py"), base + user + later + guard, rng)
    write(os.path.join(folder, "manage.py"), "import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', '%s.settings')\n" % package, rng)


# ---- Django's side ---------------------------------------------------------------------------------------------------


class Records:
    """Instead of MigrationRecorder."""

    rows = []

    def __init__(self, connection):
        pass

    def applied_migrations(self):
        return {key: None for key in self.rows}


class Connection:
    alias = "default"


def is_consistent(loader):
    """Also where a squash counts as applied that stands on what is not."""
    try:
        loader.check_consistent_history(Connection())
    except InconsistentMigrationHistory:
        return False
    applied = [node for key, node in loader.graph.node_map.items() if key in loader.applied_migrations]
    return all(parent.key in loader.applied_migrations for node in applied for parent in node.parents)


def theirs(rows):
    """("plan", pending, leaves, consistent) or ("refused", why)."""
    Records.rows = rows
    try:
        executor = executor_module.MigrationExecutor(Connection())
        leaves = executor.loader.graph.leaf_nodes()
        executor.loader.graph.ensure_not_cyclic()
    except REFUSALS as error:
        return ("refused", str(error))
    consistent = is_consistent(executor.loader)
    plan = executor.migration_plan(leaves)
    pending = ["%s.%s" % (m.app_label, m.name) for m, backwards in plan if not backwards]
    return ("plan", pending, sorted("%s.%s" % key for key in leaves), consistent)


def record_sets(rng, app_list):
    every = [m for app in app_list for m in app.migrations]
    keys = [m.key for m in every if not m.replaces]
    yield []
    yield keys
    yield keys + [m.key for m in every if m.replaces]
    first = theirs([])
    for _ in range(4):
        rows = []
        if first[0] == "plan":
            plan = [tuple(id_.split(".", 1)) for id_ in first[1]]
            for key in plan[: rng.randint(0, len(plan))]:
                squash = next((m for m in every if m.key == key and m.replaces), None)
                rows += squash.replaces + rng.choice(([], [key])) if squash else [key]
        if rng.random() < 0.5 and rows:
            rows = rows[: rng.randint(0, len(rows))]
        if rng.random() < 0.2:
            rows = rng.sample(keys, rng.randint(0, len(keys)))
        if rng.random() < 0.2:
            rows = rows + [("gone", "0001_initial"), (app_list[0].label, "9999_unknown")]
        yield rows


# ---- ours ------------------------------------------------------------------------------------------------------------


class Driver:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, *fields):
        self.process.stdin.write("\t".join(fields) + "\n")

    def load(self, folder, app_list, user_app):
        self.tell("project", "%s.User" % user_app.label)
        for app in app_list:
            self.tell("app", app.label, "01"[app.kind in ("migrated", "empty")])
            for migration in app.migrations:
                if migration.on_disk:
                    self.tell("file", os.path.join(folder, app.package, "migrations", migration.name + ".py"), *migration.key)

    def ask(self, rows):
        self.tell("applied", ",".join("%s.%s" % key for key in rows) or "-")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n").split("\t")
        if answer[0] == "plan":
            return ("plan", [i for i in answer[1].split(",") if i], sorted(i for i in answer[2].split(",") if i))
        return tuple(answer)


def read_by_program(program, folder):
    environment = {"PATH": os.environ["PATH"], "MIGRATED_ENGINE": "django", "MIGRATED_MIGRATIONS": folder}
    result = subprocess.run([program, "history", "--json"], env=environment, capture_output=True, text=True, timeout=60)
    if result.returncode != 0:
        return ("refused", result.stderr + result.stdout)
    revisions = json.loads(result.stdout)["revisions"][::-1]
    return ("plan", [r["revision"] for r in revisions], sorted(r["revision"] for r in revisions if r["is_head"]))


def difference(wanted, answer):
    if wanted[0] != answer[0]:
        return "Django: %s, we: %s" % (wanted, answer)
    if wanted[0] == "refused":
        return None
    if wanted[2] != answer[2]:
        return "leaves: Django %s, we %s" % (wanted[2], answer[2])
    if wanted[3]:
        return None if wanted[1] == answer[1] else "plan: Django %s, we %s" % (wanted[1], answer[1])
    # Where Django refuses to go on, more may be missing than it would run.
    return None if answer[1] and set(wanted[1]) <= set(answer[1]) else "inconsistent records, we say %s" % (answer,)


# ---- all -------------------------------------------------------------------------------------------------------------


def parse_options():
    parser = argparse.ArgumentParser(description="compare how Django projects are read with Django itself")
    parser.add_argument("program")
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--projects", type=int, default=int(os.environ.get("ORACLE_PROJECTS", "150")))
    parser.add_argument("--only", type=int, help="this one project of the seed; its folder is kept")
    return parser.parse_args()


class Counts:
    files = sets = refused = inconsistent = partial = different = 0


def compare_project(options, driver, index, counts):
    rng = random.Random("%d/%d" % (options.seed, index))
    folder = tempfile.mkdtemp(prefix="oracle-")
    app_list, user_app = random_project(rng, index)
    for app in app_list:
        write_app(rng, folder, app)
    write_settings(rng, folder, index, app_list, user_app)
    settings.AUTH_USER_MODEL = "%s.User" % user_app.label
    sys.path.insert(0, folder)
    apps.set_installed_apps([app.entry for app in app_list])
    driver.load(folder, app_list, user_app)
    texts = []
    for number, rows in enumerate(record_sets(rng, app_list)):
        wanted = theirs(rows)
        texts.append(difference(wanted, driver.ask(rows)))
        if number == 0:
            texts.append(difference(wanted, read_by_program(options.program, folder)))
        counts.sets += 1
        counts.refused += wanted[0] == "refused"
        counts.inconsistent += wanted[0] == "plan" and not wanted[3]
        counts.partial += wanted[0] == "plan" and bool(wanted[1]) and bool(rows)
    counts.files += sum(m.on_disk for app in app_list for m in app.migrations)
    apps.unset_installed_apps()
    sys.path.remove(folder)
    if options.only is None:
        shutil.rmtree(folder)
    else:
        print(folder)
    return next((text for text in texts if text is not None), None)


def main():
    options = parse_options()
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    settings.configure(INSTALLED_APPS=[], DATABASES={})
    django.setup()
    loader_module.MigrationRecorder = executor_module.MigrationRecorder = Records
    driver, counts = Driver(options.driver), Counts()
    projects = range(options.projects) if options.only is None else [options.only]
    for index in projects:
        text = compare_project(options, driver, index, counts)
        if text is not None:
            counts.different += 1
            if counts.different <= SHOWN:
                print("project %d of seed %d (--seed %d --only %d): %s\n" % (index, options.seed, options.seed, index, text))
    print("Django %s, seed %d: %d projects, %d migrations, %d sets of records (%d refused, %d inconsistent, %d applied in parts), %d mismatches" % (
        django.get_version(), options.seed, len(projects), counts.files, counts.sets, counts.refused, counts.inconsistent, counts.partial, counts.different))
    weak = len(projects) >= 100 and not (counts.refused > 10 and counts.inconsistent > 10 and counts.partial > 100)
    if weak:
        print("too few refusals, inconsistent records or records of parts")
    print("django_files: %d passed, %d failed" % (len(projects) - counts.different, counts.different + weak))
    return 1 if counts.different or weak else 0


if __name__ == "__main__":
    sys.exit(main())
