"""Short ways to bring a case of the demo city where a test wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from tiji.cases import actions
from tiji.cases.actions.sweeping import SweepResult
from tiji.cases.actions.sweeping import sweep as run_sweep
from tiji.cases.rules import WayForward
from tiji.cases.sheet import case_detail
from tiji.clock import FixedClock, parse_moment
from tiji.db import db, transaction
from tiji.errors import RuleError
from tiji.people.model import Leave, Post
from tiji.runtime import runtime

Json = dict[str, Any]

FIO, HEAD, DEPUTY, PRINCIPAL = (
    "housing_fio",
    "housing_head1",
    "housing_deputy1",
    "housing_principal",
)
LEADER = "vice_mayor_2"
#: Who holds a case of ``FIO`` at each station.
LINE = {1: FIO, 2: HEAD, 3: DEPUTY, 4: PRINCIPAL, 5: LEADER}
STRANGER = "transport_fio"

REFUSAL: Json = {
    "reasons": "该房屋未通过消防验收，且业主未达到法定表决比例",
    "basis": "《某市既有住宅加装电梯办法》第八条",
    "ways_forward": [WayForward("补齐三分之二业主签字后再申请", "范科长")],
    "feedback": "已书面告知并当面说明",
}
#: Words with which each action is accepted.
WORDS: dict[str, Json] = {
    "take": {},
    "guide": {
        "who": "市自然资源局不动产登记科",
        "where": "政务中心二楼",
        "contact": "已电话联系余科长，周三上午接待",
    },
    "accept": {},
    "decline": {"reason": "房屋质量鉴定由住建局负责"},
    "agree": {"plan": "补办用地手续", "promised": date(2026, 12, 4), "feedback": "已电话告知"},
    "complete": {"result": "已办证", "outcome": "done", "feedback": "已送达"},
    "escalate": {"why": "缺竣工验收备案", "judgement": "unsure", "suggestion": "会同核验"},
    "refuse": REFUSAL,
    "propose": {"proposal": "先登记、后追缴"},
    "decide": {"decision": "do", "department": "natural_resources", "by": date(2026, 12, 11)},
    "pause": {"reason": "awaiting_client", "until": date(2026, 11, 27)},
    "resume": {},
    "extend": {"days": 2, "reason": "等待测绘"},
    "grant": {},
    "deny": {"reason": "材料已齐"},
    "comment": {"text": "已约周三面谈"},
    "handover": {"to": "housing_fio4", "reason": "岗位调整"},
    "withdraw": {},
    "rate": {"grade": 5},
    "reopen": {"reason": "反映的问题未解决"},
    "erase": {"why": "保存期限已满"},
}


def opened(actor: str | None = FIO, **more: Any) -> str:
    """Open a case and give its number."""
    words: Json = {
        "matter_code": "petitions.other",
        "title": "安置房十年未办证",
        "content": "开发单位已注销，三十户无法办证",
        "client_name": "张某某",
        "client_kind": "citizen",
    }
    number = actions.open_case(**{**words, "actor": actor, **more}).number
    assert number
    return number


def do(number: str, action: str, actor: str | None = None, **changed: Any) -> Json:
    """Do an action, by the holder if nobody is named, and show the case then."""
    actor = actor or holder(number)
    getattr(actions, action)(number, actor, **{**WORDS[action], **changed})
    return shown(number)


def shown(number: str) -> Json:
    """Show a case as `tiji case show --json` does."""
    detail = case_detail(number)
    db.session.rollback()
    return detail


def holder(number: str) -> str:
    """Say who holds a case."""
    return str(shown(number)["holder"]["code"])


def kinds(number: str) -> list[str]:
    """List the kinds of a case's events."""
    return [event["kind"] for event in shown(number)["events"]]


def last(number: str, kind: str) -> Json:
    """Give the data of a case's last event of a kind."""
    found: list[Json] = [e["data"] for e in shown(number)["events"] if e["kind"] == kind]
    return found[-1]


def at_station(station: int, **more: Any) -> str:
    """Bring a new case up to a station, one by one."""
    number = opened(**more)
    for _step in range(1, min(station, 4)):
        do(number, "escalate")
    if station == 5:
        do(number, "propose")
    return number


def in_status(status: str, station: int = 1) -> str:
    """Bring a new case of ``FIO`` into a status at a station."""
    number = at_station(5 if status == "with_leaders" else station)
    steps: dict[str, Callable[[], Any]] = {
        "guided": lambda: do(number, "guide"),
        "in_progress": lambda: do(number, "agree"),
        "paused": lambda: do(number, "pause"),
        "answered": lambda: do(number, "complete"),
        "withdrawn": lambda: do(number, "withdraw", STRANGER),
    }
    if status in steps:
        steps[status]()
    if status == "closed":
        do(number, "complete")
        go_to("2026-12-08T09:00")
        run_sweep()
    assert shown(number)["status"] == status
    return number


def go_to(moment: str) -> None:
    """Move the application's clock to a local time."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(parse_moment(moment) - clock.now())


def swept(moment: str) -> SweepResult:
    """Move the clock and sweep."""
    go_to(moment)
    return run_sweep()


def on_leave(officer: str, acting: str | None, days: int = 30) -> None:
    """Send an officer on leave from now; another may act."""
    now = runtime().clock.now()
    with transaction() as session:
        values = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=days)}
        session.execute(insert(Leave).values(officer=officer, acting=acting, **values))


def vacate(officer: str) -> None:
    """End all posts of an officer a moment ago."""
    with transaction() as session:
        ended = update(Post).where(Post.officer == officer)
        session.execute(ended.values(ends_at=runtime().clock.now() - timedelta(minutes=1)))


def seat(officer: str, station: int, department: str = "housing", **more: Any) -> None:
    """Give an officer one more post."""
    values: Json = {
        "sections": [],
        "duty": False,
        "acting": False,
        "portfolio": [],
        "default_leader": False,
        "starts_at": None,
        "ends_at": None,
    }
    post = {"officer": officer, "station": station, "department": department, **values, **more}
    with transaction() as session:
        session.execute(insert(Post).values(**post))


def refused(rule: str, number: str, action: str, actor: str | None = None, **changed: Any) -> str:
    """Assert that a rule forbids an action and nothing changed; give what it says."""
    before = shown(number)
    with pytest.raises(RuleError) as caught:
        do(number, action, actor, **changed)
    assert caught.value.rule == rule, str(caught.value)
    after = shown(number)
    assert (after["version"], after["status"]) == (before["version"], before["status"])
    return str(caught.value)


def moment(text: str | None) -> datetime:
    """Read a time of a shown case."""
    assert text
    return parse_moment(text)


def change_behind(*statements: str) -> None:
    """Change the database behind the program's back."""
    db.session.remove()
    with db.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
