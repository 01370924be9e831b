"""What the server loads in each serving process: the web application, and what works beside it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from threading import Thread

from flask import Flask

from tiji import logs
from tiji.config import read_settings
from tiji.duties import new_worker
from tiji.runtime import runtime
from tiji.web.app import create_web

#: A worker in a serving process ends well in less; after this its leases run out by themselves.
STOPS_WITHIN_S = 25.0

log = logs.Log(__name__)


def serving() -> Flask:
    """Make the application of one serving process and start what works beside it."""
    settings = read_settings()
    logs.start(settings.log_level or "info", settings.log)
    app = create_web(settings)
    stop_beside = start_beside(app)

    def stop() -> None:
        stop_beside()
        log.info("stopped", process=os.getpid())

    # The server's processes are children of multiprocessing, which run no atexit functions; its
    # own finalizers run in them, after the last request, and in any other process too.
    Finalize(None, stop, exitpriority=100)
    _end_with_the_server()
    with app.app_context():
        # Which bureaus are enabled is an act of an administrator, and stands in the log (S42).
        states = runtime().plugins.states
    enabled = [state.name for state in states if state.state == "active"]
    others = [state.name for state in states if state.state != "active"]
    log.info("serving", process=os.getpid(), plugins=enabled, set_aside=others)
    return app


def _end_with_the_server() -> None:
    """Stop well where the server's main process was killed: SQLite has one writing process."""
    server = parent_process()
    if server is None:
        return

    def wait() -> None:
        server.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


def start_beside(app: Flask) -> Callable[[], None]:
    """Start the worker in a serving process of the embedded mode; give what stops it, and waits.

    Where deliveries are left to workers (TIJI_DELIVER=worker), nothing works beside the pages.
    """
    with app.app_context():
        if runtime().settings.deliver != "here":
            return lambda: None
    worker = new_worker(app)
    thread = worker.start()

    def stop() -> None:
        worker.stop()
        thread.join(STOPS_WITHIN_S)

    return stop
