"""What unit numbers, houses and problems mean: pure rules of the registration of real estate."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

#: What the codes of this bureau's matters begin with.
PREFIX = "natural_resources."
BUREAU = "natural_resources"

# --- real-estate unit numbers (不动产单元号, GB/T 37346-2019) ----------------------------

UNIT_LENGTH = 28
#: The first 19 characters are the parcel (宗地代码).
PARCEL_LENGTH = 19
#: G state, J collective, Z undetermined; the surface kind; F building, L forest, Q other, W none.
_UNIT = re.compile(r"[0-9]{12}[GJZ][A-HLNSWXY][0-9]{5}(?:W0{8}|[FLQ][0-9]{8})")
#: A county of a province that there is; 00 would be a province or a whole city.
_COUNTY = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{2}(?!00)[0-9]{2}"
)

UnitFault = Literal["length", "county", "letters"]


def unit_fault(number: str) -> UnitFault | None:
    """Say what is wrong with a compact, upper-case unit number; it has no check digit."""
    if len(number) != UNIT_LENGTH:
        return "length"
    if not _COUNTY.match(number):
        return "county"
    return None if _UNIT.fullmatch(number) else "letters"


def grouped(number: str) -> str:
    """Write a unit number as it is printed: 6-6-7-9."""
    return " ".join((number[:6], number[6:12], number[12:19], number[19:]))


def parcel_of(number: str) -> str:
    """Give the parcel's code of a unit number."""
    return number[:PARCEL_LENGTH]


# --- buildings, units and rooms, one name each however a ledger writes them -------------------

_DIGIT = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_ONES = "[一二三四五六七八九]"
_NUMBER = f"([0-9]{{1,4}}|[A-Za-z][0-9]{{0,3}}|{_ONES}?十{_ONES}?|{_ONES})"
_PARTS = {
    "building": re.compile(f"第?{_NUMBER}(?:号楼|#楼|栋楼|幢楼|号|栋|幢|楼|座|#)?"),
    "unit": re.compile(f"第?{_NUMBER}(?:单元|门|#)?"),
    "room": re.compile("([0-9]{1,5})(?:号?室|号?房|号)?"),
}

Part = Literal["building", "unit", "room"]


def plain_part(part: Part, text: str) -> str:
    """Give the one name of a building, unit or room: ``01号楼``, ``一栋`` and ``1幢`` are ``1``."""
    text = "".join(text.split())
    match = _PARTS[part].fullmatch(text)
    if not match:
        return text
    name = match[1].upper()
    if "十" in name or name in _DIGIT:
        return str(_chinese(name))
    # A room's zeros are its floor: 0101 is not 101 on every landing.
    return name if part == "room" else name.lstrip("0") or "0"


