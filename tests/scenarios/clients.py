"""Officers in processes of their own, who act and look things up until they are told to stop."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.scenarios.crash_points import FORKS

from tiji.config import Settings

#: What an officer does with a case, in this order; between two acts something is looked up.
LIFE = ("take", "comment", "escalate")
WORDS: dict[str, dict[str, str]] = {
    "take": {},
    "comment": {"text": "已约周三面谈"},
    "escalate": {"why": "缺备案", "judgement": "unsure", "suggestion": "会同核验"},
}
MATTER = "petitions.other"


class Said(NamedTuple):
    """What an officer noted: what was done to which case, and how long it took, or an error."""

    what: str
    case: str
    seconds: float
    error: str


class Clients:
    """Several officers, and workers, at one database."""

    def __init__(self, settings: Settings, folder: Path, effects: Path) -> None:
        self.settings, self.folder, self.effects = settings, folder, effects
        self.stopping = folder / "stop"
        self.processes: list[Any] = []
        self.workers: list[Any] = []

    def start(self, count: int, think: float = 0) -> None:
        """Let officers act, who think so many seconds between two things."""
        for no in range(count):
            told = self.folder / f"told-{no}"
            args = (self.settings, self.stopping, told, no, think)
            self.processes.append(FORKS.Process(target=_office, args=args))
            self.processes[-1].start()

    def start_worker(self) -> None:
        """Let a worker deliver."""
        process = FORKS.Process(target=_worker, args=(self.settings, self.effects))
        process.start()
        self.workers.append(process)

    def said(self) -> list[Said]:
        """Read what all have noted until now; the line that is being written is left out."""
        return [
            Said(*json.loads(line))
            for file in sorted(self.folder.glob("told-*"))
            for line in file.read_text(encoding="utf-8").splitlines(keepends=True)
            if line.endswith("\n")
        ]

    def done(self) -> int:
        """Count what was done until now."""
        files = self.folder.glob("told-*")
        return sum(file.read_bytes().count(b', ""]\n') for file in files)

    def stop(self) -> list[Said]:
        """Let everybody finish what they are at; give all that they noted."""
        self.stopping.touch()
        for process in self.processes:
            process.join(120)
            assert process.exitcode == 0, process.exitcode
        self.processes.clear()
        return self.said()

    def stop_workers(self) -> None:
        """Tell the workers to end, and see that they had not ended before."""
        for worker in self.workers:
            assert worker.exitcode is None, "a worker went on strike"
            os.kill(worker.pid, signal.SIGTERM)
            worker.join(60)
            assert worker.exitcode == 0
        self.workers.clear()

    def lose(self) -> None:
        """Kill whoever is left."""
        for process in (*self.processes, *self.workers):
            process.kill()
            process.join()


@contextmanager
def clients(settings: Settings, folder: Path, effects: Path) -> Iterator[Clients]:
    """Give a way to start clients; none of them outlives the block."""
    folder.mkdir(exist_ok=True)
    found = Clients(settings, folder, effects)
    try:
        yield found
    finally:
        found.lose()


def wait_until(true: Any, seconds: float = 60) -> None:
    """Wait for a condition; fail if it does not come."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.05)


def _worker(settings: Settings, effects: Path) -> None:
    os.environ["EFFECTS"] = str(effects)
    from tiji.app import create_app
    from tiji.duties import new_worker

    worker = new_worker(create_app(settings))
    signal.signal(signal.SIGTERM, lambda _number, _frame: worker.stop())
    assert worker.run()


def _office(settings: Settings, stopping: Path, told: Path, no: int, think: float) -> None:
    from tiji.app import create_app

    with create_app(settings).app_context():
        _Officer(stopping, told, no, think).work()


class _Officer:
    def __init__(self, stopping: Path, told: Path, no: int, think: float) -> None:
        self.stopping, self.think = stopping, think
        self.file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.dice = random.Random(no)
        self.name = f"第{no}窗"
        self.number, self.steps, self.opened = "", 0, 0

    def work(self) -> None:
        """Open cases and move them, and look things up; note all that."""
        while not self.stopping.exists():
            self.timed(self.act)
            self.timed(self.look)

    def timed(self, do: Any) -> None:
        """Do one thing, and note how long it took; after an error wait a moment."""
        from sqlalchemy.exc import SQLAlchemyError

        from tiji.db import let_go

        begun = time.perf_counter()
        try:
            what = do()
            self.note(Said(what, self.number, time.perf_counter() - begun, ""))
        except SQLAlchemyError as error:
            text = str(getattr(error, "orig", None) or error)
            self.note(Said(do.__name__, self.number, time.perf_counter() - begun, text))
            time.sleep(0.1)
        finally:
            let_go()
        if self.think:
            time.sleep(self.dice.uniform(0.5, 1.5) * self.think)

    def note(self, said: Said) -> None:
        os.write(self.file, (json.dumps(said, ensure_ascii=False) + "\n").encode())

    def act(self) -> str:
        """Take the next step with the case, or open one; what was not answered is looked at."""
        from tiji.cases import actions
        from tiji.cases.sheet import case_detail
        from tiji.errors import ConflictError

        if not self.number or self.steps == len(LIFE):
            self.number, self.steps = "", 0
            self.opened += 1
            self.number = actions.open_case(
                matter_code=MATTER, title=f"{self.name}第{self.opened}件", content="久拖未决",
                client_name="张某某", client_kind="citizen", actor="housing_fio",
            ).number or ""  # fmt: skip
            return "open"
        what = LIFE[self.steps]
        # Only this officer moves the case: each step is one event.
        version = case_detail(self.number)["version"]
        if version == self.steps + 1:
            with suppress(ConflictError):  # it was done after all
                getattr(actions, what)(self.number, "housing_fio", **WORDS[what], seen=version)
        self.steps += 1
        return what

    def look(self) -> str:
        """Look up a page, a case or words."""
        from tiji.cases.queries import Filter, case_page, search_cases
        from tiji.cases.sheet import case_detail

        what = self.dice.choice(("list", "show", "search"))
        if what == "list":
            case_page(Filter(department="housing"), 50)
        elif what == "show" and self.number:
            case_detail(self.number)
        else:
            search_cases(self.name)
        return what
