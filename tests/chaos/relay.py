"""A TCP relay before the server that reads along: it knows each connection's backend, holds, stalls and cuts.

One thread, one selector. Everything public may be called from any thread and is done when it returns.
"""
import re
import selectors
import socket
import struct
import threading

CHUNK = 1 << 16
MOST_QUEUED = 1 << 22

# Kinds of messages, by their text. The answer to one is held, once something was done; of "closing" the message itself.
KINDS = {
    # A statement that cannot run in a transaction, as it is sent: alone.
    "alone": re.compile(rb"\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY|DROP\s+INDEX\s+CONCURRENTLY|REINDEX\s|"
                        rb"ALTER\s+TABLE\s+\S+\s+DETACH\s|VACUUM\s|CALL\s|DISCARD\s+ALL)", re.I),
    # It gives our lock back.
    "unlocked": re.compile(rb"\A\s*DISCARD\s+ALL|pg_advisory_unlock_all\(\)"),
    # What is done of a revision that goes statement by statement.
    "reading": re.compile(rb"SELECT DISTINCT ON \(j\.ordinal\)"),
    # All of its statements are done: its end.
    "closing": re.compile(rb"INSERT INTO \S+journal\b[^;]*'closed'"),
    "commit": re.compile(rb"(?:^|;)\s*COMMIT\s*;", re.M),
}
HELD_UNSENT = "closing"


def kinds_of(body):
    return [kind for kind, pattern in KINDS.items() if pattern.search(body) and
            (kind != "alone" or pattern.match(body))]


class Messages:
    """The messages of one direction, cut out of a stream of bytes."""

    def __init__(self, has_startup):
        self.buffer = bytearray()
        self.has_startup = has_startup

    def feed(self, data):
        """[(type, body)] of what is complete; a startup packet's type is b""."""
        self.buffer += data
        found = []
        while True:
            begin = 0 if self.has_startup else 1
            if len(self.buffer) < begin + 4:
                return found
            length = begin + struct.unpack_from("!I", self.buffer, begin)[0]
            if len(self.buffer) < length:
                return found
            found.append((bytes(self.buffer[:begin]), bytes(self.buffer[begin + 4:length])))
            del self.buffer[:length]
            self.has_startup = False


