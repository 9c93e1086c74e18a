"""A private PostgreSQL, and a new database for each episode."""
import contextlib
import glob
import os
import pwd
import signal
import subprocess
import time

import psycopg2

DEADLINE_SECONDS = 60

# fsync is off: it is processes that die here, not machines, and what the kernel has taken is kept. The WAL writer is
# slow on purpose: what commits without waiting for its WAL is really lost when the server ends at once.
SETTINGS = [
    "listen_addresses=", "shared_buffers=32MB", "fsync=off", "full_page_writes=off",
    "wal_writer_delay=5s", "autovacuum=off", "checkpoint_timeout=30min", "max_wal_size=1GB", "logging_collector=off",
    "log_min_messages=warning", "log_line_prefix=%m %p %a ", "restart_after_crash=on", "deadlock_timeout=100ms",
]

# What every episode finds: the tables that its revisions write to, one that makes a COMMIT slow, a procedure that
# commits as it goes and may be called again.
TEMPLATE = """
CREATE TABLE effects (revision text, part text, written timestamptz DEFAULT clock_timestamp());
CREATE TABLE conditions (revision text);
CREATE TABLE troubles (revision text);
CREATE TABLE called (revision text, part text);
CREATE PROCEDURE fill(who text, seconds float8) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.called VALUES (who, 'begun');
    FOR n IN 1..2 LOOP
        INSERT INTO public.called SELECT who, n::text
         WHERE NOT EXISTS (SELECT FROM public.called c WHERE c.revision = who AND c.part = n::text);
        COMMIT;
        PERFORM pg_sleep(CASE n WHEN 1 THEN seconds ELSE 0 END);
    END LOOP;
END
$$;
CREATE TABLE slow_commits (revision text, seconds float8);
CREATE FUNCTION commit_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4711, 1);
    PERFORM pg_sleep(NEW.seconds);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow_commits DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION commit_slowly();
"""
APP_TABLES = 3
OLD_INDEXES = 16
PARTITIONS = 16


def wait_until(holds, what, seconds=DEADLINE_SECONDS):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def programs():
    found = os.environ.get("MIGRATED_TEST_PGBIN")
    if not found:
        folders = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        found = os.path.dirname(max(folders, key=lambda path: float(path.split("/")[4]))) if folders else "/usr/bin"
    return found


class Server:
    def __init__(self, folder, max_connections=60):
        self.folder = folder
        self.settings = [*SETTINGS, f"max_connections={max_connections}"]
        self.socket = f"{folder}/.s.PGSQL.5432"
        os.makedirs(folder)
        self.as_user = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.as_user = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        subprocess.run(
            ["setpriv", *self.as_user, f"{programs()}/initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust",
             "--no-sync", "-E", "UTF8", "--locale=C"], check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.process = None
        self.start()
        self.run("CREATE DATABASE chaos_template")
        self.run(TEMPLATE, *self._app_tables(), database="chaos_template")

    @staticmethod
    def _app_tables():
        for number in range(APP_TABLES):
            yield f"CREATE TABLE app_{number} (id serial, name text, at timestamptz DEFAULT now())"
            yield f"INSERT INTO app_{number} (name) SELECT md5(n::text) FROM generate_series(1, 3000) AS n"
        yield "CREATE TABLE big (id int, name text)"
        yield "INSERT INTO big SELECT n, md5(n::text) FROM generate_series(1, 3000) AS n"
        yield "CREATE INDEX kept ON big (name)"
        for number in range(OLD_INDEXES):
            yield f"CREATE INDEX old_{number} ON big ((id + {number}))"
        yield "CREATE TABLE parts (id int) PARTITION BY LIST (id)"
        for number in range(PARTITIONS):
            yield f"CREATE TABLE part_{number} PARTITION OF parts FOR VALUES IN ({number})"

    def start(self):
        settings = [word for setting in self.settings for word in ("-c", setting)]
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "QUIT", *self.as_user, f"{programs()}/postgres", "-D",
                 f"{self.folder}/data", "-k", self.folder, *settings],
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.wait_for_answer()

    def wait_for_answer(self):
        def answers():
            try:
                self.connect().close()
            except psycopg2.OperationalError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL ended: {self.folder}/log") from None
                return False
            return True
        wait_until(answers, "the start of PostgreSQL")

    def stop_at_once(self):
        """As pg_ctl -m immediate."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(DEADLINE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def connect(self, database="postgres", **keywords):
        """By the Unix socket, not by the relay; autocommit."""
        connection = psycopg2.connect(host=self.folder, user="postgres", dbname=database,
                                      application_name="chaos", connect_timeout=10,
                                      options="-c synchronous_commit=local", **keywords)
        connection.autocommit = True
        return connection

    def run(self, *commands, database="postgres"):
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for command in commands:
                cursor.execute(command)

    def new_database(self, name):
        self.run(f"CREATE DATABASE {name} TEMPLATE chaos_template")

    def drop_database(self, name):
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
