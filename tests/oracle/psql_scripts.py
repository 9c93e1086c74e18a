#!/usr/bin/python3
"""Compares where statements begin and end with psql itself.

Random scripts, and random mutations of them, are given to psql, which talks to a server of this test that notes what
arrives and says yes to everything; the scanner cuts the same scripts. Demanded are the same statements, byte by byte but
for comments around them, and the same COPY data. Where the scanner finds a fault (an open quote, data without end), psql
must have sent the same up to there, and then at most the rest of the text in one piece. A backslash command ends the
comparison of a script: it is cut off there. Not compared: blank lines, which psql leaves out, and scripts in which an E''
string may go on in the next line, where psql, which cuts line by line, is not of the server's opinion.

    psql_scripts.py DRIVER [--seed N] [--scripts N]

The seed and the number of scripts may also come from ORACLE_SEED and ORACLE_SCRIPTS. Exit status 1 on any difference.
"""

import argparse
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

SHOWN = 5  # differences printed
BATCH = 250  # scripts that one psql runs
PATIENCE = 60  # seconds for a batch
BOM = b"\xef\xbb\xbf"

# ---- scripts ---------------------------------------------------------------------------------------------------------

GAPS = (" ", "  ", "\n", "\t", "\n\n", " -- it's; \"a\" $$ /* comment\n", " /* one; /* in -- another */ ' */ ", "/**/", "\r\n", "\f")
NAMES = ("t", "T1", '"a;b"', '"x""y;"', '"-- no"', "größe", '"/* ü"', "a$1", "_x", "e", "u", 'U&"d\\0061t;"', "n.m", '"begin"', "begin1")
STRINGS = (
    "'a'", "''", "';'", "'it''s; '", "'a\\'", "'two\nlines;\n'", "'-- no'", "'/* no'", "E'a\\';'", "e'\\\\'", "E'''\\''", "E'x\\\\\\';'",
    "'a'\n'b;'", "U&'\\0041;'", "U&'!0041' UESCAPE '!'", "B'01'", "X'1F'", "N'n;'", "$$;$$", "$a$ $$ ; $b$ $a$",
    "$ü$;$ü$", "$a1_$'$a1_$", "$$--$$", "$$/*$$", "$a$ $a ; $ a$ $a$", "'$$'", "'ü;'",
)
OTHERS = (
    "1", "1.5e-3", "$1", "a$b$c", "x::int", "a - -1", "a --c\n- 1", "1 /*c*/+ 2", "@-@ 1", "|/ 4", "a[1:2]", "(1; 2)", "((;))", "x <> y", "0x1F", "1_000",
    "CASE WHEN a THEN 1 END", "end", "begin", "$2::text", "a /-b", "a*/b", "*", "? &",
)
BODIES = ("SELECT 1;", "SELECT CASE WHEN true THEN 1 END;", "SELECT ';';", "SELECT $$;$$;", "INSERT INTO t VALUES (1);", "SELECT 1 AS \"end\";", "")


def word(rng, text):
    return rng.choice((text, text.lower(), text.capitalize()))


def expression(rng):
    gap = rng.choice(GAPS)
    parts = [rng.choice(STRINGS + STRINGS + OTHERS + NAMES) for _ in range(rng.randint(1, 4))]
    return (rng.choice((", ", " || ", " ")) + gap).join(parts)


def words(rng, text):
    """These words, with any gap between them."""
    return "".join(word(rng, part) + rng.choice(GAPS if rng.random() < 0.3 else (" ",)) for part in text.split())


def routine(rng):
    head = words(rng, rng.choice(("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", "CREATE PROCEDURE", "CREATE OR REPLACE PROCEDURE")))
    head += rng.choice(NAMES) + "(" + rng.choice(("", "a int", "a int DEFAULT (1)")) + ") "
    if rng.random() < 0.6:
        body = rng.choice(GAPS).join(rng.choice(BODIES) for _ in range(rng.randint(0, 3)))
        return head + words(rng, "LANGUAGE sql BEGIN ATOMIC") + rng.choice(GAPS) + body + rng.choice(GAPS) + word(rng, "END")
    return head + "LANGUAGE plpgsql AS " + rng.choice(("$$ BEGIN RETURN ';'; END; $$", "$f$ BEGIN EXECUTE $$;$$; END $f$", "'BEGIN; END;'"))


