"""The certificate ledger (历史遗留办证难台账): one row a household, grouped by estate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import delete

from tiji.api import (
    Column,
    Count,
    CreditCode,
    Departments,
    IdentityNumber,
    ImportedCase,
    Ledger,
    LedgerDate,
    LedgerText,
    PartialDate,
    Phone,
    StoredRow,
    Word,
    db,
    mask_text,
)
from tiji_natural_resources.facts import read_facts
from tiji_natural_resources.fields import Area, Blockers, Name, PlacePart, UnitNumber
from tiji_natural_resources.models import Hold, Household
from tiji_natural_resources.records import write
from tiji_natural_resources.rules import BUREAU, is_enterprise, matter_of, place_name
from tiji_natural_resources.words import LEDGER_STATES

_CHINA = timezone(timedelta(hours=8))

COLUMNS = (
    Column("序号", "serial", LedgerText(), ("编号",)),
    Column(
        "小区名称", "project_name", Name(), ("小区", "项目名称", "小区(项目)名称", "楼盘名称"),
        required=True,
    ),
    Column(
        "楼栋", "building", PlacePart("building"), ("幢号", "楼号", "栋号", "楼栋号", "幢"),
        required=True,
    ),
    Column("单元", "unit", PlacePart("unit"), ("单元号",)),
    Column(
        "房号", "room", PlacePart("room"), ("室号", "门牌号", "房间号", "户号"), required=True
    ),
    Column(
        "权利人", "owner", Name(), ("户主", "申请人", "权利人姓名", "业主", "购房人"),
        required=True, personal=True,
    ),
    Column(
        "身份证号", "id_number", IdentityNumber(), ("身份证号码", "公民身份号码", "身份证"),
        personal=True,
    ),
    Column(
        "联系电话", "mobile", Phone(), ("电话", "手机号码", "手机", "联系方式"), personal=True
    ),
    Column("坐落", "location", LedgerText(), ("房屋坐落", "住址", "地址"), personal=True),
    Column("不动产单元号", "unit_code", UnitNumber(), ("单元代码", "不动产单元代码")),
    Column("建筑面积", "house_area_m2", Area(), ("房屋面积", "房屋建筑面积", "面积")),
    Column("土地面积", "land_area_m2", Area(), ("分摊土地面积", "宗地面积")),
    Column("开发单位", "developer", LedgerText(), ("开发商", "建设单位", "开发企业")),
    Column("统一社会信用代码", "credit_code", CreditCode(), ("信用代码", "社会信用代码")),
    Column("小区地址", "estate_address", LedgerText(), ("项目地址", "项目坐落")),
    Column(
        "问题类别", "problem", LedgerText(), ("办证难类型", "问题类型", "类别", "历史遗留问题类型")
    ),
    Column("难点", "blockers", Blockers(), ("堵点", "卡点", "难点堵点", "存在问题")),
    Column("问题成因", "cause", LedgerText(), ("成因", "原因")),
    Column("涉及户数", "households_affected", Count(), ("户数",)),
    Column("责任单位", "departments", Departments(), ("责任部门", "承办单位", "办理单位")),
    Column(
        "购房时间", "purchase_date", LedgerDate(allow_future=False), ("购房日期", "购买时间")
    ),
    Column(
        "入住时间", "occupied_since", LedgerDate(allow_future=False), ("入住日期", "交付时间")
    ),
    Column(
        "反映时间", "first_asked", LedgerDate(allow_future=False),
        ("登记时间", "申请时间", "首次反映时间"),
    ),
    Column(
        "发证时间", "issued_on", LedgerDate(allow_future=False),
        ("办结时间", "办证时间", "登簿时间"),
    ),
    Column(
        "办证状态", "state", Word(LEDGER_STATES), ("办理状态", "办证情况", "办理情况", "状态")
    ),
    Column("备注", "remark", LedgerText(), ("说明",)),
)  # fmt: skip

EXAMPLE = {
    "序号": "1",
    "小区名称": "滨河锦苑",
    "楼栋": "2号楼",
    "单元": "1单元",
    "房号": "603室",
    "权利人": "张某某",
    "身份证号": "340705190001010007",
    "联系电话": "13900000000",
    "不动产单元号": "340705001002GB00003F00010001",
    "建筑面积": "89.50",
    "开发单位": "示例置业公司",
    "统一社会信用代码": "91340700MA00000075",
    "问题类别": "未通过竣工验收",
    "难点": "缺竣工验收备案;开发单位欠税,开不出发票",
    "责任单位": "自然资源局、住建局",
    "购房时间": "2006-05-18",
    "入住时间": "2007年9月",
    "反映时间": "2019.3",
    "办证状态": "未办",
}

_PERSONAL = ("id_number", "mobile", "location")
_TEXTS = ("developer", "estate_address", "problem", "cause", "state", "remark")
_PLAIN = ("project_name", "building", "unit", "room", "unit_code", "credit_code")
_DATES = ("purchase_date", "occupied_since", "first_asked", "issued_on")


def to_case(row: Mapping[str, Any]) -> ImportedCase:
    """Say what a row means: still open, or closed history where it says 已办.

    Without a 责任单位 the bureau itself is responsible.
    """
    blockers: tuple[str, ...] = row.get("blockers") or ()
    departments = tuple(row.get("departments") or (BUREAU,))
    texts = {name: row[name] for name in _TEXTS if row.get(name)}
    shown = {name: mask_text(text) for name, text in texts.items()}
    titles = [mask_text(title) for title in blockers]
    place = place_name(row["project_name"], row["building"], row.get("unit"), row["room"])
    issued = LEDGER_STATES.get(row.get("state") or "") == "issued"
    first_asked: PartialDate | None = row.get("first_asked")
    owner = row["owner"]
    return ImportedCase(
        matter=matter_of(row.get("problem"), *blockers, row.get("cause")),
        title=f"{place}办证",
        content=_content(place, texts, blockers),
        client_name=owner,
        client_kind="enterprise" if is_enterprise(owner) else "citizen",
        departments=departments,
        first_at=first_asked.value if first_asked else None,
        closed=issued,
        closed_at=_moment(row.get("issued_on")) if issued else None,
        outcome="done" if issued else None,
        form=shown
        | _measures(row)
        | {name: row[name] for name in _PLAIN if row.get(name)}
        | {name: row[name].iso for name in _DATES if row.get(name)}
        | ({"blockers": titles} if titles else {})
        | ({"departments": list(departments)} if len(departments) > 1 else {}),
        personal={name: row[name] for name in _PERSONAL if row.get(name)}
        # A number inside a free text is masked like the case's own words; the original is kept.
        | {name: text for name, text in texts.items() if shown[name] != text}
        | ({"blockers": list(blockers)} if titles != list(blockers) else {}),
        searched=tuple(row[name] for name in ("project_name", "unit_code") if row.get(name)),
    )


def _measures(row: Mapping[str, Any]) -> dict[str, Any]:
    areas = {n: str(row[n]) for n in ("house_area_m2", "land_area_m2") if row.get(n)}
    households = row.get("households_affected")
    return areas | ({"households_affected": households} if households else {})


def _content(place: str, texts: Mapping[str, str], blockers: Sequence[str]) -> str:
    parts = [f"{place}未取得不动产权证" if texts.get("state") != "已办" else f"{place}办证"]
    parts += [texts[name] for name in ("problem", "cause") if name in texts]
    return "。".join([*parts, *([f"难点:{';'.join(blockers)}"] if blockers else [])]) + "。"


def _moment(day: PartialDate | None) -> datetime | None:
    return datetime.combine(day.value, time(), _CHINA) if day else None


def store(rows: Sequence[StoredRow]) -> None:
    """Write a batch's estates, households and blockers in the import's transaction."""
    facts = (read_facts(row.case_id, row.case.form, *_standing(row.case)) for row in rows)
    write([found for found in facts if found])


def _standing(case: ImportedCase) -> tuple[str, str | None]:
    return ("closed", case.outcome) if case.closed else ("open", None)


def withdraw(case_ids: Sequence[int]) -> None:
    """Take out the households of cases whose import is withdrawn; estates and blockers stay."""
    for model in (Hold, Household):
        db.session.execute(delete(model).where(model.case_id.in_(case_ids)))


CERTIFICATES = Ledger(
    code="natural_resources.certificates",
    title="历史遗留办证难台账",
    columns=COLUMNS,
    to_case=to_case,
    fingerprint=("project_name", "building", "unit", "room", "owner"),
    store=store,
    withdraw=withdraw,
    example=EXAMPLE,
)
