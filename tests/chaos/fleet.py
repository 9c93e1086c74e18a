"""The daemons and one-shot upgrades of an episode: processes, logs, verdicts."""
import collections
import http.client
import json
import os
import re
import signal
import subprocess

from server import wait_until

ANSWER_SECONDS = 5
JOB_FAILED, JOB_CHANGED, JOB_UNREACHABLE = 1, 65, 69


def clean_environment():
    ours = ("PG", "MIGRATED_", "DATABASE_", "NOTIFY_SOCKET", "LISTEN_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Runner:
    """One process of migrated; ends with us. Its lines go to a file."""

    def __init__(self, number, command, folder, options):
        command, *arguments = command
        self.number = number
        self.is_daemon = command == "serve"
        self.applies_all = command == "upgrade"
        self.path = f"{folder}/{number:02d}-{command}"
        self.read_until = 0
        self.port = None
        self.expected_end = None
        self.judged = False
        with open(f"{self.path}.log", "wb") as log, open(f"{self.path}.out", "wb") as out:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", options["program"], command, *arguments, "--migrations", options["migrations"],
                 "--database-url", options["url"], "--log-format", "json", "--lock-timeout", "150ms",
                 "--max-message", options["max_message"],
                 *(["--listen", "127.0.0.1:0", "--cache-ttl", "1s"] if self.is_daemon else [])],
                stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=clean_environment(), start_new_session=True)

    def lives(self):
        return self.process.poll() is None

    def kill(self):
        if self.lives():
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def ask_to_stop(self):
        if self.lives():
            self.expected_end = 0 if self.is_daemon else 143
            self.process.terminate()

    def hang_up(self):
        if self.lives():
            self.process.send_signal(signal.SIGHUP)

    def lines(self):
        """What was logged since the last call."""
        with open(f"{self.path}.log", "rb") as file:
            file.seek(self.read_until)
            text = file.read()
        text = text[:text.rfind(b"\n") + 1]  # whole lines
        self.read_until += len(text)
        found = []
        for line in text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"message": line.decode(errors="replace"), "severity": "TEXT"})
        return found

    def stdout(self):
        with open(f"{self.path}.out", encoding="utf-8", errors="replace") as file:
            return file.read()

    def note_port(self, line):
        prefix = "listening on http://127.0.0.1:"
        if self.is_daemon and line["message"].startswith(prefix):
            self.port = int(line["message"][len(prefix):])

    def state(self):
        """(status code, state) of /readyz; (0, "") where nobody answers."""
        if self.port is None or not self.lives():
            return 0, ""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())["state"]
        except (OSError, ValueError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


class Fleet:
    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.all = []
        self.wrong = []  # what processes did that they may not
        self.told = collections.Counter()  # revisions that somebody has told to be applied
        self.claimed = False  # somebody has told that everything is
        self.mended = False  # a file was, and who had read it before ends with that
        self.disturbed = False  # somebody was killed or stopped, and may not have told everything
        os.makedirs(folder)

    def start(self, *command):
        """A command line; a daemon's if there is none."""
        command = command or ("serve",)
        runner = Runner(len(self.all), command, self.folder, self.options)
        self.all.append(runner)
        return runner

    def alive(self, daemons=None):
        return [each for each in self.all if each.lives() and daemons in (None, each.is_daemon)]

    def any_one(self):
        return (self.alive(daemons=True) or [self.start()])[0]

    def by_pid(self, pid):
        return next((each for each in self.all if each.process.pid == pid and each.lives()), None)

    def listen(self, graph):
        """Read all logs; gather what was told."""
        for each in self.all:
            for line in each.lines():
                each.note_port(line)
                if line["message"] == "applied":
                    self.told[line["revision"]] += 1
                if line["severity"] == "TEXT" and each.is_daemon:
                    self.wrong.append(f"{each.path}: {line['message']}")
            status = each.process.poll()
            if status is not None and status != -signal.SIGKILL and not each.judged:
                each.judged = True
                self._judge_end(each, status, graph)

    def reported(self, graph):
        return set(graph.revisions) if self.claimed else set(self.told)

    def untrue(self, applied):
        """What was told more than once, or by nobody though nobody was hindered."""
        wrong = [f"{name}: told to be applied {count} times" for name, count in self.told.items() if count > 1]
        return wrong + [f"{name} is applied, and nobody told" for name in sorted(applied)
                        if name not in self.told and not self.disturbed]

    def _judge_end(self, each, status, graph):
        if not each.is_daemon:
            self.told.update(re.findall(r"^(\S+) applied$", each.stdout(), re.M))
        if not each.is_daemon and status == 0:
            if each.applies_all and graph.failing() is not None:
                self.wrong.append(f"{each.path}: exit status 0, though {graph.failing()} always fails")
            if "Job completed successfully" not in each.stdout():
                self.wrong.append(f"{each.path}: exit status 0 without saying so")
            self.claimed |= each.applies_all
        elif each.is_daemon and (each.expected_end is None or status != each.expected_end):
            self.wrong.append(f"{each.path}: ended with status {status}")
        elif not each.is_daemon and status == JOB_FAILED and not graph.may_fail():
            self.wrong.append(f"{each.path}: exit status 1, though nothing fails")
        elif not each.is_daemon and status == JOB_CHANGED and self.mended:
            pass
        elif not each.is_daemon and status not in (JOB_FAILED, JOB_UNREACHABLE, each.expected_end):
            self.wrong.append(f"{each.path}: exit status {status}")

    def stop_all(self, graph, seconds=30):
        """SIGTERM to all; whoever does not end in time is named, and killed."""
        for each in self.alive():
            each.ask_to_stop()
        try:
            wait_until(lambda: not self.alive(), "the end of daemons", seconds)
        except TimeoutError:
            self.wrong += [f"{each.path}: does not end on SIGTERM" for each in self.alive()]
        self.kill_all()
        self.listen(graph)

    def kill_all(self):
        for each in self.all:
            each.kill()
