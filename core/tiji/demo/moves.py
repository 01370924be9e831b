"""What officers and clients of the demo city do to a case, whoever holds it at that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import select

from tiji.cases import actions
from tiji.cases.model import CaseRow
from tiji.cases.rules import PAUSE_REASONS, WayForward
from tiji.clock import local
from tiji.db import db
from tiji.demo.topics import Topic
from tiji.people.queries import seat_holder
from tiji.runtime import runtime

PRINCIPAL, CITY = 4, 5
#: They write down what clients say, where these do not say it themselves.
RECORDERS = ("petitions_bureau_fio4", "data_bureau_fio4")
GOOD = ("说到做到，满意", "态度好，办得快", "没想到真能办成", "", "过程清楚，每一步都告诉我", "")
BAD = ("说明了理由，但问题没有解决", "跑了三趟才有结果", "答复太笼统")


_STANDING = select(
    *(CaseRow.station, CaseRow.holder, CaseRow.department, CaseRow.section, CaseRow.fio_department),
    *(CaseRow.request, CaseRow.guided_to, CaseRow.answered_by, CaseRow.answered_station),
)


class OffScriptError(Exception):
    """Say that a case went another way than its course foresaw."""


@dataclass(slots=True)
class Case:
    """A case on the stage: its number, what it is about, and where it stands just now."""

    number: str
    topic: Topic
    chance: Random
    #: Whether somebody saw to it after its course had ended.
    helped: bool = False

    @property
    def now(self) -> Any:
        """Read where the case stands: its row's columns that the moves need."""
        found = db.session.execute(_STANDING.where(CaseRow.number == self.number)).one()
        db.session.rollback()
        return found

    @property
    def holder(self) -> str:
        """Name who has to do something now; raise OffScriptError if nobody has."""
        if (holder := self.now.holder) is None:
            raise OffScriptError
        return str(holder)

    def day(self, fewest: int, most: int) -> date:
        """Give a working day that many days ahead."""
        today = local(runtime().clock.now()).date()
        return runtime().calendar.add_working_days(today, self.chance.randint(fewest, most))


Step = Callable[[Case], None]


def take(case: Case) -> None:
    """Acknowledge the case."""
    actions.take(case.number, case.holder)


def up(case: Case) -> None:
    """Take the case one station up; whoever decides, decides."""
    now, topic = case.now, case.topic
    if (now.station or 0) >= PRINCIPAL:
        agree(case)
        return
    actions.escalate(
        case.number,
        case.holder,
        why=topic.why,
        judgement=case.chance.choice(("unsure", "can_with_approval")),
        suggestion=topic.suggestion,
    )


def promise(fewest: int, most: int) -> Step:
    """Agree, and promise a day within so many working days."""

    def step(case: Case) -> None:
        plan = case.topic.plan
        actions.agree(
            case.number,
            case.holder,
            plan=plan,
            promised=case.day(fewest, most),
            feedback=f"已电话告知：{plan}",
        )

    return step


agree = promise(4, 7)
agree_far = promise(13, 50)


def done(case: Case) -> None:
    """Answer the case: it is done."""
    now, result = case.now, case.topic.result
    outcome = "done" if (now.station or 0) < PRINCIPAL else "done_with_effort"
    actions.complete(
        case.number, case.holder, result=result, outcome=outcome, feedback=f"已书面答复：{result}"
    )


def refuse(case: Case) -> None:
    """Refuse as the principal, with a way to yes."""
    if (case.now.station or 0) < PRINCIPAL:
        up(case)
        return
    actions.refuse(
        case.number,
        case.holder,
        reasons=f"{case.topic.why}，现阶段直接办理会损害其他当事人的权益",
        basis="《云川市历史遗留问题处理办法（示例）》第十二条第二款",
        ways_forward=[
            WayForward(case.topic.suggestion, "窗口陈某某，0562-0000000"),
            WayForward("补齐佐证材料后由本局代为申请复核", "积案化解专班"),
        ],
        feedback="已当面说明理由和可行的办法，并送达书面答复",
    )


