"""Three cases, the model of them, and how each act is compared with what the model expects."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition
from sqlalchemy.exc import OperationalError
from tests.scenarios.city import (
    ALLOWED,
    EVERYBODY,
    LEAVER,
    LETTER,
    OFFICES,
    UNDOABLE,
    Case,
    City,
)
from tests.scenarios.invariants import Snapshot, Told, check_case, snapshot
from tests.scenarios.rogue import losing_answers

from tiji import signals
from tiji.cases import actions
from tiji.cases.kinds import HARMLESS
from tiji.cases.rules import WayForward
from tiji.clock import LOCAL, FixedClock, local
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.runtime import runtime

F = TypeVar("F", bound=Callable[..., Any])

#: A Monday, the eve of a long holiday, and the last days of the last published year.
STARTS = ("2026-11-23T09:00", "2026-09-29T16:00", "2026-12-29T10:00", "2026-02-13T11:59")

WORDINGS = st.sampled_from(
    ["good", "good", "good", "no basis", "no document", "no way", "no helper", "no feedback"]
)


def some(action: str, *stations: int, asked: bool = False) -> Callable[[F], F]:
    """Let a rule run where a case's status allows its action; ``asked``: a request waits."""

    def fits(machine: Life) -> bool:
        return any(
            case.may(action)
            and (not stations or case.station in stations)
            and (not asked or case.request)
            for case in machine.cases
        )

    return precondition(fits)