class Link:
    """One connection."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.up, self.down = bytearray(), bytearray()  # on their way to the server, to the client
        self.asked, self.told = Messages(True), Messages(False)
        self.backend = None
        self.trapped = None  # the kind of the message that is being answered, if its answer is to be held
        self.done = 0  # in this answer: COMMITs, or statements
        self.refused = False
        self.held = None  # its answer is here and does not go on
        self.holding = False
        self.unsent = False  # a message is here and does not go on
        self.stalled = False
        self.server_ended = False


class Relay:
    def __init__(self, address):
        """`address`: the server's Unix socket."""
        self.address = address
        self.lock = threading.Lock()
        self.links = {}  # socket: Link
        self.traps = set()  # kinds whose next answer is held
        self.open = True
        self.stalled = False
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.wake_in, self.wake_out = socket.socketpair()
        self.wake_in.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_in, selectors.EVENT_READ)
        self.ended = False
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    # ---- what the others call ----

    def trap(self, kind):
        """The next answer to a message of that kind is held (KINDS)."""
        with self.lock:
            self.traps.add(kind)

    def held(self, kind):
        """Backend pids whose answer is held."""
        with self.lock:
            return [link.backend for link in set(self.links.values()) if link.held == kind]

    def release(self):
        """No more traps; what is held goes on."""
        with self.lock:
            self.traps.clear()
            for link in set(self.links.values()):
                link.held, link.holding, link.unsent = None, False, False
                self._watch(link)
        self._wake()

    def stall(self, backend=None):
        """Nothing moves, in both directions: on one backend's connection or on all, new ones too. On how many now."""
        with self.lock:
            self.stalled |= backend is None
            chosen = self._chosen(backend)
            for link in chosen:
                link.stalled = True
                self._watch(link)
        self._wake()
        return len(chosen)

    def resume(self):
        with self.lock:
            self.stalled = False
            for link in set(self.links.values()):
                link.stalled = False
                self._watch(link)
        self._wake()

    def cut(self, backend=None):
        """How many."""
        with self.lock:
            chosen = self._chosen(backend)
            for link in chosen:
                self._end(link, hard=True)
        return len(chosen)

    def shut(self):
        """Cut all, refuse new ones, until opened."""
        with self.lock:
            self.open = False
        self.cut()

    def reopen(self):
        with self.lock:
            self.open = True

    def close(self):
        self.ended = True
        self._wake()
        self.thread.join()

    # ---- inside ----

    def _chosen(self, backend):
        return [link for link in set(self.links.values()) if backend is None or link.backend == backend]

    def _wake(self):
        self.wake_out.send(b".")

    def _loop(self):
        while not self.ended:
            events = self.selector.select(1)
            with self.lock:
                for key, mask in events:
                    self._handle(key.fileobj, mask)
        with self.lock:
            for link in set(self.links.values()):
                self._end(link, hard=True)
        for each in (self.listener, self.wake_in, self.wake_out, self.selector):
            each.close()

    def _handle(self, sock, mask):
        if sock is self.listener:
            self._accept()
        elif sock is self.wake_in:
            self.wake_in.recv(CHUNK)
        elif sock in self.links:
            link = self.links[sock]
            try:
                if mask & selectors.EVENT_READ:
                    self._read(link, sock)
                if sock in self.links and mask & selectors.EVENT_WRITE:
                    self._write(link, sock)
            except OSError:
                self._end(link)
            if sock in self.links:
                self._watch(link)

    def _accept(self):
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            if not self.open:
                raise OSError("shut")
            server.connect(self.address)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()
            return
        for each in (client, server):
            each.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(client, server)
        link.stalled = self.stalled
        self.links[client] = self.links[server] = link
        self.selector.register(client, selectors.EVENT_READ)
        self.selector.register(server, selectors.EVENT_READ)
        self._watch(link)

    def _read(self, link, sock):
        data = sock.recv(CHUNK)
        if sock is link.client:
            if not data:
                self._end(link)
                return
            self._listen_to_client(link, data)
            link.up += data
        elif data:
            self._listen_to_server(link, data)
            link.down += data
        else:
            link.server_ended = True  # after what it still has to say
            link.holding = link.held is not None
            if not link.down:
                self._end(link)

    def _listen_to_client(self, link, data):
        for kind, body in link.asked.feed(data):
            if kind != b"Q":
                continue
            link.done, link.refused = 0, False
            link.trapped = next((each for each in kinds_of(body) if each in self.traps), None)
            if link.trapped == HELD_UNSENT:
                self.traps.discard(HELD_UNSENT)
                link.held, link.trapped, link.unsent = HELD_UNSENT, None, True
            link.holding = link.trapped is not None

    def _listen_to_server(self, link, data):
        for kind, body in link.told.feed(data):
            if kind == b"K":
                link.backend = struct.unpack_from("!I", body)[0]
            elif kind == b"C":
                link.done += body.startswith(b"COMMIT") or link.trapped != "commit"
            elif kind == b"E":
                link.refused = True
            elif kind == b"Z" and link.trapped is not None:
                if link.done > 0 and not link.refused:
                    link.held = link.trapped
                    self.traps.discard(link.held)
                else:
                    link.holding = False
                link.trapped = None

    def _write(self, link, sock):
        queue = link.up if sock is link.server else link.down
        if queue:
            sent = sock.send(queue[:CHUNK])
            del queue[:sent]
        if link.server_ended and not link.down:
            self._end(link)

    def _watch(self, link):
        if link.client not in self.links:
            return
        ups, downs = selectors.EVENT_READ, 0 if link.server_ended else selectors.EVENT_READ
        if link.stalled:
            ups = downs = 0
        else:
            downs |= selectors.EVENT_WRITE if link.up and not link.unsent else 0
            if (link.down or link.server_ended) and not link.holding:
                ups |= selectors.EVENT_WRITE
            if len(link.up) > MOST_QUEUED:
                ups &= ~selectors.EVENT_READ
        self._set(link.client, ups)
        self._set(link.server, downs)

    def _set(self, sock, mask):
        """A selector takes no empty mask."""
        known = sock in self.selector.get_map()
        if mask and known:
            self.selector.modify(sock, mask)
        elif mask:
            self.selector.register(sock, mask)
        elif known:
            self.selector.unregister(sock)

    def _end(self, link, hard=False):
        for sock in (link.client, link.server):
            if self.links.pop(sock, None) is None:
                continue
            if sock in self.selector.get_map():
                self.selector.unregister(sock)
            if hard and sock is link.client:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