def _chinese(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (_DIGIT.get(tens, 1) * 10 if ten else 0) + _DIGIT.get(ones, 0)


def place_name(estate: str, building: str, unit: str | None, room: str) -> str:
    """Name a household's place as letters to it do."""
    parts = (_named(building, "号楼"), _named(unit or "", "单元"), _named(room, "室"))
    return estate + "".join(parts)


def _named(name: str, suffix: str) -> str:
    return name + suffix if re.fullmatch("[0-9A-Z]+", name) else name


def natural_order(name: str) -> tuple[int, int, str]:
    """Order names as people count: 2 before 10, names without a number last."""
    match = re.match("[0-9]+", name)
    return (0, int(match[0]), name) if match else (1, 0, name)


def floors(rooms: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Put a unit's rooms on their floors, the highest first; what names no floor comes last."""
    by_floor: dict[str, list[str]] = {}
    for room in rooms:
        floor = room[:-2].lstrip("0") if re.fullmatch("[0-9]{3,5}", room) else ""
        by_floor.setdefault(floor, []).append(room)
    top_down = sorted(by_floor, key=lambda floor: -int(floor or 0))
    return [(floor, sorted(by_floor[floor], key=natural_order)) for floor in top_down]


# --- the state of a household -----------------------------------------------------------------

#: Over: no blocker counts any more.
OVER = ("issued", "refused", "ended")
#: As an estate shows them; the states that a household may be in, and ``blocked``.
STATES = ("issued", "accepted", "ready", "papers", "blocked", "refused", "ended")
_ENDED = frozenset({"answered", "closed", "withdrawn"})
_UNDER_WAY = frozenset({"in_progress", "paused", "with_leaders"})
_AFTER = {"done": "issued", "done_with_effort": "issued", "refused": "refused"}


def state_of(status: str, outcome: str | None, said: str) -> str:
    """Give the state of a household whose case stands so; ``said`` is what its form says.

    Nobody has papers while a case still runs.
    """
    if status in _ENDED:
        return state_after(outcome)
    return "accepted" if status in _UNDER_WAY or said == "issued" else said


def state_after(outcome: str | None) -> str:
    """Give the state of a household whose case ended so."""
    return _AFTER.get(outcome or "", "ended")


def shown_state(state: str, blocked: bool) -> str:
    """Say how a household stands: while anything blocks it, it is blocked."""
    return "blocked" if blocked and state not in OVER else state


# --- what kind of problem it is ---------------------------------------------------------------

OTHER = f"{PREFIX}other"
#: The matter that a ledger's words mean, tried in this order: the closer words first.
PROBLEMS = tuple(
    (name, re.compile("|".join(words)))
    for name, *words in (
        ("inheritance", "继承|遗产", "产权人(?:已)?(?:死亡|去世|过世)"),
        ("seizure", "查封|冻结|司法限制|保全"),
        ("repeated_mortgage", "抵押"),
        ("boundary_dispute", "权属(?:争议|纠纷)", "界址|四至|边界"),
        ("homestead", "宅基地|农村(?:房|住房|自建)"),
        (
            "developer_gone",
            "(?:开发|建设)(?:单位|商|公司|企业).{0,8}(?:灭失|注销|吊销|破产|失联|不存在|解散)",
            "开发主体灭失",
        ),
        ("unpaid_price", "欠缴|欠税|出让价款|出让金|税费|契税|证缴分离"),
        ("records_differ", "房地(?:信息)?不一致|信息不一致|分散登记|跨宗"),
        ("parcel_change", "宗地(?:分割|合并)|土地分割|分宗|并宗"),
        ("acceptance_missing", "竣工|消防|验收备案"),
        (
            "built_differs",
            "未按(?:批准|审批|规划)|与(?:审批|批准|规划)不[一相]?[致符]",
            "擅自改|超(?:建|面积|容积)|加层",
        ),
        ("planning_verification", "规划(?:核实|验收|许可)"),
        ("non_residential_land", "非住宅|工业用地|商业用地|综合用地"),
        (
            "papers_missing",
            "原始(?:材料|资料|凭证)|[材资]料(?:缺失|遗失)|合同(?:遗失|丢失)|发票|票据",
        ),
        ("land_formalities", "用地|土地手续|供地|征收手续|划拨手续"),
    )
)


def problem_of(*texts: str | None) -> str:
    """Name the problem that texts speak of, the first text that says anything decides."""
    for text in texts:
        for name, words in PROBLEMS:
            if text and words.search(text):
                return name
    return "other"


def matter_of(*texts: str | None) -> str:
    """Choose the matter by what a ledger's row says, the closest column first."""
    return PREFIX + problem_of(*texts)


# --- codes of estates and blockers ------------------------------------------------------------

ESTATE, BLOCKER = "XQ", "KD"


def code_of(kind: str, number: int) -> str:
    """Give the code by which people call an estate (XQ0001) or a blocker (KD0001)."""
    return f"{kind}{number:04d}"


def read_code(kind: str, text: str) -> int | None:
    """Read a code back; None where the text is none of this kind."""
    match = re.fullmatch(f"{kind}0*([0-9]{{1,9}})", text.strip().upper())
    return int(match[1]) if match else None


def count_up(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up households by state, in the order in which states are shown."""
    counts = dict.fromkeys(STATES, 0)
    for state, households in pairs:
        counts[state] += households
    return counts


def is_enterprise(name: str) -> bool:
    """Tell an enterprise from a citizen by the name in a ledger."""
    return name.endswith(("公司", "厂", "合作社", "中心"))
