"""Whatever officers, clients, clocks and bad plugins do in whatever order, the law holds (T1)."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, event, insert, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from tests.scenarios.city import (
    ALLOWED,
    EVERYBODY,
    LEAVER,
    LETTER,
    MAY_BE_AWAY,
    OFFICES,
    STRANGER,
    Case,
    City,
)
from tests.scenarios.invariants import Snapshot, check_case, snapshot

from tiji import signals
from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.actions.reseating import reseat_cases
from tiji.cases.actions.sweeping import sweep
from tiji.cases.rules import WayForward
from tiji.clock import LOCAL, FixedClock, local
from tiji.config import Settings
from tiji.db import db, transaction
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.matters.actions import publish_matters
from tiji.people.model import Leave, Post
from tiji.runtime import runtime

F = TypeVar("F", bound=Callable[..., Any])

# Read here: inside a test the TIJI_* settings of the caller are gone.
LONG = "TIJI_TEST_LONG" in os.environ
DOSE = settings(
    max_examples=500 if LONG else 60,
    stateful_step_count=50 if LONG else 30,
    derandomize=not LONG,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: A Monday, the eve of a long holiday, and the last days of the last published year.
STARTS = ("2026-11-23T09:00", "2026-09-29T16:00", "2026-12-29T10:00", "2026-02-13T11:59")

ROGUE = """
    import sys
    from sqlalchemy import update
    from tiji.api import Bureau, Deny, Guidance, Matter, Subscriber, db, hookimpl

    MODE = "quiet"
    KINDS = frozenset({
        "case_opened", "case_escalated", "case_agreed", "case_answered", "case_refused",
        "deadline_missed", "case_commented", "case_resumed", "case_closed",
    })

    def misbehave(*args, **kwargs):
        if MODE == "raise":
            raise RuntimeError("receiver")
        if MODE == "exit":
            sys.exit(3)
        if MODE == "dirty":
            from tiji.cases.model import CaseRow
            db.session.execute(update(CaseRow).values(status="closed", holder="nobody"))

    @hookimpl
    def tiji_bureau():
        guidance = Guidance("物业科", "政务中心", "电话")
        other = Matter("rogue.other", "其他", "housing", ("people",), "no_precedent", guidance)
        return Bureau("rogue", "坏插件", "housing", (other,))

    @hookimpl
    def tiji_subscribers():
        return [Subscriber("first", KINDS, misbehave), Subscriber("second", KINDS, misbehave)]

    @hookimpl
    def tiji_decide(actor, action, case):
        if MODE == "wrong":
            return "yes"
        misbehave()
"""


@pytest.fixture
def rogue_home(template_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home, with a plugin installed that will misbehave in every way."""
    (tmp_path / "rogue_bureau.py").write_text(dedent(ROGUE), encoding="utf-8")
    about = tmp_path / "rogue_bureau-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rogue-bureau\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tiji.plugins]\nrogue = rogue_bureau\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Path(shutil.copytree(template_home, tmp_path / "home"))


@pytest.fixture
def city_app(rogue_home: Path) -> Iterator[Flask]:
    """Give an application whose database needs no disk: what is tested here is not the disk."""
    url = f"sqlite:///{rogue_home / 'tiji.db'}"
    begins = datetime.fromisoformat(STARTS[0]).replace(tzinfo=LOCAL)
    app = create_app(Settings(rogue_home, url, fixed_at=begins))
    with app.app_context():
        event.listen(db.engine, "connect", _no_disk)
        publish_matters()
        db.session.remove()
        db.engine.dispose()
        shutil.copy(rogue_home / "tiji.db", rogue_home / "clean.db")
        yield app
        db.session.remove()
        db.engine.dispose()
    sys.modules.pop("rogue_bureau")


def _no_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=MEMORY")


def some(action: str, *stations: int, asked: bool = False) -> Callable[[F], F]:
    """Let a rule run where a case's status allows its action; ``asked``: a request waits."""

    def fits(machine: AnyLife) -> bool:
        return any(
            case.may(action)
            and (not stations or case.station in stations)
            and (not asked or case.request)
            for case in machine.cases
        )

    return precondition(fits)


