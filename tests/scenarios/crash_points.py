"""The named points at which a process may die, and processes that do, as if the power went."""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from tiji.config import Settings

#: Processes are forked from a clean one that has imported the program: a tenth of a second each.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *("tests.scenarios.crash_points", "tiji.app", "tiji.duties", "tiji.cases.actions"),
        *("tiji.intake.actions", "tiji.cases.actions.checkpointing", "tiji.search.actions"),
        "psycopg",
    ]
)

#: A bureau whose one subscriber has an effect that outlives any crash: a line with the event's id.
WITNESS = """
    import os
    from sqlalchemy import text
    from tiji.api import Bureau, Guidance, Matter, Subscriber, db, hookimpl

    KINDS = frozenset({
        "case_opened", "case_taken", "case_escalated", "case_commented", "case_refused",
        "deadline_missed", "ledger_imported",
    })

    def write(event):
        file = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{event.id}\\n".encode())
        os.close(file)

    @hookimpl
    def tiji_bureau():
        guidance = Guidance("物业科", "政务中心", "电话")
        other = Matter("effects.other", "其他", "housing", ("people",), "no_precedent", guidance)
        return Bureau("effects", "记录", "housing", (other,))

    @hookimpl
    def tiji_subscribers():
        return [Subscriber("effect", KINDS, write)]

    @hookimpl
    def tiji_case_panels(case):
        if "EFFECTS_PANEL" in os.environ:
            db.session.execute(text("SELECT * FROM nowhere"))
        return []
"""


def install_effects(folder: Path) -> None:
    """Install the plugin in a folder that stands on the path."""
    (folder / "effects_bureau.py").write_text(dedent(WITNESS), encoding="utf-8")
    about = folder / "effects_bureau-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: effects-bureau\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tiji.plugins]\neffects = effects_bureau\n")


class Point(NamedTuple):
    """Before or after which call of which function a process dies while it does some work.

    A call counts if ``counts`` says so of its arguments and its result (None before it).
    """

    work: str
    place: str
    when: str
    counts: Callable[[tuple[Any, ...], Any], object] = lambda _args, _result: True


_settled: list[bool] = []


def _note_settling(args: tuple[Any, ...], _result: Any) -> object:
    """Never die here, but remember that something was settled."""
    _settled.extend([True] * bool(args[2]))
    return False


def _delivers(args: tuple[Any, ...], _result: Any) -> object:
    return args[0].info.get("lanes")


POINTS = {
    "import.before_store": Point("import", "tiji.intake.batches:Batch.write", "before"),
    "import.after_store": Point("import", "tiji.intake.batches:Batch.write", "after"),
    "import.after_enqueue": Point("import", "tiji.intake.actions:deliver_later", "after"),
    "import.after_commit": Point(
        "import", "tiji.events.dispatch:after_commit", "before", _delivers
    ),
    "import.after_batch": Point("import", "tiji.intake.actions:_run_batch", "after"),
    "sweep.after_calendar": Point("sweep", "tiji.cases.actions.sweeping:_note_calendar", "after"),
    "sweep.before_store": Point("sweep", "tiji.cases.actions.sweeping:store", "before"),
    "sweep.after_store": Point("sweep", "tiji.cases.actions.sweeping:store", "after"),
    "sweep.after_commit": Point("sweep", "tiji.events.dispatch:after_commit", "before", _delivers),
    "action.before_commit": Point("act", "tiji.cases.moving:store", "after"),
    "action.after_commit_before_delivery": Point(
        "act", "tiji.events.dispatch:after_commit", "before", _delivers
    ),
    "action.after_handler": Point("act", "tiji.jobs.doing:do", "after"),
    "action.before_settle": Point(
        "act", "tiji.jobs.doing:settle", "before", lambda args, _result: args[2]
    ),
    "delivery.before_claim": Point("deliver", "tiji.jobs.worker:claim", "before"),
    "delivery.in_claim": Point(
        "deliver", "tiji.jobs.worker:claim", "after", lambda _args, result: result
    ),
    "delivery.after_claim": Point(
        "deliver", "tiji.jobs.worker:Worker._start_ready", "before", lambda args, _r: args[0]._ready
    ),
    "delivery.before_handler": Point("deliver", "tiji.jobs.worker:do", "before"),
    "delivery.after_handler": Point("deliver", "tiji.jobs.worker:do", "after"),
    "delivery.before_settle": Point(
        "deliver", "tiji.jobs.worker:settle", "before", lambda args, _result: args[2]
    ),
    "delivery.in_settle": Point(
        "deliver", "tiji.jobs.worker:settle", "after", lambda args, _result: args[2]
    ),
    "delivery.after_settle": Point(
        "deliver", "tiji.events.dispatch:after_commit", "before", lambda _a, _r: _settled
    ),
    "periodic.after_run": Point("deliver", "tiji.duties:sweep_with_fresh_calendar", "after"),
    "checkpoint.in_witness": Point(
        "checkpoint", "tiji.cases.actions.checkpointing:_witness", "after"
    ),
    "checkpoint.after_leaves": Point(
        "checkpoint", "tiji.cases.actions.checkpointing:_grown_tree", "before"
    ),
    "checkpoint.before_remember": Point("checkpoint", "tiji.events.merkle:Tree.kept", "after"),
    "checkpoint.after_remember": Point(
        "checkpoint", "tiji.cases.actions.checkpointing:_grown_tree", "after"
    ),
    "checkpoint.before_rename": Point("checkpoint", "pathlib:Path.replace", "before"),
    "checkpoint.after_rename": Point("checkpoint", "pathlib:Path.replace", "after"),
}
#: Points that one run passes but once.
ONCE = {"sweep.after_calendar", "periodic.after_run"} | {
    name for name in POINTS if name.startswith("checkpoint.") and name != "checkpoint.in_witness"
}


