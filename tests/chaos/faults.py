"""Aiming and shooting: waits until the episode is in the phase that a shot is meant for, and does it then."""
import contextlib
import itertools
import time

import psycopg2

import neighbour

AIM_SECONDS = {"transaction": 0.8, "commit": 0.8, "build": 1.5, "gap": 1.5, "closing": 1.5, "reading": 1,
               "unlocked": 1.5}
TRAPS = {"gap": "alone", "closing": "closing", "reading": "reading", "unlocked": "unlocked"}
LOOK_SECONDS = 0.004
OTHERS_SECONDS = 1.5  # who waits for our lock asks for it once a second, at least
# While it is open, what runs outside a transaction waits for it.
BAITS = {"index": "UPDATE big SET name = name WHERE id = 1", "detach": "LOCK TABLE parts IN ACCESS SHARE MODE"}
LOOKS_PER_QUESTION = 10

# A backend of ours that is in the middle of a revision's transaction: it works, sleeps or waits for a lock.
IN_TRANSACTION = """
SELECT a.pid, a.application_name FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.application_name LIKE 'migrated %' AND a.backend_xid IS NOT NULL
   AND (a.wait_event = 'PgSleep' OR a.wait_event_type = 'Lock' OR a.state = 'idle in transaction')
   AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.classid = 4711
                      AND l.objsubid = 2)"""
IN_COMMIT = """
SELECT a.pid, a.application_name FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.application_name LIKE 'migrated %'
   AND (a.wait_event = 'SyncRep'
        OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.classid = 4711
                      AND l.objsubid = 2))"""
IN_BUILD = r"""
SELECT a.pid, a.application_name FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.application_name LIKE 'migrated %%'
   AND CASE %s WHEN 'index' THEN EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.pid = a.pid)
               WHEN 'detach' THEN a.query ~ '^\s*ALTER TABLE parts DETACH' AND a.wait_event_type = 'Lock'
               WHEN 'call' THEN a.query ~ '^\s*CALL ' AND a.wait_event = 'PgSleep' END"""
# Its session has given our lock back, though it is in the middle of its work.
WITHOUT_LOCK = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND locktype = 'advisory' AND objsubid = 1)"""
LOCKED = """
SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
NOTED = "SELECT (SELECT max(id) FROM migrated.journal), (SELECT max(id) FROM migrated.history)"
BY_PID = """
SELECT pid, application_name FROM pg_stat_activity
 WHERE pid = ANY (%s) AND application_name LIKE 'migrated %%'"""
ANY = """
SELECT pid, application_name FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'migrated %' ORDER BY pid"""