class Life(RuleBasedStateMachine):
    """Three cases and what is known of them; act on them, and compare with what was expected."""

    #: Makes the city's database as it was at first.
    afresh: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.city = City()
        self.cases: list[Case] = []
        self.known: dict[str, Snapshot] = {}
        self.touched: set[str] = set()
        self.rogue: Any = sys.modules["rogue_bureau"]
        clock = runtime().clock
        assert isinstance(clock, FixedClock)
        self.clock = clock

    @initialize(
        start=st.sampled_from(STARTS),
        seconds=st.integers(0, 4000),
        stations=st.tuples(*[st.sampled_from([1, 1, 2, 3, 4, 5])] * 3),
    )
    def begin(self, start: str, seconds: int, stations: tuple[int, ...]) -> None:
        self.afresh()
        moment = datetime.fromisoformat(start).replace(tzinfo=LOCAL)
        self.clock.at = moment.astimezone(UTC) + timedelta(seconds=seconds)
        self.rogue.MODE = "quiet"
        signals.case_escalated.connect(self.rogue.misbehave, weak=False)
        signals.deadline_missed.connect(self.rogue.misbehave, weak=False)
        self.open("housing", "housing_fio", "petitions.other")
        self.open("housing", LEAVER, "rogue.other")
        self.open("human_resources", "human_resources_fio4", "petitions.other")
        for case, station in zip(self.cases, stations, strict=True):
            while (case.station or 5) < station:
                self.rise(case)

    def rise(self, case: Case) -> None:
        """Take a case one station up."""
        assert case.holder
        assert case.station
        case.remember()
        if case.station < 4:
            actions.escalate(case.number, case.holder, **self.words("escalate"))
        else:
            actions.propose(case.number, case.holder, proposal="先登记后追缴")
        self.city.land(case, case.station + 1, case.holder)

    def open(self, department: str, fio: str, matter: str) -> None:
        done = actions.open_case(
            matter_code=matter, title="加装电梯", content="与邻居谈不拢", client_name="张某某",
            client_kind="citizen", actor=fio,
        )  # fmt: skip
        assert done.number
        section = OFFICES[department]["first"][fio]
        rogue = matter.startswith("rogue")
        self.cases.append(Case(done.number, department, section, fio, department, fio, rogue))
        self.touched.add(done.number)

    def teardown(self) -> None:
        self.rogue.MODE = "quiet"
        signals.case_escalated.disconnect(self.rogue.misbehave)
        signals.deadline_missed.disconnect(self.rogue.misbehave)
        for case in self.cases:
            found = check_case(case.number)
            if found.state.status in ("closed", "withdrawn"):
                self.erase(case)

    def erase(self, case: Case) -> None:
        """Erase who the client of a case was that is over: the law holds then too."""
        seat = self.city.seat(case, 4)
        if seat is None:
            return
        actions.erase(case.number, seat[0], why="保存期限已满")
        erased = check_case(case.number)
        assert erased.state.erased_at
        assert erased.told[-1].kind == "personal_erased"
        with pytest.raises(RuleError):
            actions.reopen(case.number, "mayor", reason="未解决")

    # What the rules share.

    def draw(self, data: st.DataObject, entitled: Sequence[str]) -> str:
        """Choose who acts: mostly one who may."""
        right = bool(entitled) and data.draw(st.integers(0, 7), label="entitled") > 0
        return data.draw(st.sampled_from(entitled if right else EVERYBODY), label="actor")

    def case(self, data: st.DataObject, action: str, asked: bool = False) -> Case:
        """Choose a case whose status allows the action; ``asked``: one with a request."""
        fitting = [no for no, case in enumerate(self.cases) if case.may(action)]
        if asked:
            fitting = [no for no in fitting if self.cases[no].request]
        return self.cases[data.draw(st.sampled_from(fitting), label="case")]

    def attempt(
        self, data: st.DataObject, case: Case, action: str, actor: str, allowed: bool, **words: Any
    ) -> bool:
        """Act, and compare with what the model expects; now and then the answer gets lost."""
        before = self.known[case.number]
        paused_until = before.state.pause_until
        if over := paused_until and paused_until < self.clock.now() and action != "resume":
            allowed &= LETTER[case.paused_from or ""] in ALLOWED[action]
        else:
            allowed &= case.may(action)
        allowed &= actor not in self.city.left
        allowed &= not (case.rogue and self.rogue.MODE in ("raise", "exit", "wrong"))
        act: Callable[..., Any] = getattr(actions, action)
        version = before.head.seq
        self.touched.add(case.number)
        missed = self.missed(case)
        if not allowed:
            stopped = (ConflictError,) if action == "undo" else ()
            with pytest.raises((RuleError, BadInputError, *stopped)):
                act(case.number, actor, **words)
            assert snapshot(case.number) == before, "a refused action changed something"
            return False
        if data.draw(st.integers(0, 9), label="answer lost") == 9:
            with losing_answers(), pytest.raises(OperationalError):
                act(case.number, actor, **words)
            after = snapshot(case.number)
            with pytest.raises((ConflictError, RuleError)):
                act(case.number, actor, **words, seen=version)
            assert snapshot(case.number) == after, "the second try had an effect of its own"
        else:
            act(case.number, actor, **words, seen=version)
        if over:
            case.resume()
        if action not in ("undo", "comment"):
            case.remember()
            if missed and case.before and action not in ("extend", "guide", "resume"):
                self.record_missed(case.before)
        return True

    def last_step(self, case: Case) -> Told | None:
        """Give the last event of a case that an officer decides upon."""
        told = self.known[case.number].told
        return next((one for one in reversed(told) if one.kind not in HARMLESS), None)

    def undoes(self, case: Case, actor: str) -> bool:
        """Whether an officer may take back what was done last."""
        step, until = self.last_step(case), self.known[case.number].state.pause_until
        if step is None or step.kind not in UNDOABLE or step.link.actor != actor:
            return False
        if actor not in EVERYBODY:  # what time did, nobody takes back
            return False
        ended = datetime.fromisoformat(step.link.at) + UNDOABLE[step.kind]
        return self.now(case) <= ended and not (until and until < self.clock.now())

    def status(self, case: Case) -> str:
        """Give a case's status: a pause that is over is none."""
        until = self.known[case.number].state.pause_until
        return case.paused_from or "" if until and until < self.clock.now() else case.status

    def now(self, case: Case) -> datetime:
        """Give the time of the case's next event."""
        last = self.known[case.number].told[-1].link.at
        return max(self.clock.now(), datetime.fromisoformat(last))

    def in_time(self, case: Case) -> bool:
        stay = self.known[case.number].stay
        return stay is not None and stay.due_at is not None and self.now(case) <= stay.due_at

    def missed(self, case: Case) -> bool:
        """Whether the limit of a case's stay is over, and nobody has recorded it yet."""
        stay = self.known[case.number].stay
        if not (stay and stay.due_at) or self.status(case) == "paused":
            return False
        recorded = stay.missed_at is not None and stay.missed_at >= stay.due_at
        return stay.due_at < self.clock.now() and not recorded

    def record_missed(self, case: Case) -> None:
        """Tell the model that a miss was recorded: what was asked before it is void."""
        if case.request and case.request["what"] == "extend":
            case.request = None

    def promisable(self, case: Case, day: date) -> bool:
        """Whether the last office minute of a day, rolled from a rest day, is still to come."""
        return runtime().calendar.promised(day).at > self.now(case)

    def to_come(self, case: Case, day: date) -> bool:
        """Whether the last office minute of that very day is still to come."""
        return runtime().calendar.close_of(day) > self.now(case)

    def today(self) -> date:
        return local(self.clock.now()).date()

    def refusal(self, wording: str) -> tuple[bool, dict[str, Any]]:
        ways = [WayForward("满五年后再申请", "李科长")]
        words = {"reasons": "未满五年", "basis": "某办法第三条", "feedback": "已书面告知"}
        good: dict[str, Any] = words | {"ways_forward": ways}
        bad: dict[str, dict[str, Any]] = {
            "no basis": {"basis": "无"},
            "no document": {"reasons": "目前没有相关文件依据"},
            "no way": {"ways_forward": []},
            "no helper": {"ways_forward": [WayForward("再申请", " ")]},
            "no feedback": {"feedback": ""},
        }
        return wording == "good", good | bad.get(wording, {})

    def words(self, action: str) -> dict[str, Any]:
        """Give words with which an action is well said."""
        later = self.today() + timedelta(days=9)
        good: dict[str, dict[str, Any]] = {
            "guide": {"who": "省高院", "where": "二楼", "contact": "已电话联系"},
            "decline": {"reason": "应由城管局办理"},
            "agree": {"plan": "补办", "promised": later, "feedback": "已告知"},
            "complete": {"result": "已办", "outcome": "done", "feedback": "已告知"},
            "escalate": {"why": "缺备案", "judgement": "unsure", "suggestion": "会同核验"},
            "refuse": self.refusal("good")[1],
            "propose": {"proposal": "先登记后追缴"},
            "decide": {"decision": "do", "department": "housing", "by": later},
            "pause": {"reason": "awaiting_client", "until": later},
            "extend": {"days": 2, "reason": "等待测绘"},
            "deny": {"reason": "材料已齐"},
            "comment": {"text": "已约周三面谈"},
            "handover": {"to": "housing_fio4", "reason": "岗位调整"},
            "rate": {"grade": 5},
            "reopen": {"reason": "未解决"},
        }
        return good.get(action, {})

    @invariant()
    def the_law_holds(self) -> None:
        for case in self.cases:
            if case.number in self.touched:
                found = self.known[case.number] = check_case(case.number)
                self.compare(case, found)
        self.touched.clear()

    def compare(self, case: Case, found: Snapshot) -> None:
        """Compare the database with the model."""
        names = ("status", "station", "holder", "department", "section", "fio", "outcome", "grade")
        more = ("paused_from", "guided_to", "answered_by", "reopen_requested", "reopened")
        for name in (*names, *more):
            assert getattr(found.state, name) == getattr(case, name), name
        assert bool(found.state.request) == bool(case.request)
        if found.stay:
            assert found.stay.acting_for == case.acting_for
            assert bool(found.stay.taken_at) == case.taken
            assert bool(found.stay.promised_on) == case.promised
            assert found.state.holder not in self.city.left
            assert found.state.fio not in self.city.left