class Lives(NamedTuple):
    """What a process lives with: its settings, the file of effects, and the size of its batches."""

    settings: Settings
    effects: Path
    batch: int


def begin(
    lives: Lives, given: Mapping[str, str], *work: str, point: str = "", nth: int = 1
) -> Running:
    """Begin work in a process of its own, which dies at the nth passing of a point."""
    process = FORKS.Process(target=_live, args=(lives, work, point, nth, given))
    process.start()
    return Running(process)


class Running(NamedTuple):
    """A process at work."""

    process: ForkServerProcess

    def was_killed(self) -> bool:
        """Wait for its end; tell if it was killed, or came to the end of its work."""
        self.process.join(120)
        code = self.process.exitcode
        self.process.close()
        assert code in (0, -signal.SIGKILL), f"it ended with {code}"
        return code != 0

    def kill(self) -> None:
        """Kill it now, wherever it is."""
        self.process.kill()


def _live(
    lives: Lives, work: tuple[str, ...], point: str, nth: int, given: Mapping[str, str]
) -> None:
    os.environ["EFFECTS"] = str(lives.effects)
    from tiji.app import create_app

    for module in ("cases.actions.sweeping", "intake.actions", "cases.actions.checkpointing"):
        importlib.import_module(f"tiji.{module}").BATCH = lives.batch  # type: ignore[attr-defined]
    app = create_app(lives.settings)
    if point:
        _patch("tiji.jobs.worker:settle", "after", _note_settling, 1)
        _patch(POINTS[point].place, POINTS[point].when, POINTS[point].counts, nth)
    with app.app_context():
        for one in work:
            _WORK[one](given)
    sys.stdout.flush()


def _patch(place: str, when: str, counts: Callable[..., object], nth: int) -> None:
    """Let this very process be killed around the nth call that counts."""
    module, path = place.split(":")
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    real, left = getattr(owner, name), [nth]

    @functools.wraps(real)
    def deadly(*args: Any, **named: Any) -> Any:
        result = None if when == "before" else real(*args, **named)
        left[0] -= bool(counts(args, result))
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **named) if when == "before" else result

    setattr(owner, name, deadly)


def _import(given: Mapping[str, str]) -> None:
    from tiji.intake.actions import import_ledger

    import_ledger("petitions.backlog", Path(given["ledger"]))


def _sweep(_given: Mapping[str, str]) -> None:
    from tiji.cases.actions.sweeping import sweep

    assert sweep().quarantined == []


def _act(_given: Mapping[str, str]) -> None:
    """Take every case that its officer has not taken."""
    from sqlalchemy import select

    from tiji.cases import actions
    from tiji.cases.model import CaseRow, StayRow
    from tiji.db import db

    new = select(CaseRow.number, StayRow.holder).join(StayRow, StayRow.case_id == CaseRow.id)
    found = db.session.execute(new.where(StayRow.taken_at.is_(None)).order_by(CaseRow.id)).all()
    db.session.rollback()
    for number, holder in found:
        assert holder
        actions.take(number, holder)


def _deliver(_given: Mapping[str, str]) -> None:
    from flask import current_app

    from tiji.duties import new_worker

    assert new_worker(current_app._get_current_object()).run(once=True)  # type: ignore[attr-defined]


def _checkpoint(given: Mapping[str, str]) -> None:
    from tiji.cases.actions.checkpointing import write_checkpoint_into

    write_checkpoint_into(Path(given["folder"]))


_WORK: dict[str, Callable[[Mapping[str, str]], None]] = {
    "import": _import,
    "sweep": _sweep,
    "act": _act,
    "deliver": _deliver,
    "checkpoint": _checkpoint,
}
