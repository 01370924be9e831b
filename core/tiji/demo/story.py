"""What happened in the fictional city over the last two weeks: a case in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from tiji.cases import actions
from tiji.cases.rules import WayForward
from tiji.clock import LOCAL, local
from tiji.demo.stage import the_past
from tiji.runtime import runtime

Step = Callable[[str], object]

#: How many working days ago the oldest scene began.
BEGAN = 9


@dataclass(frozen=True, slots=True)
class Scene:
    """Tell one case: it opens on working day ``day``; steps come so many days later, at an hour."""

    title: str
    content: str
    client: str
    fio: str
    matter: str
    steps: dict[tuple[int, int], Step]
    day: int = 0


def play() -> None:
    """Open some cases in the past and let officers and the clock act on them until now."""
    schedule = _schedule(runtime().clock.now())
    with the_past() as at:
        for moment, step in schedule:
            at(moment)
            step()


def _schedule(now: datetime) -> list[tuple[datetime, Callable[[], object]]]:
    """Give every step with its moment, in order, none of them in the future."""
    steps: list[tuple[datetime, int, Callable[[], object]]] = []
    numbers: dict[int, str] = {}
    for no, scene in enumerate(SCENES):
        steps.append((_moment(now, scene.day, 9), no, partial(_open, numbers, no, scene)))
        for (day, hour), step in scene.steps.items():
            moment = _moment(now, scene.day + day, hour)
            steps.append((moment, no, partial(_act, numbers, no, step)))
    return [(at, step) for at, _no, step in sorted(steps, key=lambda s: s[:2]) if at <= now]


def _open(numbers: dict[int, str], no: int, scene: Scene) -> None:
    opened = actions.open_case(
        matter_code=scene.matter,
        title=scene.title,
        content=scene.content,
        client_name=scene.client,
        client_kind="citizen",
        actor=scene.fio,
    )
    assert opened.number
    numbers[no] = opened.number


def _act(numbers: dict[int, str], no: int, step: Step) -> None:
    step(numbers[no])


def _moment(now: datetime, day: int, hour: int) -> datetime:
    calendar = runtime().calendar
    today = local(now).date()
    start = today - timedelta(days=1)
    while calendar.count_working_days(start, today) < BEGAN:
        start -= timedelta(days=1)
    return datetime.combine(calendar.add_working_days(start, day + 1), time(hour), LOCAL)


def _later(days: int) -> date:
    today = local(runtime().clock.now()).date()
    return runtime().calendar.add_working_days(today, days)


def _take(officer: str) -> Step:
    return lambda n: actions.take(n, officer)


def _up(officer: str, why: str, suggestion: str) -> Step:
    return lambda n: actions.escalate(
        n, officer, why=why, judgement="unsure", suggestion=suggestion
    )


def _agree(officer: str, plan: str, days: int) -> Step:
    return lambda n: actions.agree(
        n, officer, plan=plan, promised=_later(days), feedback=f"已电话告知：{plan}"
    )


def _done(officer: str, result: str, outcome: str = "done") -> Step:
    return lambda n: actions.complete(
        n, officer, result=result, outcome=outcome, feedback=f"已书面答复：{result}"
    )


def _refuse(n: str) -> object:
    return actions.refuse(
        n,
        "transport_principal",
        reasons="该路段为单位自管道路，产权未移交，市政养护经费不能用于未移交道路",
        basis="《云川市市政道路移交管理办法（示例）》第八条",
        ways_forward=[WayForward("协助产权单位办理移交，移交后三十日内列入养护", "养护科负责人")],
        feedback="已上门说明理由，并送达书面答复",
    )


SCENES: tuple[Scene, ...] = (
    Scene(
        "安置房入住十年未办不动产权证",
        "原开发单位已注销，竣工验收备案缺失，一百余户无法登记。",
        "沈某某",
        "housing_fio",
        "petitions.circumstances_passed",
        {
            (0, 10): _take("housing_fio"),
            (1, 10): _up("housing_fio", "缺竣工验收备案，开发单位已注销", "会同自然资源局核验"),
            (2, 10): _up("housing_head1", "无主体可以补办备案", "由政府指定代办单位"),
            (3, 15): _up("housing_deputy1", "指定代办单位超出本局权限", "提请主要负责人审定"),
            (5, 11): lambda n: actions.propose(
                n, "housing_principal", proposal="由市政府指定代办单位，质量鉴定后先登记"
            ),
        },
    ),
    Scene(
        "小区门前道路路灯与排水无人管养",
        "两区交界，多部门互相推诿，雨季多次内涝。",
        "陶某某",
        "transport_fio",
        "petitions.cross_department",
        {
            (0, 11): _take("transport_fio"),
            (1, 9): _up("transport_fio", "道路产权不清", "请科室核实移交情况"),
            (2, 9): _up("transport_head1", "道路未移交，经费渠道不明", "请分管负责人协调"),
            (3, 16): _up("transport_deputy1", "协调产权单位未果", "请主要负责人审定"),
            (5, 16): _refuse,
            (7, 10): lambda n: actions.rate(
                n, "data_bureau_fio", grade=2, text="说明清楚，但问题没有解决"
            ),
        },
    ),
    Scene(
        "企业改制后社会保险断缴",
        "原企业改制，经办人员已调离，档案下落不明。",
        "葛某",
        "human_resources_fio",
        "petitions.personnel_change",
        {
            (0, 10): _take("human_resources_fio"),
            (1, 14): _agree("human_resources_fio", "核对原始凭证后补缴", 8),
        },
    ),
    Scene(
        "外摆经营申请多次被退回",
        "夜市外摆没有先例，申请三次被退回。",
        "韦某",
        "urban_management_fio",
        "petitions.no_precedent",
        {
            (0, 10): _take("urban_management_fio"),
            (1, 9): _up("urban_management_fio", "外摆区域没有明确依据", "参照外市试点"),
            (2, 9): _agree("urban_management_head1", "划定试点时段和区域", 3),
            (4, 15): _done("urban_management_head1", "已核发试点外摆许可", "done_with_effort"),
            (5, 9): lambda n: actions.rate(n, "petitions_bureau_fio", grade=5, text="非常满意"),
        },
        day=2,
    ),
    Scene(
        "集贸市场摊位证遗失补办",
        "原市场管理单位已撤销，票据遗失。",
        "孔某某",
        "market_regulation_fio",
        "petitions.circumstances_passed",
        {
            (0, 15): _take("market_regulation_fio"),
            (1, 10): lambda n: actions.pause(
                n, "market_regulation_fio", reason="awaiting_client", until=_later(9)
            ),
        },
    ),
    Scene(
        "老旧小区加装电梯补贴到哪里办",
        "问了三个窗口，都说不归自己管。",
        "严某",
        "petitions_bureau_fio",
        "petitions.other",
        {
            (0, 9): _take("petitions_bureau_fio"),
            (0, 10): lambda n: actions.guide(
                n,
                "petitions_bureau_fio",
                who="市住建局物业管理科",
                where="政务服务中心二楼 6 号窗",
                contact="已电话联系物业管理科，约定次日上门",
            ),
            (1, 9): lambda n: actions.accept(n, "housing_fio2"),
        },
    ),
    Scene(
        "征地补偿款差额至今未发放",
        "原经办人员已调离，核算口径前后不一。",
        "许某某",
        "natural_resources_fio",
        "petitions.personnel_change",
        {(0, 14): _take("natural_resources_fio")},
        day=2,
    ),
)
