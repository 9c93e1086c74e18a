#!/usr/bin/python3
"""Runs every console block of the README's tour as it stands, and compares what it prints.

usage: tour.py PROGRAM    (run from the top of the tree)

A private PostgreSQL is started in a temporary folder and named by PGHOST and PGPORT; the tour works on a copy of
migrations/. A line `...` in a block stands for any lines. stderr is not compared: it is for people.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

TOP = os.getcwd()


def blocks(readme):
    tour = re.search(r"^## Five-minute tour$(.*?)^## ", readme, re.M | re.S).group(1)
    return re.findall(r"^```console\n(.*?)^```$", tour, re.M | re.S)


def commands(block):
    """[(command, expected lines)] of a block."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def matches(expected, lines):
    pattern = "".join(".*" if line == "..." else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in lines), re.S) is not None


class Server:
    """A throw-away PostgreSQL, as user postgres when we are root, ended by its process id."""

    def __init__(self, folder):
        self.folder = folder
        programs = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        self.port = free_port()
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if as_user:
            shutil.chown(folder, "postgres")
        data = os.path.join(folder, "data")
        subprocess.run(as_user + [programs + "/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync",
                                  "--locale=C", "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL)
        self.pg_ctl = as_user + [programs + "/pg_ctl", "-D", data, "-w", "-s"]
        options = f"-p {self.port} -k {folder} -c listen_addresses= -c fsync=off"
        subprocess.run(self.pg_ctl + ["-l", os.path.join(folder, "log"), "-o", options, "start"], check=True)

    def stop(self):
        subprocess.run(self.pg_ctl + ["-m", "immediate", "stop"], check=False)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Shell:
    """One bash for the whole tour; after each command a mark tells where its output ends."""

    MARK = "@@tour@@"

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=folder, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        start_new_session=True)
        self.send("set -m 2>/dev/null; exec 2>stderr.txt")

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def run(self, command):
        self.send(f"{command}\necho {self.MARK}")
        lines = []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == self.MARK:
                return lines
            lines.append(line)
        raise SystemExit("the tour's shell ended early")

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def tour(program, folder):
    shutil.copytree(os.path.join(TOP, "migrations"), os.path.join(folder, "tour", "migrations"))
    server = Server(os.path.join(folder, "pg"))
    environment = {key: value for key, value in os.environ.items()
                   if not re.match(r"PG|MIGRATED_|DATABASE_URL|NOTIFY_SOCKET|LISTEN_", key)}
    environment.update(PATH=os.path.dirname(program) + ":" + os.environ["PATH"], PGHOST=server.folder,
                       PGPORT=str(server.port), PGUSER="postgres", MIGRATED_LISTEN=f"127.0.0.1:{free_port()}")
    shell = Shell(os.path.join(folder, "tour"), environment)
    passed = failed = 0
    try:
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as readme:
            text = readme.read()
        for block in blocks(text):
            for command, expected in commands(block):
                lines = shell.run(command)
                if matches(expected, lines):
                    passed += 1
                    continue
                failed += 1
                print(f"$ {command}\nexpected:", *expected, "printed:", *lines, sep="\n    ")
        if failed:
            with open(os.path.join(folder, "tour", "stderr.txt"), encoding="utf-8") as errors:
                print("stderr of all:", errors.read(), sep="\n")
    finally:
        shell.stop()
        server.stop()
    return passed, failed


def main():
    program = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="migrated-tour-")
    os.chmod(folder, 0o755)
    os.mkdir(os.path.join(folder, "pg"), 0o700)
    os.mkdir(os.path.join(folder, "tour"))
    try:
        passed, failed = tour(program, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"tour: {passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


if __name__ == "__main__":
    main()
