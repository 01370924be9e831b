"""Another process at the same database: acts, sweeps or imports, waits or dies where it is told.

Run as a script with settings in its environment, as the program itself, and BATCH, then one JSON
order a line on standard input: its ``do`` is one of ``DO``. ``wait`` names a point at which it
says so and waits for a line; ``die`` (``before`` or ``after``, n) kills it around its nth writing
commit, like ``kill -9``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

import tiji.cases.actions.sweeping as sweeping
import tiji.cases.moving as moving
import tiji.intake.actions as importing
from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.move import Move
from tiji.duties import new_worker
from tiji.errors import TijiError
from tiji.matters.actions import publish_matters
from tiji.plugins import migrate
from tiji.runtime import runtime

Order = dict[str, Any]


def say(what: Any) -> None:
    """Tell the parent something."""
    print(json.dumps(what, ensure_ascii=False), flush=True)


def wait_at(point: str) -> None:
    """Say where this process stands, and go on when the parent says so."""
    say({"at": point})
    sys.stdin.readline()


def wait_after_reading() -> None:
    """Stop once when an action has read its case, before it may write."""
    real = moving._ask_plugins

    def ask(number: str, action: str, actor: str) -> int:
        moving._ask_plugins = real
        version = real(number, action, actor)
        wait_at("read")
        return version

    moving._ask_plugins = ask


def wait_before_storing() -> None:
    """Stop once when the sweep has moved cases in a transaction of its own, before it writes."""
    real = moving.store

    def store(session: Session, moves: Sequence[Move]) -> None:
        if any(move.links for move in moves):
            setattr(sweeping, "store", real)  # noqa: B010
            wait_at("store")
        real(session, moves)

    setattr(sweeping, "store", store)  # noqa: B010


def die_at(when: str, nth: int) -> None:
    """Kill this very process before or after its nth writing commit."""
    commit, left = Session.commit, [nth]

    def deadly(self: Session) -> None:
        writes = self.connection().get_execution_options().get("tiji_write")
        left[0] -= bool(writes)
        if writes and left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self)
        if writes and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    Session.commit = deadly  # type: ignore[method-assign]


def act(order: Order) -> Any:
    """Do one action of an officer."""
    words = order.get("words", {})
    getattr(actions, order["action"])(order["case"], order["actor"], **words)


def upgrade(_order: Order) -> Any:
    """Bring the tables up to date, and the matter list."""
    applied = migrate.upgrade(runtime().plugins)
    publish_matters()
    return len(applied)


def work(_order: Order) -> Any:
    """Do as a worker what waits."""
    return new_worker(current_app._get_current_object()).run(once=True)  # type: ignore[attr-defined]


DO: dict[str, Callable[[Order], Any]] = {
    "act": act,
    "open": lambda order: asdict(actions.open_case(**order["words"])),
    "upgrade": upgrade,
    "work": work,
    "sweep": lambda _order: asdict(sweeping.sweep()),
    "import": lambda order: importing.import_ledger(
        "petitions.backlog", Path(order["file"])
    ).to_json(),
}


def obey(order: Order) -> None:
    """Carry out one order and say how it ended."""
    if order.get("wait") == "read":
        wait_after_reading()
    if order.get("wait") == "store":
        wait_before_storing()
    if "die" in order:
        die_at(*order["die"])
    if order.get("wait") == "start":
        wait_at("start")
    try:
        say({"done": DO[order["do"]](order)})
    except TijiError as error:
        say({"error": type(error).__name__, "says": str(error)})


def main() -> None:
    """Open the database and obey until the orders end."""
    sweeping.BATCH = importing.BATCH = int(sys.argv[1])
    with create_app().app_context():
        say({"at": "ready"})
        while line := sys.stdin.readline():
            obey(json.loads(line))


if __name__ == "__main__":
    main()