def rule(rng):
    return words(rng, "CREATE RULE") + rng.choice(NAMES) + " AS ON INSERT TO t DO ALSO (" + "; ".join(
        "INSERT INTO l VALUES (" + expression(rng) + ")" for _ in range(rng.randint(1, 3))) + rng.choice((")", ";)"))


def copy(rng):
    """Whole, with its data."""
    lines = [rng.choice(("1\t2", "\\N", "a;b", "'", "$$", "\\\\.", "\\.x", " \\.", "--", "/*", "", "ü\\t", "x\r")) for _ in range(rng.randint(0, 4))]
    head = words(rng, "COPY") + rng.choice(NAMES) + rng.choice((" ", " (a, \"b;\") ")) + word(rng, "FROM") + rng.choice((" ", "\n", "\t")) + word(rng, "STDIN") + " "
    options = rng.choice(("", "", "WITH (FORMAT csv, DELIMITER ';')", "csv"))
    end = rng.choice((";\n", ";\n", "; -- data\n", ";  \n", ";\r\n"))
    return head + options + end + "".join(line + "\n" for line in lines) + rng.choice(("\\.\n", "\\.\n", "\\.\r\n"))


def statement(rng):
    roll = rng.random()
    if roll < 0.1:
        return copy(rng)
    if roll < 0.15:
        return ";"
    if roll < 0.3:
        text = routine(rng)
    elif roll < 0.37:
        text = rule(rng)
    else:
        text = words(rng, rng.choice(("SELECT", "INSERT INTO t VALUES", "DO", "COMMENT ON TABLE t IS", "BEGIN", "COMMIT", "SET x =", "VALUES"))) + expression(rng)
    return text + rng.choice(("", "", " ", "\n", " -- c\n")) + ";"


def whole_script(rng):
    text = "".join(rng.choice(GAPS + ("",) * 4) + statement(rng) for _ in range(rng.randint(1, 6)))
    if rng.random() < 0.2:
        text = text.rstrip("; \n")
    text += rng.choice(("", "\n", " -- the end", "\n/* the end */\n"))
    if rng.random() < 0.1:
        text = text.replace("\r", "").replace("\n", "\r\n")
    return (BOM if rng.random() < 0.1 else b"") + text.encode()


# What would have psql run a shell (!, `) or read variables (:) is not among them.
BYTES = b"';\"$/*-\\()\n\r \tabeEuUnNxX01&.\xc3\xbc\xff,|@"


def mutate(rng, script):
    text = bytearray(script)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        roll = rng.random()
        if roll < 0.4:
            text[at:at] = bytes((rng.choice(BYTES),))
        elif roll < 0.7:
            del text[at:at + rng.choice((1, 1, 1, 2, 8))]
        elif roll < 0.9 and at < len(text):
            text[at] = rng.choice(BYTES)
        else:
            other = rng.randrange(len(text) + 1)
            text[at:at] = text[other:other + rng.randint(1, 12)]
    return bytes(text)


def make_script(seed, index):
    rng = random.Random("%d/%d" % (seed, index))
    script = whole_script(rng)
    return mutate(rng, script) if index % 2 else script


# ---- psql ------------------------------------------------------------------------------------------------------------

PARAMETERS = ((b"server_version", b"15.0"), (b"client_encoding", b"UTF8"), (b"standard_conforming_strings", b"on"))
COPY_IN = re.compile(rb"copy\b.*\bfrom\s+stdin\b", re.I | re.S)

NEARLY_COPY_IN = re.compile(rb"copy\b.*\bfrom\W+stdin\b", re.I | re.S)  # psql 15.20 waits for data, whatever the server says


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


READY = message(b"C", b"DO\0") + message(b"Z", b"I")