def propose(case: Case) -> None:
    """Propose a way to the city's leaders."""
    if (case.now.station or 0) < PRINCIPAL:
        up(case)
        return
    actions.propose(case.number, case.holder, proposal=f"{case.topic.suggestion}，请市政府研究")


def decide(case: Case) -> None:
    """Decide as a city leader: it is to be done."""
    now = case.now
    actions.decide(
        case.number,
        case.holder,
        decision=case.chance.choice(("do", "do_with_conditions")),
        department=now.fio_department,
        by=case.day(6, 12),
        reasons="同意，分两步实施，资金由市区共担",
    )


def pause(case: Case) -> None:
    """Stop the clocks for some days."""
    reason = case.chance.choice(PAUSE_REASONS)
    actions.pause(case.number, case.holder, reason=reason, until=case.day(3, 9))


def ask_long_pause(case: Case) -> None:
    """Ask the station above for a pause of more than ten days."""
    actions.pause(case.number, case.holder, reason="public_notice", until=case.day(12, 15))


def ask_days(case: Case) -> None:
    """Ask the station above for more days."""
    actions.extend(case.number, case.holder, days=1, reason="等待鉴定机构出具意见")


def grant(case: Case) -> None:
    """Grant what the station below asked for."""
    if (request := case.now.request) is None:
        raise OffScriptError
    actions.grant(case.number, request["asked"])


def guide(case: Case) -> None:
    """Guide the client to another department."""
    unit = "市住建局" if case.now.department != "housing" else "市城管局"
    actions.guide(
        case.number,
        case.holder,
        who=f"{unit}业务科室",
        where="政务服务中心二楼综合窗口",
        contact=f"已电话联系{unit}，约定次日上门",
    )


def accept(case: Case) -> None:
    """Take the guided case over, as its new department's duty officer."""
    actions.accept(case.number, _duty(case))


def decline(case: Case) -> None:
    """Send the guided case back."""
    actions.decline(case.number, _duty(case), reason="属地管养的不在本局职责内，已附划界图")


def _duty(case: Case) -> str:
    if (unit := case.now.guided_to) is None:
        raise OffScriptError
    return _seated(1, unit, None)


def comment(case: Case) -> None:
    """Add a remark."""
    text = (
        "已与当事人通话，补充了经过和联系方式"
        if case.chance.random() < 0.5
        else "现场看过，情况属实"
    )
    actions.comment(case.number, case.holder, text=text, public=case.chance.random() < 0.4)


def rate_well(case: Case) -> None:
    """Let the client be content."""
    _rate(case, case.chance.choice((5, 5, 4, 4, 3)), case.chance.choice(GOOD))


def rate_badly(case: Case) -> None:
    """Let the client be discontent, and ask to reopen."""
    _rate(case, case.chance.choice((1, 2, 2)), case.chance.choice(BAD))


def _rate(case: Case, grade: int, text: str) -> None:
    actions.rate(case.number, _recorder(case), grade=grade, text=text)


def withdraw(case: Case) -> None:
    """Let the client take the case back."""
    actions.withdraw(case.number, _recorder(case), text="当事人已自行解决，申请撤回")


def _recorder(case: Case) -> str:
    now = case.now
    return next(who for who in RECORDERS if who not in (now.holder, now.answered_by))


def reopen(case: Case) -> None:
    """Reopen the case as the superior of who answered."""
    now = case.now
    above = min((now.answered_station or 1) + 1, CITY)
    superior = _seated(above, now.department, now.section)
    reason = "回访不满意，答复没有回应主要诉求"
    actions.reopen(case.number, superior, reason=reason)


def _seated(station: int, department: str, section: str | None) -> str:
    seat = seat_holder(station, department, section, runtime().clock.now())
    if seat is None:
        raise OffScriptError
    return seat.officer
