"""Run the server: processes that answer, threads in them, and a stop that loses no request."""

from __future__ import annotations

from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.errors import FatalError
from granian.log import LogLevels

from tiji.errors import TijiError
from tiji.i18n import _

APPLICATION = "tiji.web.wsgi:serving"
#: Threads of a process that answer; no more than the database's pool has connections.
THREADS = 8
#: Requests that wait for a thread; further ones wait in the socket.
WAITING = 256
#: A process that has not ended so many seconds after it was told to is killed.
GRACE_S = 30


def run(host: str, port: int, workers: int, listening: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; raise TijiError if the address cannot be had.

    ``listening`` is called once the address is taken.
    """
    server = Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=WAITING,
        workers_kill_timeout=GRACE_S,
        respawn_failed_workers=workers > 1,
        log_level=LogLevels.error,
        log_dictconfig=_into_our_lines(),
        websockets=False,
    )
    server.on_startup(listening)
    try:
        server.serve()
    except (OSError, RuntimeError, FatalError) as error:
        raise TijiError(
            _("The server cannot listen on {host} port {port}: {why}").format(
                host=host, port=port, why=error
            )
        ) from None


def _into_our_lines() -> dict[str, object]:
    """Let the server's errors go where all lines go; that it starts and stops we say ourselves."""
    return {"loggers": {name: {"propagate": True} for name in ("_granian", "granian.access")}}