class Listener(threading.Thread):
    """A server to psql: notes the statements and the data that come, as ("statement" | "data", bytes)."""

    def __init__(self, folder, copies):
        super().__init__(daemon=True)
        self.copies = copies  # is this statement one that waits for data?
        self.came = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(os.path.join(folder, ".s.PGSQL.5432"))
        self.socket.listen()

    def run(self):
        connection = self.socket.accept()[0]
        with connection, connection.makefile("rb") as stream:
            stream.read(struct.unpack("!I", stream.read(4))[0] - 4)
            connection.sendall(message(b"R", struct.pack("!I", 0)) + b"".join(
                message(b"S", name + b"\0" + value + b"\0") for name, value in PARAMETERS) + message(b"Z", b"I"))
            while (kind := stream.read(1)) not in (b"", b"X"):
                body = stream.read(struct.unpack("!I", stream.read(4))[0] - 4)
                if kind == b"Q":
                    self.came.append(("statement", body[:-1]))
                    waits = self.copies(body[:-1])
                    connection.sendall(message(b"G", b"\0\0\0") if waits else READY)
                    if waits:
                        self.came.append(("data", b""))
                elif kind == b"d":
                    self.came[-1] = ("data", self.came[-1][1] + body)
                elif kind in (b"c", b"f"):
                    connection.sendall(READY)


