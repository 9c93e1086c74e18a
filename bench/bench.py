#!/usr/bin/python3
"""Measures migrated beside libpq alone, psql, Alembic and nginx, and prints the tables of docs/performance.md.

Tools take turns (A B C, A B C): a slow minute of the machine hits them all, and ratios are those of one run. Every
server used is started here, private, and ended here. A target that is missed is no error: this measures.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ in the tree

import places
import revisions
from figures import Figures, Targets, table

ROUND_TRIP_MS = 5
SHORT_HISTORY = 100
PARTS = ["apply", "relay", "nothing", "start", "http", "graph"]


class Bench:
    def __init__(self, options, folder, postgres):
        self.options = options
        self.folder = folder
        self.postgres = postgres
        self.figures = Figures()
        self.targets = Targets()
        self.count = options.revisions
        self.native = revisions.write_native(f"{folder}/native", self.count)
        self.psql = revisions.write_psql(f"{folder}/all.sql", self.count)
        self.alembic = revisions.write_alembic(f"{folder}/alembic", self.count)
        subprocess.run([sys.executable, "-m", "compileall", "-q", self.alembic], check=True)

    def program(self, name):
        return f"{self.options.programs}/{name}"

    # ---- running ----

    def run(self, *command, port=None):
        result = subprocess.run(command, env=places.environment(port or self.postgres.port), capture_output=True,
                                text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit status {result.returncode}\n{result.stderr}")
        return result.stdout

    def timed(self, name, *command, port=None):
        """Wall time, CPU time and peak memory of one command, noted under `name`."""
        output = f"{self.folder}/output"
        wall_ms, cpu_ms, peak_kib, status = self.run(self.program("timed"), output, *command, port=port).split()
        if status != "0":
            with open(output, encoding="utf-8", errors="replace") as file:
                raise RuntimeError(f"{' '.join(command)}: exit status {status}\n{file.read()[-2000:]}")
        self.figures.add(name, float(wall_ms))
        self.figures.add(f"{name} cpu", float(cpu_ms))
        self.figures.add(f"{name} peak", places.megabytes(peak_kib))

    def check_applied(self, name):
        made = self.postgres.count_rows("SELECT count(*) FROM pg_tables WHERE tablename LIKE 't\\_%'")
        if made != self.count:
            raise RuntimeError(f"{name} made {made} tables, not {self.count}")

    def upgrade(self, name, port=None):
        self.timed(name, self.options.program, "upgrade", "--migrations", self.native, port=port)

    def apply_with(self, tool, name, port=None):
        """Everything into a new database with one of the tools."""
        self.postgres.new_database()
        server_ms = self.postgres.cpu_ms()
        if tool == "bare":
            self.figures.add(name, float(self.run(self.program("bare"), "apply", self.native, "", port=port)))
        elif tool == "migrated":
            self.upgrade(name, port=port)
        elif tool == "psql":
            self.timed(name, self.postgres.psql, "-Xqw", "-v", "ON_ERROR_STOP=1", "-f", self.psql, port=port)
        else:
            self.timed(name, "alembic", "-c", f"{self.alembic}/alembic.ini", "upgrade", "head", port=port)
        self.check_applied(name)
        self.figures.add(f"{name} server", self.postgres.cpu_ms() - server_ms)

    # ---- the parts ----

    def apply(self):
        for _ in range(self.options.rounds):
            for tool in ("bare", "migrated", "psql", "alembic"):
                self.apply_with(tool, tool)
        figures = self.figures
        self.targets.at_most("apply, beside libpq with the same messages, one a revision",
                             figures.ratio("migrated", "bare"), 1.10)
        self.targets.at_most("apply, beside psql, one transaction a revision", figures.ratio("migrated", "psql"),
                             1.00)
        return self.apply_table(f"Apply {self.count} revisions, local server", "",
                                ["bare", "migrated", "psql", "alembic"])

    def relay(self):
        """psql and Alembic once: they take half a minute, and their turns do not vary."""
        figures = self.figures
        with places.Relay(self.program("relay"), self.postgres.port, ROUND_TRIP_MS) as network:
            for tool, rounds in (("migrated", self.options.rounds), ("psql", 1), ("alembic", 1)):
                for _ in range(rounds):
                    if tool == "migrated":
                        self.apply_with(tool, f"{tool} beside")
                    turns, connections = network.counts()
                    self.apply_with(tool, f"{tool} relay", port=network.port)
                    turns_after, connections_after = network.counts()
                    figures.add(f"{tool} relay turns", turns_after - turns)
                    figures.add(f"{tool} relay connections", connections_after - connections)
        self.targets.at_most(f"apply through {ROUND_TRIP_MS} ms, beside the same on the local server",
                             figures.ratio("migrated relay", "migrated beside"), 1.25)
        self.targets.at_most(f"round trips for {self.count} revisions", figures.median("migrated relay turns"),
                             self.count // 8 + 10, digits=0)
        return self.apply_table(f"Apply {self.count} revisions through {ROUND_TRIP_MS} ms", " relay",
                                ["migrated", "psql", "alembic"])

    def apply_table(self, title, suffix, tools):
        figures = self.figures
        names = {"bare": "libpq alone, the same messages", "psql": "psql, one transaction a revision",
                 "alembic": "Alembic, one transaction a revision", "migrated": "migrated upgrade"}
        rows = []
        for tool in tools:
            name = tool + suffix
            measured = figures.has(f"{name} cpu")
            rows.append([
                names[tool], figures.shown(name, 0), f"{figures.median(name) / self.count:.2f}",
                f"{figures.median(f'{name} server'):.0f}",
                f"{figures.median(f'{name} cpu'):.0f}" if measured else "",
                f"{figures.median(f'{name} peak'):.1f}" if measured else "",
                f"{figures.median(f'{name} turns'):.0f}" if suffix else ""])
        return f"### {title}\n\n" + table(
            ["", "wall ms", "ms a revision", "server CPU ms", "client CPU ms", "peak MB", "round trips"], rows)

    def applied(self):
        self.postgres.new_database()
        self.run(self.options.program, "upgrade", "--migrations", self.native)

    def nothing(self):
        """With a short history first: what reading the files costs shows in the difference."""
        short = min(SHORT_HISTORY, self.count)
        rows = self.nothing_beside(short, revisions.write_native(f"{self.folder}/short", short), "short")
        rows += self.nothing_beside(self.count, self.native, "long")
        for _ in range(self.options.rounds):
            self.timed("alembic nothing", "alembic", "-c", f"{self.alembic}/alembic.ini", "upgrade", "head")
        rows.append(self.nothing_row(f"alembic upgrade head, {self.count} applied", "alembic nothing"))
        return "### Nothing to do\n\n" + table(["", "wall ms", "client CPU ms", "peak MB"], rows)

    def nothing_beside(self, count, folder, name):
        self.postgres.new_database()
        upgrade = (self.options.program, "upgrade", "--migrations", folder)
        self.run(*upgrade)
        for _ in range(self.options.rounds * 5):
            self.timed(f"{name} select", self.program("bare"), "select", "")
            self.timed(f"{name} select and files", self.program("bare"), "select", "", folder)
            self.timed(f"{name} nothing", *upgrade)
            self.timed(f"{name} psql", self.postgres.psql, "-Xqwc", "SELECT version_num FROM alembic_version")
        self.targets.at_most(f"nothing to do ({count} applied), beside libpq: connect, SELECT",
                             self.figures.ratio(f"{name} nothing", f"{name} select"), 1.50)
        self.targets.at_most(f"nothing to do ({count} applied), beside the same and each file read",
                             self.figures.ratio(f"{name} nothing", f"{name} select and files"), 1.50)
        return [self.nothing_row(f"{what}, {count} applied", f"{name} {key}")
                for what, key in (("libpq alone: connect, SELECT", "select"),
                                  ("libpq alone: the same, each file read", "select and files"),
                                  ("migrated upgrade", "nothing"),
                                  ("psql -c SELECT", "psql"))]

    def nothing_row(self, what, name):
        figures = self.figures
        return [what, figures.shown(name), f"{figures.median(f'{name} cpu'):.1f}",
                f"{figures.median(f'{name} peak'):.1f}"]

    def first(self, name, command):
        port = str(places.free_port())
        self.figures.add(name, float(self.run(self.program("first_answer"), port, *command(port))))

    def start(self):
        figures = self.figures
        self.applied()
        for _ in range(self.options.rounds * 5):
            self.first("first", lambda port: (self.options.program, "serve", "--migrations", self.native,
                                              "--listen", f"127.0.0.1:{port}"))
            self.first("bare first", lambda port: (self.program("bare"), "serve", port, ""))
        with places.Daemon(self.options.program, self.native, self.postgres.port) as daemon:
            daemon.wait_for('"ready"')
            figures.add("resident", daemon.resident_mb())
        self.targets.at_most(f"exec to the first 200 ({self.count} applied)", figures.median("first"), 15, " ms", 1)
        self.targets.at_most("the same, beside libmicrohttpd with one SELECT", figures.ratio("first", "bare first"), 2.4)
        self.targets.at_most("resident when idle", figures.median("resident"), 12, " MB", 1)
        return "### Start\n\n" + table(
            ["", "measured"],
            [["exec to the first 200, ms", figures.shown("first")],
             ["libpq and libmicrohttpd alone: connect, SELECT, first 200, ms", figures.shown("bare first")],
             ["resident, MB", figures.shown("resident")]])

    # ---- HTTP ----

    def wrk(self, name, port):
        """As many requests as 32 connections can, from a core of their own."""
        output = self.run(*places.pinned(-1, ["wrk", "-t1", "-c32", f"-d{self.options.seconds}s", "--latency",
                                              f"http://127.0.0.1:{port}/readyz"]))
        self.figures.add(name, float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)))
        number, unit = re.search(r"^\s+99%\s+([\d.]+)(us|ms|s)$", output, re.M).groups()
        self.figures.add(f"{name} p99", float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit])

    def steady(self, name, port):
        """1,000 requests a second, whatever comes back."""
        seen = json.loads(self.run(self.program("steady"), str(port), "1000", str(self.options.seconds * 2)))
        if seen["failed"]:
            raise RuntimeError(f"{name}: {seen['failed']} of {seen['probes']} probes had no answer")
        for key, value in seen.items():
            self.figures.add(f"{name} {key}", value)

    def busy_daemon(self, core=None):
        """A daemon that applies a revision which fills a table, long enough for two measurements."""
        folder = tempfile.mkdtemp(dir=self.folder)
        shutil.copytree(self.native, folder, dirs_exist_ok=True)
        revisions.write_busy(folder, self.count, self.options.seconds * 4 + 5)
        daemon = places.Daemon(self.options.program, folder, self.postgres.port, core)
        daemon.wait_for('"migrating"')
        return daemon

    @staticmethod
    def check_busy(daemon):
        if '"migrating"' not in places.ask(daemon.port, "/readyz")[1]:
            raise RuntimeError("the revision ended before the measurement")

    def requests(self, body):
        """As many requests as there can be: servers on the first core, wrk on the last."""
        with places.Daemon(self.options.program, self.native, self.postgres.port, core=0) as daemon, \
                places.Nginx(f"{self.folder}/nginx-pinned", body, core=0) as nginx:
            daemon.wait_for('"ready"')
            for _ in range(5):
                self.wrk("migrated rps", daemon.port)
                self.wrk("nginx rps", nginx.port)
        with self.busy_daemon(core=0) as daemon:
            self.wrk("busy rps", daemon.port)
            self.check_busy(daemon)

    def latency(self, body):
        """A fixed rate, every server wherever the kernel puts it; nginx shows what the busy machine itself costs."""
        with places.Nginx(f"{self.folder}/nginx", body) as nginx:
            for _ in range(self.options.rounds):
                with places.Daemon(self.options.program, self.native, self.postgres.port) as daemon:
                    daemon.wait_for('"ready"')
                    self.steady("idle", daemon.port)
                    self.steady("nginx idle", nginx.port)
                with self.busy_daemon() as daemon:
                    self.steady("busy", daemon.port)
                    self.steady("nginx busy", nginx.port)
                    self.check_busy(daemon)

    def http(self):
        figures = self.figures
        self.applied()
        with places.Daemon(self.options.program, self.native, self.postgres.port) as daemon:
            daemon.wait_for('"ready"')
            body = places.ask(daemon.port, "/readyz")[1]
        self.requests(body)
        self.latency(body)
        self.targets.at_least("requests a second, beside nginx with one worker",
                              figures.ratio("migrated rps", "nginx rps"), 0.90)
        late = sum(figures.values["busy late"]) / sum(figures.values["busy probes"])
        self.targets.at_least("1,000 requests a second while a revision runs: under 50 ms", 100 * (1 - late), 99.9,
                              " %", 3)
        self.targets.at_most("the median of these, beside idle", figures.ratio("busy p50_us", "idle p50_us"), 1.20)
        return self.http_tables()

    def http_tables(self):
        figures = self.figures
        names = {"migrated rps": "migrated, idle", "busy rps": "migrated, while a revision runs",
                 "nginx rps": "nginx, `return 200` with the same body"}
        most = [[what, figures.shown(name, 0), figures.shown(f"{name} p99", 0)] for name, what in names.items()]
        names = {"idle": "migrated, idle", "busy": "migrated, while a revision runs",
                 "nginx idle": "nginx, idle", "nginx busy": "nginx, while that revision runs"}
        steady = [[what, *(figures.shown(f"{name} {key}", 0) for key in ("p50_us", "p99_us", "p999_us", "max_us"))]
                  for name, what in names.items()]
        return ("### Requests per second, 32 connections, one core\n\n" +
                table(["", "requests/s", "99 % within us"], most) + "\n\n### 1,000 requests per second\n\n" +
                table(["", "median us", "99 % us", "99.9 % us", "longest us"], steady))

    # ---- the graph ----

    def graph(self):
        figures = self.figures
        count = self.options.graph
        folder = revisions.write_native(f"{self.folder}/long", count)
        self.run(self.program("graph"), "files", folder)  # warm
        for _ in range(self.options.rounds):
            for how, source in (("memory", str(count)), ("files", folder)):
                taken_ms, peak_kib = self.run(self.program("graph"), how, source).split()
                figures.add(f"graph {how}", float(taken_ms))
                figures.add(f"graph {how} peak", places.megabytes(peak_kib))
        self.targets.at_most(f"{count} revisions: graph and plan, from memory", figures.median("graph memory"), 500,
                             " ms", 0)
        self.targets.at_most(f"{count} revisions: graph and plan, from warm files", figures.median("graph files"),
                             1500, " ms", 0)
        self.targets.at_most("peak memory of that", figures.median("graph files peak"), 150, " MB", 0)
        return f"### {count} revisions\n\n" + table(
            ["", "ms", "peak MB"],
            [[what, figures.shown(f"graph {how}", 0), figures.shown(f"graph {how} peak", 0)]
             for how, what in (("memory", "graph and plan, from memory"), ("files", "with reading warm files"))])


def describe_machine(postgres):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="(.*)"$', file.read(), re.M)
    return (f"{len(places.CORES)} CPUs ({model.group(1) if model else platform.machine()}), "
            f"{system.group(1) if system else platform.system()}, Linux {platform.release()}, "
            f"PostgreSQL {postgres.version()}, fsync on; load average {os.getloadavg()[0]:.1f} at the start.")


def read_options():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="migrated")
    parser.add_argument("programs", help="the folder of the other programs of bench/")
    parser.add_argument("--revisions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each HTTP measurement")
    parser.add_argument("--graph", type=int, default=100000, help="revisions of the long history")
    parser.add_argument("--only", default=",".join(PARTS), help="of " + ",".join(PARTS))
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    options.program = os.path.abspath(options.program)
    options.programs = os.path.abspath(options.programs)
    return options


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    folder = tempfile.mkdtemp(prefix="migrated-bench-", dir="/tmp")  # in /tmp: a socket's path is at most 107 bytes
    os.chmod(folder, 0o755)
    try:
        with places.Postgres(f"{folder}/postgres") as postgres:
            machine = describe_machine(postgres)
            bench = Bench(options, folder, postgres)
            tables = []
            for part in PARTS:
                if part in options.only.split(","):
                    print(f"{part} ...", file=sys.stderr, flush=True)
                    tables.append(getattr(bench, part)())
            print(machine, bench.targets.text(), *tables, sep="\n\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