class Gun:
    """The faults of one episode."""

    def __init__(self, server, relay, fleet, graph, database):
        self.server, self.relay, self.fleet = server, relay, fleet
        self.graph, self.database = graph, database
        self.by_alembic = set()  # what was applied by another tool
        self.killed = 0
        self.stepped_in = 0  # how often somebody went on with what another one was at
        self.eye = None
        self.writers = []  # (connection, end, statement): application transactions that are open
        self.without_standby = False
        self.after_restart = lambda: None  # called while the server is up and nobody of ours can reach it

    # ---- looking ----

    def query(self, sql, *arguments):
        """[] when the server is not there just now."""
        try:
            if self.eye is None:
                self.eye = self.server.connect(self.database)
            with self.eye.cursor() as cursor:
                cursor.execute(sql, arguments or None)
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.forget_eye()
            return []
        except psycopg2.ProgrammingError:  # a table that is not yet there
            return []

    def forget_eye(self):
        if self.eye is not None:
            self.eye.close()
        self.eye = None

    def runner_of(self, application_name):
        return self.fleet.by_pid(int(application_name.rsplit(" ", 1)[1]))

    def _seen(self, shot):
        if shot.phase == "transaction":
            return self.query(IN_TRANSACTION)
        if shot.phase == "build":
            return self.query(IN_BUILD, shot.way)
        held = self.relay.held(TRAPS.get(shot.phase, "commit"))
        if held or shot.phase in TRAPS:
            return self.query(BY_PID, held) if held else []
        return self.query(IN_COMMIT)

    def _let_others_in(self, shot, backend):
        """Where our lock is free somebody else may go on, while the one that had it hears nothing; and may be through with
        it, or fail, before the first one hears again."""
        if not self.query(WITHOUT_LOCK, backend) or len(self.fleet.alive()) < 2:
            return
        before = self.query(NOTED)
        if self._wait_briefly(lambda: self.query(NOTED) not in ([], before)):
            self.stepped_in += 1
            if not shot.lose:
                self._wait_briefly(lambda: not self.query(LOCKED))

    def _wait_briefly(self, holds):
        end = time.monotonic() + OTHERS_SECONDS
        while not holds():
            if time.monotonic() > end:
                return False
            self.end_writers()
            time.sleep(LOOK_SECONDS)
        return True

    def _prepare(self, shot):
        if shot.phase in TRAPS:
            self.relay.trap(TRAPS[shot.phase])
        elif shot.phase == "commit" and shot.way == "answer":
            self.relay.trap("commit")
        elif shot.phase == "commit" and shot.way == "standby":
            self.set_standby(True)
        elif shot.phase == "build" and shot.way in BAITS:
            self.write_slowly(BAITS[shot.way], 1000 * AIM_SECONDS["build"])

    def aim(self, shot, busy):
        """Whom to shoot: (backend pid, runner), or None when the phase did not come. `busy` False ends the wait."""
        self._prepare(shot)
        if shot.phase == "any":
            time.sleep(shot.after_ms / 1000)  # not a wait: a moment drawn from the seed, whatever happens then
            found = self.query(ANY)
            found = found[int(shot.choice * len(found)):][:1]
            return (found[0][0], self.runner_of(found[0][1])) if found else (None, None)
        end = time.monotonic() + AIM_SECONDS[shot.phase]
        for look in itertools.count():
            if time.monotonic() > end or (look % LOOKS_PER_QUESTION == 0 and not busy()):
                break
            self.end_writers()
            found = self._seen(shot)
            runner = self.runner_of(found[0][1]) if found else None
            if runner is not None:
                if shot.phase in TRAPS:
                    self._let_others_in(shot, found[0][0])
                return found[0][0], runner
            time.sleep(LOOK_SECONDS)
        self.calm(shot)
        return None

    # ---- shooting ----

    def shoot(self, shot, backend, runner):
        """Does it; False when nothing came of it: there was no connection to cut, the table was locked already."""
        hit = getattr(self, "_" + shot.fault)(shot, backend, runner)
        if shot.phase == "build" and shot.lose and shot.fault in ("kill", "cut"):
            self._terminate(shot, backend, runner)  # the server notices that nobody listens, before the statement is done
        self.calm(shot)
        return hit

    def calm(self, shot):
        """The trap of this shot is over."""
        self.end_writers(bait=True)
        if shot.lose:
            for kind in ("commit", *TRAPS.values()):
                for backend in self.relay.held(kind):
                    self.relay.cut(backend)
        self.relay.release()
        if self.without_standby:
            self.set_standby(False)

    def _kill(self, shot, backend, runner):
        victims = [runner or self.fleet.any_one()]
        if shot.choice < 0.1:  # the machine that they all run on
            victims = self.fleet.alive()
        for each in victims:
            each.kill()
            if each.is_daemon:
                self.fleet.start()
        self.killed += len(victims)
        return bool(victims)

    def _stop(self, shot, backend, runner):
        runner = runner or self.fleet.any_one()
        runner.ask_to_stop()
        if runner.is_daemon:
            self.fleet.start()
        return True

    def _terminate(self, shot, backend, runner):
        return self.query("SELECT pg_terminate_backend(%s)", backend) == [(True,)]

    def _restart(self, shot, backend, runner):
        self.restart()
        return True

    def restart(self):
        """As pg_ctl -m immediate restart; nobody of ours is let in before `after_restart` has looked."""
        self.relay.shut()
        self.server.stop_at_once()
        self.forget_eye()
        self.writers.clear()
        self.server.start()
        self.after_restart()
        self.relay.reopen()

    def _cut(self, shot, backend, runner):
        return self.relay.cut(None if shot.choice < 0.2 else backend) > 0

    def _stall(self, shot, backend, runner):
        stalled = self.relay.stall(None if shot.choice < 0.3 else backend)
        time.sleep(shot.length_ms / 1000)  # not a wait: how long the network is silent is the fault itself
        if shot.lose:
            self.relay.cut(None if shot.choice < 0.3 else backend)
        self.relay.resume()
        return stalled > 0

    def _replicas(self, shot, backend, runner):
        others = [each for each in self.fleet.alive(daemons=True) if each is not runner]
        if shot.choice >= 0.5 and others:
            others[0].ask_to_stop()
        self.fleet.start()
        return True

    def _lock(self, shot, backend, runner):
        """What applications do: rows, a whole table, the version table as Alembic writes it."""
        way = int(shot.choice * 4)
        statement = ["UPDATE app_0 SET name = name WHERE id = 1; UPDATE app_1 SET name = name WHERE id = 1",
                     "LOCK TABLE app_0, app_1, app_2, parts IN ACCESS SHARE MODE",
                     "UPDATE big SET name = name WHERE id = 2",
                     "LOCK TABLE alembic_version IN ROW EXCLUSIVE MODE"][way]
        return self.write_slowly(statement, shot.length_ms)

    def _alembic(self, shot, backend, runner):
        name = neighbour.apply_one(self.server, self.database, self.graph)
        if name is not None:
            self.by_alembic.add(name)
        return name is not None

    # ---- the application ----

    def write_slowly(self, statement, length_ms):
        """A transaction that stays open that long; False: locked, or not yet there, an application that fails."""
        try:
            writer = self.server.connect(self.database)
            writer.autocommit = False
            with writer.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '30ms'")
                cursor.execute(statement)
            self.writers.append((writer, time.monotonic() + length_ms / 1000, statement))
            return True
        except psycopg2.Error:
            return False

    def end_writers(self, all_of_them=False, bait=False):
        for each in list(self.writers):
            if all_of_them or time.monotonic() > each[1] or (bait and each[2] in BAITS.values()):
                self.writers.remove(each)
                with contextlib.suppress(psycopg2.Error):
                    each[0].commit()
                each[0].close()

    def set_standby(self, missing):
        """A synchronous standby that is not there: a COMMIT that waits for its WAL waits for it, committed."""
        self.without_standby = missing
        names = "'nobody'" if missing else "''"
        with contextlib.suppress(psycopg2.Error):
            self.server.run(f"ALTER SYSTEM SET synchronous_standby_names = {names}", "SELECT pg_reload_conf()")

    def stop(self):
        """No more faults, whatever was under way."""
        self.end_writers(all_of_them=True)
        self.relay.reopen()
        self.relay.resume()
        self.relay.release()
        if self.without_standby:
            self.set_standby(False)

    def close(self):
        self.end_writers(all_of_them=True)
        self.forget_eye()