class AnyLife(RuleBasedStateMachine):
    """Do anything to three cases; know beforehand whether it is allowed and what it does."""

    def __init__(self, app: Flask, home: Path) -> None:
        super().__init__()
        self.home = home
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
        stations=st.tuples(*[st.integers(1, 5)] * 3),
    )
    def begin(self, start: str, seconds: int, stations: tuple[int, ...]) -> None:
        db.session.remove()
        db.engine.dispose()
        shutil.copy(self.home / "clean.db", self.home / "tiji.db")
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
        if case.station < 4:
            words = {"why": "缺备案", "judgement": "unsure", "suggestion": "会同核验"}
            actions.escalate(case.number, case.holder, **words)
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
            check_case(case.number)

    # What the rules share.

    def draw(self, data: st.DataObject, entitled: Sequence[str]) -> str:
        """Choose who acts: mostly one who may."""
        known = [officer for officer in entitled if officer]
        right = known and data.draw(st.integers(0, 7), label="entitled")
        return data.draw(st.sampled_from(known if right else EVERYBODY), label="actor")

    def case(self, data: st.DataObject, action: str) -> Case:
        """Choose a case whose status allows the action."""
        fitting = [no for no, case in enumerate(self.cases) if case.may(action)]
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
        if not allowed:
            with pytest.raises((RuleError, BadInputError)):
                act(case.number, actor, **words)
            assert snapshot(case.number) == before, "a refused action changed something"
            return False
        if data.draw(st.integers(0, 9), label="answer lost") == 9:
            with _losing_answers(), pytest.raises(OperationalError):
                act(case.number, actor, **words)
            after = snapshot(case.number)
            with pytest.raises((ConflictError, RuleError)):
                act(case.number, actor, **words, seen=version)
            assert snapshot(case.number) == after, "the second try had an effect of its own"
        else:
            act(case.number, actor, **words, seen=version)
        if over:
            case.resume()
        return True

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

    @rule(data=st.data(), action=st.sampled_from(sorted(ALLOWED)))
    def wrong_moment(self, data: st.DataObject, action: str) -> None:
        """Try an action, well worded and by the right officer, that the status does not let be."""
        cases = [case for case in self.cases if not case.may(action)]
        cases = [case for case in cases if self.status(case) == case.status]
        if not cases:
            return
        case = data.draw(st.sampled_from(cases), label="case")
        actor = case.holder or case.answered_by or case.fio
        self.attempt(data, case, action, actor, False, **self.words(action))

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

    # The first station.

    @some("take")
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        case = self.case(data, "take")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and not case.taken
        if self.attempt(data, case, "take", actor, allowed):
            case.taken = True

    @some("guide")
    @rule(data=st.data(), where=st.sampled_from(["housing", "human_resources", "", "省高院"]))
    def guide(self, data: st.DataObject, where: str) -> None:
        case = self.case(data, "guide")
        actor = self.draw(data, self.city.holders(case))
        name = OFFICES[where]["name"] + "物业科" if where in OFFICES else where
        allowed = actor in self.city.holders(case) and case.station == 1
        allowed &= where not in ("", case.department)
        words = {"who": name, "where": "政务中心二楼", "contact": "已电话联系李科长"}
        if self.attempt(data, case, "guide", actor, allowed, **words):
            case.status, case.guided_to = "guided", where if where in OFFICES else None

    @some("accept")
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        case = self.case(data, "accept")
        entitled = self.city.in_department(case.guided_to)
        actor = self.draw(data, entitled)
        unit = case.guided_to
        if self.attempt(data, case, "accept", actor, actor in entitled):
            assert unit
            first = OFFICES[unit]["first"]
            case.department = unit
            if actor in first:
                holder = actor
            else:
                holder = case.fio if unit == case.fio_department else f"{unit}_fio"
            case.section = first[holder]
            case.enter(1, holder, None)

    @some("decline")
    @rule(data=st.data(), reason=st.sampled_from(["应由城管局办理", " "]))
    def decline(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "decline")
        entitled = self.city.in_department(case.guided_to)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason.strip())
        if self.attempt(data, case, "decline", actor, allowed, reason=reason):
            case.status, case.guided_to = "open", None

    # Answers.

    @some("agree")
    @rule(data=st.data(), days=st.integers(-2, 25), plan=st.sampled_from(["补办手续", "补办", ""]))
    def agree(self, data: st.DataObject, days: int, plan: str) -> None:
        case = self.case(data, "agree")
        actor = self.draw(data, self.city.holders(case))
        promised = self.today() + timedelta(days=days)
        allowed = actor in self.city.holders(case) and bool(plan)
        allowed &= self.promisable(case, promised)
        missed = self.missed(case)
        words = {"plan": plan, "promised": promised, "feedback": "已电话告知"}
        if self.attempt(data, case, "agree", actor, allowed, **words):
            if missed:
                self.record_missed(case)
            case.status, case.promised = "in_progress", True

    @some("complete")
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["done", "done_with_effort", "guided", "refused"]),
        feedback=st.sampled_from(["已送达", "已告知", ""]),
    )
    def complete(self, data: st.DataObject, outcome: str, feedback: str) -> None:
        case = self.case(data, "complete")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and bool(feedback) and outcome != "refused"
        if outcome == "guided":
            allowed &= self.status(case) == "guided" and case.guided_to is None
        words = {"result": "已办证", "outcome": outcome, "feedback": feedback}
        if self.attempt(data, case, "complete", actor, allowed, **words):
            case.answer(actor, outcome)

    def refusal(self, wording: str) -> tuple[bool, dict[str, Any]]:
        ways = [WayForward("满五年后再申请", "李科长")]
        words = {"reasons": "未满五年", "basis": "某办法第三条", "ways_forward": ways,
                 "feedback": "已书面告知"}  # fmt: skip
        bad = {
            "no basis": {"basis": "无"},
            "no document": {"reasons": "目前没有相关文件依据"},
            "no way": {"ways_forward": []},
            "no helper": {"ways_forward": [WayForward("再申请", " ")]},
            "no feedback": {"feedback": ""},
        }
        return wording == "good", words | bad.get(wording, {})

    WORDINGS = st.sampled_from(
        ["good", "good", "good", "no basis", "no document", "no way", "no helper", "no feedback"]
    )

    @some("refuse", 4, 5)
    @rule(data=st.data(), wording=WORDINGS)
    def refuse(self, data: st.DataObject, wording: str) -> None:
        case = self.case(data, "refuse")
        actor = self.draw(data, self.city.holders(case))
        good, words = self.refusal(wording)
        allowed = good and actor in self.city.holders(case) and (case.station or 0) >= 4
        if self.attempt(data, case, "refuse", actor, allowed, **words):
            case.answer(actor, "refused")

    # Up and down.

    @some("escalate")
    @rule(data=st.data(), judgement=st.sampled_from(["unsure", "can_with_approval", "no"]))
    def escalate(self, data: st.DataObject, judgement: str) -> None:
        case = self.case(data, "escalate")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and (case.station or 9) < 4 and judgement != "no"
        words = {"why": "缺竣工备案", "judgement": judgement, "suggestion": "会同核验"}
        if self.attempt(data, case, "escalate", actor, allowed, **words):
            assert case.station
            self.city.land(case, case.station + 1, case.holder)

    @some("propose", 4)
    @rule(data=st.data(), proposal=st.sampled_from(["先登记后追缴", "先登记", ""]))
    def propose(self, data: st.DataObject, proposal: str) -> None:
        case = self.case(data, "propose")
        actor = self.draw(data, self.city.holders(case))
        allowed = actor in self.city.holders(case) and case.station == 4 and bool(proposal)
        if self.attempt(data, case, "propose", actor, allowed, proposal=proposal):
            self.city.land(case, 5, case.holder)

    @some("decide")
    @rule(
        data=st.data(),
        decision=st.sampled_from(["do", "do_with_conditions", "refuse", "wait"]),
        department=st.sampled_from(["housing", "human_resources", None]),
        days=st.integers(-1, 20),
        wording=WORDINGS,
    )
    def decide(
        self, data: st.DataObject, decision: str, department: str | None, days: int, wording: str
    ) -> None:
        case = self.case(data, "decide")
        actor = self.draw(data, self.city.holders(case))
        good, words = self.refusal(wording)
        by = self.today() + timedelta(days=days)
        allowed = actor in self.city.holders(case) and decision != "wait"
        if decision == "refuse":
            allowed &= good
        else:
            allowed &= department is not None and self.promisable(case, by)
        words |= {"decision": decision, "department": department, "by": by}
        if not self.attempt(data, case, "decide", actor, allowed, **words):
            return
        if decision == "refuse":
            case.answer(actor, "refused")
            return
        assert department
        case.department = department
        own = department == case.fio_department
        case.section = OFFICES[department]["first"][case.fio] if own else None
        self.city.land(case, 1, None)
        case.promised = True
        if not own:
            case.section = OFFICES[department]["first"][f"{department}_fio"]

    # Clocks.

    @some("pause")
    @rule(
        data=st.data(),
        days=st.integers(-1, 30),
        reason=st.sampled_from(["awaiting_client", "expert_appraisal", "holiday"]),
    )
    def pause(self, data: st.DataObject, days: int, reason: str) -> None:
        case = self.case(data, "pause")
        actor = self.draw(data, self.city.holders(case))
        until = self.today() + timedelta(days=days)
        above = self.city.above(case)
        begins = local(self.now(case)).date()
        is_long = runtime().calendar.count_working_days(begins, until) > 10
        allowed = actor in self.city.holders(case) and reason != "holiday"
        allowed &= self.to_come(case, until)
        if is_long:
            allowed &= above is not None and not case.request
        elif (case.station or 0) < 4:
            allowed &= self.in_time(case)
        missed = self.missed(case)
        if not self.attempt(data, case, "pause", actor, allowed, reason=reason, until=until):
            return
        if is_long:
            case.request = {"what": "pause", "by": actor, "asked": above, "until": until}
            return
        if missed:
            self.record_missed(case)
        case.paused_from, case.status = case.status, "paused"

    @some("resume")
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        case = self.case(data, "resume")
        actor = self.draw(data, self.city.holders(case))
        if self.attempt(data, case, "resume", actor, actor in self.city.holders(case)):
            case.resume()

    @some("extend")
    @rule(data=st.data(), days=st.sampled_from([1, 2, 60, 0, 61]))
    def extend(self, data: st.DataObject, days: int) -> None:
        case = self.case(data, "extend")
        actor = self.draw(data, self.city.holders(case))
        above = self.city.above(case)
        allowed = actor in self.city.holders(case) and self.in_time(case) and above is not None
        allowed &= 1 <= days <= 60 and not case.request
        if self.attempt(data, case, "extend", actor, allowed, days=days, reason="等待测绘"):
            case.request = {"what": "extend", "by": actor, "asked": above}

    @some("grant", asked=True)
    @rule(data=st.data())
    def grant(self, data: st.DataObject) -> None:
        case = self.case(data, "grant")
        entitled = self.city.answers_request(case)
        actor = self.draw(data, entitled)
        allowed = actor in entitled
        if case.request and case.request["what"] == "pause":
            allowed &= self.to_come(case, case.request["until"])
            if self.status(case) != "paused" and (case.station or 0) < 4:
                allowed &= self.in_time(case)
        else:
            allowed &= self.in_time(case)
        if not self.attempt(data, case, "grant", actor, allowed):
            return
        assert case.request
        if case.request["what"] == "pause" and case.status != "paused":
            case.paused_from, case.status = case.status, "paused"
        case.request = None

    @some("deny", asked=True)
    @rule(data=st.data(), reason=st.sampled_from(["材料已齐", ""]))
    def deny(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "deny")
        entitled = self.city.answers_request(case)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason)
        if self.attempt(data, case, "deny", actor, allowed, reason=reason):
            case.request = None

    # Around the case.

    @some("comment")
    @rule(data=st.data(), public=st.booleans())
    def comment(self, data: st.DataObject, public: bool) -> None:
        case = self.case(data, "comment")
        actor = data.draw(st.sampled_from([case.fio, case.holder or case.fio, STRANGER]))
        allowed = actor != STRANGER
        self.attempt(data, case, "comment", actor, allowed, text="已约周三面谈", public=public)

    @some("handover")
    @rule(data=st.data())
    def handover(self, data: st.DataObject) -> None:
        case = self.case(data, "handover")
        seat = self.city.present(f"{case.fio_department}_principal")
        actor = self.draw(data, [seat[0]] if seat else [])
        first = OFFICES[case.fio_department]["first"]
        to = data.draw(st.sampled_from([*first, STRANGER]))
        allowed = bool(seat) and actor == seat[0] and to in first
        allowed &= to != case.fio and to not in self.city.left
        if self.attempt(data, case, "handover", actor, allowed, to=to, reason="岗位调整"):
            old, case.fio = case.fio, to
            if case.holder == old and case.station == 1:
                case.holder, case.acting_for, case.taken = to, None, False
                case.section = first[to]

    @some("withdraw")
    @rule(data=st.data(), sure=st.integers(0, 5), stranger=st.booleans())
    def withdraw(self, data: st.DataObject, sure: int, stranger: bool) -> None:
        if sure:
            return  # seldom: nothing more happens to the case
        case = self.case(data, "withdraw")
        actor = case.holder if case.holder and not stranger else STRANGER
        named = actor in (case.holder, case.acting_for)
        promised_it = named and self.status(case) == "in_progress"
        if self.attempt(data, case, "withdraw", actor, not promised_it, text="已自行解决"):
            case.end("withdrawn")

    @some("rate")
    @rule(data=st.data(), grade=st.integers(0, 6))
    def rate(self, data: st.DataObject, grade: int) -> None:
        case = self.case(data, "rate")
        actor = data.draw(st.sampled_from([case.answered_by or case.fio, STRANGER, "mayor"]))
        allowed = actor not in case.answered_for and case.grade is None and 1 <= grade <= 5
        if self.attempt(data, case, "rate", actor, allowed, grade=grade, text="不满意"):
            case.grade, case.reopen_requested = grade, grade <= 2

    @some("reopen")
    @rule(data=st.data(), reason=st.sampled_from(["问题未解决", "未解决", ""]))
    def reopen(self, data: st.DataObject, reason: str) -> None:
        case = self.case(data, "reopen")
        entitled = self.city.superiors(case)
        actor = self.draw(data, entitled)
        allowed = actor in entitled and bool(reason)
        if not self.attempt(data, case, "reopen", actor, allowed, reason=reason):
            return
        assert case.answered_station
        start = case.answered_station + (1 if case.reopened else 0)
        if case.fio in self.city.left:
            case.fio = f"{case.fio_department}_fio"
        self.city.land(case, min(start, 5), None)
        case.reopened += 1
        case.outcome = case.answered_by = case.answered_station = case.grade = None
        case.reopen_requested = False

    # The world around.

    @rule(hours=st.integers(-3, 9), minutes=st.integers(0, 59))
    def hours_pass(self, hours: int, minutes: int) -> None:
        self.clock.move(timedelta(hours=hours, minutes=minutes))

    @rule(days=st.sampled_from([1, 1, 1, 2, 3, 5, 16]), swept=st.booleans())
    def days_pass(self, days: int, swept: bool) -> None:
        self.clock.move(timedelta(days=days))
        if swept:
            self.sweep_once(lost=False)

    @rule(mode=st.sampled_from(["quiet", "quiet", "raise", "exit", "dirty", "wrong"]))
    def plugin_turns(self, mode: str) -> None:
        self.rogue.MODE = mode

    @rule(who=st.sampled_from(list(MAY_BE_AWAY)), acting=st.booleans())
    def goes_on_leave(self, who: str, acting: bool) -> None:
        if who in self.city.away:
            return
        self.city.away[who] = MAY_BE_AWAY[who] if acting else None
        with transaction() as session:
            session.execute(insert(Leave).values(officer=who, acting=self.city.away[who]))
        self.reseat()

    @precondition(lambda self: self.city.away)
    @rule(data=st.data())
    def comes_back(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.city.away)))
        del self.city.away[who]
        with transaction() as session:
            session.execute(delete(Leave).where(Leave.officer == who))
        self.reseat()

    @precondition(lambda self: not self.city.left)
    @rule(sure=st.integers(0, 3))
    def leaves_for_good(self, sure: int) -> None:
        if sure:
            return
        self.city.left.add(LEAVER)
        with transaction() as session:
            gone = datetime(2020, 1, 1, tzinfo=LOCAL)
            session.execute(update(Post).where(Post.officer == LEAVER).values(ends_at=gone))
        self.reseat()

    def reseat(self) -> None:
        reseat_cases()
        for case in self.cases:
            self.city.reseat(case)
            self.touched.add(case.number)

    @rule(lost=st.integers(0, 3))
    def sweep(self, lost: int) -> None:
        self.sweep_once(lost=not lost)

    def sweep_once(self, lost: bool) -> None:
        now = self.clock.now()
        for case in self.cases:
            self.expect_time_alone(case, now)
            self.touched.add(case.number)
        if lost:
            with _losing_answers(), pytest.raises(OperationalError):
                sweep()
        result = sweep()
        assert result.quarantined == []
        again = sweep()
        assert (again.due, again.escalated, again.alarmed, again.warned, again.closed) == (0,) * 5

    def expect_time_alone(self, case: Case, now: datetime) -> None:
        """Tell the model what time alone does to a case."""
        found = self.known[case.number]
        state, stay = found.state, found.stay
        if case.status == "answered":
            if not case.reopen_requested and state.close_at and state.close_at < now:
                case.end("closed")
            return
        if stay is None or (state.pause_until and state.pause_until >= now):
            return
        missed = self.missed(case)
        if case.status == "paused":
            case.resume()
        if missed:
            self.record_missed(case)
            if stay.station < 4:
                self.city.land(case, stay.station + 1, case.holder)

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


@contextmanager
def _losing_answers() -> Iterator[None]:
    """Commit, and then lose the database's answer."""
    commit = Session.commit

    def commit_and_break(self: Session) -> None:
        writes = self.connection().get_execution_options().get("tiji_write")
        commit(self)
        if writes:
            raise OperationalError("COMMIT", {}, ConnectionError("the answer was lost"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "commit", commit_and_break)
        yield


def test_the_law_holds_whatever_happens(
    city_app: Flask, rogue_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "tiji")  # every fault of the bad plugin is logged
    run_state_machine_as_test(lambda: AnyLife(city_app, rogue_home), settings=DOSE)
