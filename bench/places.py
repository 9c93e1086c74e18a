"""What the measurements run against: a PostgreSQL server, a slow network before it, a daemon, an nginx. Each is
private, listens on loopback, and ends with `with`."""
import contextlib
import glob
import http.client
import os
import pwd
import signal
import socket
import subprocess
import time

DEADLINE_SECONDS = 30
CORES = sorted(os.sched_getaffinity(0))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def megabytes(kib):
    return int(kib) * 1024 / 1e6


def wait_until(ready, what):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} takes longer than {DEADLINE_SECONDS} s")
        time.sleep(0.02)


def end(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
        process.wait(DEADLINE_SECONDS)


def leashed(command):
    """Ends with this process, however that ends."""
    return ["setpriv", "--pdeathsig", "TERM", *command]


def pinned(core, command):
    """On this one of the cores, where there are several; None: wherever there is time."""
    return command if core is None or len(CORES) == 1 else ["taskset", "-c", str(CORES[core]), *command]


def postgres_programs():
    found = os.environ.get("MIGRATED_TEST_PGBIN")
    if not found:
        folders = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        found = os.path.dirname(max(folders, key=lambda path: float(path.split("/")[4]))) if folders else "/usr/bin"
    return found


class Postgres:
    """fsync is on: durable commits are part of what is measured. autovacuum is off, each run gets a new database."""

    SETTINGS = [
        "listen_addresses=127.0.0.1", "fsync=on", "shared_buffers=256MB", "max_wal_size=4GB",
        "checkpoint_timeout=30min", "autovacuum=off", "logging_collector=off", "log_min_messages=fatal",
    ]

    def __init__(self, folder):
        self.port = free_port()
        programs = postgres_programs()
        self.psql = f"{programs}/psql"  # not Debian's wrapper, which is slower than what it wraps
        self.folder = folder
        os.makedirs(folder)
        self.prefix = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.prefix = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        subprocess.run(
            ["setpriv", *self.prefix, f"{programs}/initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust",
             "-E", "UTF8", "--locale=C"], check=True, cwd="/", stdout=subprocess.DEVNULL)
        settings = [word for setting in self.SETTINGS for word in ("-c", setting)]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "QUIT", *self.prefix, f"{programs}/postgres", "-D", f"{folder}/data", "-p",
             str(self.port), "-k", folder, *settings], cwd="/", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: self.sql("SELECT 1", check=False).returncode == 0, "the start of PostgreSQL")

    def sql(self, *commands, database="postgres", check=True):
        words = [word for command in commands for word in ("-c", command)]
        return subprocess.run(
            [self.psql, "-XqAt", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database, "-v",
             "ON_ERROR_STOP=1", *words], check=check, capture_output=True, text=True)

    def new_database(self):
        self.sql("DROP DATABASE IF EXISTS bench WITH (FORCE)", "CREATE DATABASE bench TEMPLATE template0",
                 "CHECKPOINT")

    def count_rows(self, query):
        return int(self.sql(query, database="bench").stdout)

    def cpu_ms(self):
        """Of the backends that have ended: how much work the server had, however busy the machine is."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) * 1000 / os.sysconf("SC_CLK_TCK")

    def version(self):
        return self.sql("SHOW server_version").stdout.split()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process, signal.SIGINT)


def environment(port):
    """libpq's: how every tool finds the database."""
    ours = ("PG", "MIGRATED_", "DATABASE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return dict(kept, PGHOST="127.0.0.1", PGPORT=str(port), PGUSER="postgres", PGDATABASE="bench",
                PGSSLMODE="disable", PGGSSENCMODE="disable")


class Relay:
    """A network with this round trip before the server."""

    def __init__(self, program, port, round_trip_ms):
        self.process = subprocess.Popen([program, f"127.0.0.1:{port}", str(round_trip_ms)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def counts(self):
        """(turns, connections) so far."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return tuple(int(number) for number in self.process.stdout.readline().split())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(DEADLINE_SECONDS)


def ask(port, path):
    """(status, body), or (0, "") where nobody listens."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""


class Daemon:
    def __init__(self, program, migrations, database_port, core=None):
        self.port = free_port()
        command = [program, "serve", "--migrations", migrations, "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(leashed(pinned(core, command)), env=environment(database_port),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for(self, text):
        wait_until(lambda: text in ask(self.port, "/readyz")[1], f"the daemon's {text}")

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return megabytes(next(line.split()[1] for line in file if line.startswith("VmRSS:")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


class Nginx:
    """One worker that answers every request with `body` from memory."""

    CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 '{body}'; }}
    }}
}}
"""

    def __init__(self, folder, body, core=None):
        self.port = free_port()
        os.makedirs(folder)
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(folder=folder, port=self.port, body=body.strip()))
        self.process = subprocess.Popen(
            leashed(pinned(core, ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/log"])),
            stderr=subprocess.DEVNULL)
        wait_until(lambda: ask(self.port, "/")[0] == 200, "the start of nginx")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process, signal.SIGQUIT)