def run_psql(folder, scripts, copies):
    """What psql sends for each of them."""
    words = []
    for number, script in enumerate(scripts):
        with open(os.path.join(folder, "%d.sql" % number), "wb") as file:
            file.write(script)
        words += ["-f", "%d.sql" % number, "-c", "next %d" % number]
    listener = Listener(folder, copies)
    listener.start()
    environment = {"PATH": os.environ["PATH"], "PGCLIENTENCODING": "UTF8", "LC_ALL": "C.UTF-8", "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}
    subprocess.run(["psql", "-X", "-q", "-w", "-h", folder, "-U", "x", "-d", "x", *words], cwd=folder, env=environment,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    listener.join(PATIENCE)
    listener.socket.close()
    os.unlink(os.path.join(folder, ".s.PGSQL.5432"))
    sent, now = [], []
    for piece in listener.came:
        if piece == ("statement", b"next %d" % len(sent)):
            sent.append(now)
            now = []
        else:
            now.append(piece)
    return sent


# ---- ours ------------------------------------------------------------------------------------------------------------


def run_scanner(driver, scripts):
    """For each its pieces (what, offset, bytes), and the fault or None."""
    answer = subprocess.run([driver], input=b"".join(b"%d\n%s" % (len(script), script) for script in scripts), stdout=subprocess.PIPE, check=True)
    lines = iter(answer.stdout.decode().splitlines())
    found = []
    for script in scripts:
        pieces, fault = [], None
        while (line := next(lines)) != "end":
            what, rest = line.split(" ", 1)
            if what == "error":
                fault = rest
            else:
                offset, length = map(int, rest.split())
                pieces.append((what, offset, script[offset:offset + length]))
        found.append((pieces, fault))
    return found


# Any BEGIN in it opens a body to psql, also one without ATOMIC, and any END closes one, also where no statement can begin:
# such text is no SQL, and its statement may be longer here or there.
BEGIN = re.compile(rb"create\b.*\b(function|procedure)\b.*\bbegin\b", re.I | re.S)

# ---- the comparison --------------------------------------------------------------------------------------------------


def behind_comments(text):
    """What is left of it behind blanks and comments."""
    while True:
        text = text.lstrip(b" \t\r\n\f\v")
        if text.startswith(b"--"):
            text = re.sub(rb"^--[^\r\n]*", b"", text)
        elif text.startswith(b"/*"):
            depth = at = 0
            while at < len(text):
                two = text[at:at + 2]
                depth += (two == b"/*") - (two == b"*/")
                at += 2 if two in (b"/*", b"*/") else 1
                if depth == 0:
                    break
            text = text[at:]
        else:
            return text


def one_begins(theirs, ours):
    """Is one of them the other's beginning?"""
    theirs, ours = without_blank_lines(behind_comments(theirs)), without_blank_lines(ours)
    return theirs.startswith(ours) or ours.startswith(theirs)


def same(what, theirs, ours):
    if what == "data":
        return re.sub(rb"\\\.\r?\n?$", b"", theirs) == ours
    theirs, ours = without_blank_lines(behind_comments(theirs)), without_blank_lines(ours)
    return theirs.startswith(ours) and behind_comments(theirs[len(ours):]) == b""


CONTINUED = re.compile(rb"'(?:[ \t\f\v]*(?:--[^\r\n]*)?[\r\n]+)+[ \t\f\v]*'")


def is_continued(script):
    """Does an E'' string go on in the next line, perhaps?"""
    return re.search(rb"[eE]'", script) is not None and CONTINUED.search(script) is not None


def without_blank_lines(text):
    return re.sub(rb"\n+", b"\n", text)


def is_empty(what, text):
    return what == "statement" and behind_comments(text) in (b"", b";")


def difference(theirs, ours, fault, mutated):
    """None, or what is different."""
    theirs = [piece for piece in theirs if not is_empty(*piece)]
    ours = [(what, text) for what, _, text in ours if not is_empty(what, text)]
    for number, (what, text) in enumerate(ours):
        if number == len(theirs):
            return "psql sends no %r" % text
        open_copy = fault is not None and "COPY" in fault and number + 1 == len(ours)
        if theirs[number][0] == what and mutated and (BEGIN.match(text) or open_copy) and one_begins(theirs[number][1], text):
            return None
        if what == "data" and theirs[number][0] != what and not COPY_IN.match(ours[number - 1][1]):
            return None
        if theirs[number][0] != what or not same(what, theirs[number][1], text):
            return "piece %d: psql sends %r, we %r" % (number + 1, theirs[number][1], text)
        if NEARLY_COPY_IN.match(text) and not COPY_IN.match(text):
            return None
    more = theirs[len(ours):]
    if fault is None and more:
        return "psql sends %r too" % (more[0][1],)
    blurred = more and any(guess.match(behind_comments(more[0][1])) for guess in (BEGIN, COPY_IN))
    if fault is not None and "COPY" not in fault and len(more) > 1 and not blurred:
        return "we say %s, psql sends %d more, the first %r" % (fault, len(more), more[0][1])
    return None


def cut(script, pieces):
    """Up to its first command, which psql is not to run, or an empty statement behind data: psql 15 loses lines there."""
    before = None
    for what, offset, text in pieces:
        if what == "command" or (before == "data" and text == b";"):
            return script[:offset]
        before = what
    return script


def compare(driver, folder, scripts, mutated):
    """(script, None or the difference, None or our fault), for those that could be compared."""
    scripts = [cut(script, pieces) for script, (pieces, _) in zip(scripts, run_scanner(driver, scripts))]
    found = run_scanner(driver, scripts)
    def copies(text):
        return COPY_IN.match(behind_comments(text)) is not None

    sent = run_psql(folder, scripts, copies)
    for gone in range(len(sent), len(scripts)):
        if len(sent) == gone:  # psql ends when it is to send data for what is no COPY: the listener's guess was wrong
            sent.append(None)
            sent += run_psql(folder, scripts[gone + 1:], copies)
    return [(script, difference(theirs, *ours, changed), ours[1]) for script, theirs, ours, changed in zip(scripts, sent, found, mutated) if theirs is not None]


# ---- all -------------------------------------------------------------------------------------------------------------


def parse_options():
    parser = argparse.ArgumentParser(description="compare the SQL scanner with psql itself")
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ORACLE_SEED", "1")))
    parser.add_argument("--scripts", type=int, default=int(os.environ.get("ORACLE_SCRIPTS", "1600")))
    return parser.parse_args()


def main():
    options = parse_options()
    driver = os.path.abspath(options.driver)
    different = faults = compared = 0
    folder = tempfile.mkdtemp(prefix="oracle-")
    try:
        for begin in range(0, options.scripts, BATCH):
            made = [(make_script(options.seed, index), index % 2 == 1) for index in range(begin, min(begin + BATCH, options.scripts))]
            scripts, mutated = zip(*(pair for pair in made if not is_continued(pair[0])))
            for script, text, fault in compare(driver, folder, scripts, mutated):
                compared += 1
                faults += fault is not None
                if text is None:
                    continue
                different += 1
                if different <= SHOWN:
                    print("seed %d: %s\n%r\n" % (options.seed, text, script))
    finally:
        shutil.rmtree(folder)
    version = subprocess.run(["psql", "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().split()[2]
    print("psql %s, seed %d: %d scripts, half of them mutated, %d with a fault, %d mismatches" % (version, options.seed, compared, faults, different))
    weak = compared < 0.8 * options.scripts
    if weak:
        print("too few of %d scripts could be compared" % options.scripts)
    print("psql_scripts: %d passed, %d failed" % (compared - different, different + weak))
    return 1 if different or weak else 0


if __name__ == "__main__":
    sys.exit(main())
