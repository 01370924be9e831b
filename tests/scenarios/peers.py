"""Another system at a real address, with every bad habit, and the plugin that tells it of cases."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

#: What the peer may do with a message; ``reset`` takes it in, and then says nothing.
OK, FAILS, HANGS, RESETS = "ok", "fails", "hangs", "resets"

#: A bureau whose one subscriber posts each event to PEER_URL, and gives up after PEER_PATIENCE.
#: Where OUTSIDE is set, it waits until nobody can take the event back any more.
BELL = """
    import json
    import os
    import time
    import urllib.request
    from tiji.api import Bureau, Guidance, Matter, PeriodicJob, Subscriber, hookimpl

    KINDS = frozenset({"case_opened", "case_taken", "case_escalated", "case_commented"})

    def post(event):
        about = {"id": event.id, "case": event.case, "seq": event.seq, "kind": event.kind}
        request = urllib.request.Request(os.environ["PEER_URL"], json.dumps(about).encode())
        with urllib.request.urlopen(request, timeout=float(os.environ["PEER_PATIENCE"])):
            pass

    def handle(event):
        HANDLE(event)

    def turn():
        TURN()

    HANDLE = post
    TURN = lambda: None
    OUTSIDE = False

    @hookimpl
    def tiji_bureau():
        guidance = Guidance("物业科", "政务中心", "电话")
        other = Matter("bell.other", "其他", "housing", ("people",), "no_precedent", guidance)
        return Bureau("bell", "传话", "housing", (other,))

    @hookimpl
    def tiji_subscribers():
        return [Subscriber("push", KINDS, handle, outside=OUTSIDE)]

    @hookimpl
    def tiji_jobs():
        return [PeriodicJob("round", 600, turn)]
"""


def install_bell(folder: Path) -> None:
    """Install the plugin in a folder that stands on the path."""
    (folder / "bell_bureau.py").write_text(dedent(BELL), encoding="utf-8")
    about = folder / "bell_bureau-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bell-bureau\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tiji.plugins]\nbell = bell_bureau\n")


class Peer(ThreadingHTTPServer):
    """Take in messages at a loopback address; ``habit`` says what becomes of the nth one."""

    daemon_threads = True

    def __init__(self, habit: Callable[[int], str] = lambda _n: OK) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.habit = habit
        self.taken: list[dict[str, object]] = []
        self.tried = 0
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The address to post to."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    @property
    def ids(self) -> list[object]:
        """What was taken in, by event id, in the order of arrival."""
        return [message["id"] for message in self.taken]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller who hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: Peer

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        peer = self.server
        with peer.lock:
            peer.tried += 1
            habit = peer.habit(peer.tried)
            if habit in (OK, RESETS):
                peer.taken.append(message)
        if habit == HANGS:
            peer.released.wait(30)
        if habit == RESETS:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            return
        self.send_response(500 if habit == FAILS else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(habit: Callable[[int], str] = lambda _n: OK) -> Iterator[Peer]:
    """Run a peer for a while."""
    peer = Peer(habit)
    thread = threading.Thread(target=peer.serve_forever, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.released.set()
        peer.shutdown()
        peer.server_close()
        thread.join()
