"""The petition backlog's ledger (信访积案台账): its columns, and what a row means as a case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, or_, update

from tiji.api import (
    BulkInsert,
    Column,
    Count,
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
    local,
    mask_text,
    runtime,
)
from tiji_petitions.facts import facts, new_petition, read_day
from tiji_petitions.models import Petition
from tiji_petitions.rules import PetitionClock, imported
from tiji_petitions.words import STATES, WAYS

COLUMNS = (
    Column("序号", "serial", LedgerText(), ("编号",)),
    Column(
        "信访人", "petitioner", LedgerText(), ("信访人姓名", "上访人", "姓名"),
        required=True, personal=True,
    ),
    Column(
        "身份证号", "id_number", IdentityNumber(), ("身份证号码", "公民身份号码", "身份证"),
        personal=True,
    ),
    Column(
        "联系电话", "mobile", Phone(), ("电话", "手机号码", "手机", "联系方式"), personal=True
    ),
    Column("住址", "address", LedgerText(), ("地址", "家庭住址"), personal=True),
    Column(
        "信访事项", "subject", LedgerText(), ("主要诉求", "反映问题", "信访问题", "诉求内容"),
        required=True,
    ),
    Column("问题属地", "district", LedgerText(), ("属地", "所属区县")),
    Column(
        "首次信访时间", "first_visit", LedgerDate(allow_future=False),
        ("首次信访日期", "初访时间", "初访日期"),
    ),
    Column("信访形式", "way", Word(WAYS), ("形式", "信访方式")),
    Column("次数", "visits", Count(), ("信访次数",)),
    Column("人数", "people", Count(), ("涉及人数",)),
    Column(
        "责任单位", "departments", Departments(), ("责任部门", "承办单位", "办理单位"),
        required=True,
    ),
    Column("包案领导", "leader", LedgerText(), ("包案人", "包保领导")),
    Column("化解措施", "measures", LedgerText(), ("措施", "工作措施")),
    Column("化解时限", "resolve_by", LedgerDate(), ("化解期限", "办结时限")),
    Column("化解状态", "state", Word(STATES.values()), ("办理状态", "化解情况", "状态")),
    Column("备注", "remark", LedgerText(), ("说明",)),
)  # fmt: skip

EXAMPLE = {
    "序号": "1",
    "信访人": "孙某某",
    "身份证号": "340711190001010004",
    "联系电话": "13900000000",
    "住址": "铜官区示例小区1栋101室",
    "信访事项": "集资房手续不全,入住多年无法办理不动产权证",
    "问题属地": "铜官区",
    "首次信访时间": "2019年3月",
    "信访形式": "来访",
    "次数": "12",
    "人数": "1",
    "责任单位": "自然资源局、住建局",
    "包案领导": "甲副市长",
    "化解措施": "补办用地手续",
    "化解时限": "2027-03-31",
    "化解状态": "化解中",
}

#: What the subject says, tried in this order; whatever says none of it is another petition.
SUBJECTS = (
    (
        "petitions.cross_department",
        re.compile("推诿|多部门|多个部门|跨部门|跨区|两区|无人管|没人管"),
    ),
    (
        "petitions.no_precedent",
        re.compile(r"(?:没有?|无|缺乏?|缺少)[^,.;,。;]{0,6}(?:依据|先例|政策)|无据可依|新业态"),
    ),
    ("petitions.personnel_change", re.compile("调离|调走|退休|换届|人员变动|换了领导|原经办")),
    ("petitions.policy_change", re.compile("政策变|政策调整|新政策|老政策|改制")),
    ("petitions.circumstances_passed", re.compile("注销|撤销|灭失|遗失|丢失|搬迁|年代久")),
)
OTHER = "petitions.other"

_TITLE = 100
_PERSONAL = ("id_number", "mobile", "address")
_TEXTS = ("way", "district", "leader", "measures", "state", "remark")


def to_case(row: Mapping[str, Any]) -> ImportedCase:
    """Say what a row means: still open, or closed history where it says 已化解."""
    subject, departments = row["subject"], tuple(row["departments"])
    matter = matter_of(subject, departments)
    first_visit: PartialDate | None = row.get("first_visit")
    texts = {name: row[name] for name in _TEXTS if row.get(name)}
    shown = {name: mask_text(text) for name, text in texts.items()}
    counts = {name: row[name] for name in ("visits", "people") if row.get(name)}
    dates = {name: row[name].iso for name in ("first_visit", "resolve_by") if row.get(name)}
    named = {"departments": list(departments)} if matter == "petitions.cross_department" else {}
    resolved = row.get("state") == STATES["resolved"]
    return ImportedCase(
        matter=matter,
        title=short_title(subject),
        content=subject,
        client_name=row["petitioner"],
        client_kind="citizen",
        departments=departments,
        first_at=first_visit.value if first_visit else None,
        closed=resolved,
        outcome="done" if resolved else None,
        form=shown | counts | dates | named,
        personal={name: row[name] for name in _PERSONAL if row.get(name)}
        # A number inside a free text is masked like the case's own words; the original is kept.
        | {name: text for name, text in texts.items() if shown[name] != text},
    )


def matter_of(subject: str, departments: Sequence[str]) -> str:
    """Choose the matter by who is responsible and what the subject says (requirements 10 to 13)."""
    if len(departments) > 1:
        return "petitions.cross_department"
    return next((matter for matter, words in SUBJECTS if words.search(subject)), OTHER)


def short_title(subject: str) -> str:
    """Cut a long subject at its last full clause that fits, else at the limit."""
    if len(subject) <= _TITLE:
        return subject
    head = subject[: _TITLE - 1]
    clause = max(head.rfind(mark) for mark in ",,。;;")
    return (head[:clause] if clause >= _TITLE // 3 else head) + "…"


def store(rows: Sequence[StoredRow]) -> None:
    """Write a batch's petitions in the import's transaction; few statements, none for one row."""
    today = local(runtime().clock.now()).date()
    if new := [_new(row, today) for row in rows if row.new]:
        table = BulkInsert(db.session.connection(), Petition.__table__, new[0])
        table.insert([table.bind(row) for row in new])
    if known := [row for row in rows if not row.new]:
        _update(known, today)


def _new(row: StoredRow, today: date) -> dict[str, Any]:
    clock = None if row.case.closed else _clock(row, today)
    return new_petition(row.case_id, row.case.form, today, clock)


def _clock(row: StoredRow, today: date) -> PetitionClock:
    return imported(today, read_day(row.case.form.get("resolve_by"))[0])


def _update(rows: Sequence[StoredRow], today: date) -> None:
    """Bring known petitions up to date; a clock starts again only where the ledger reopened one."""
    connection = db.session.connection()
    of_case = update(Petition).where(Petition.case_id == bindparam("of_id"))
    running = of_case.where(Petition.concluded_at.is_(None), Petition.conclude_by.is_not(None))
    values = [{"of_id": row.case_id, **facts(row.case.form)} for row in rows]
    changed: dict[str, Any] = {name: bindparam(name) for name in values[0] if name != "of_id"}
    connection.execute(of_case.values(changed), values)
    if ended := [{"of_id": row.case_id} for row in rows if row.case.closed]:
        connection.execute(running.values(concluded_at=runtime().clock.now()), ended)
    still_open = [
        {"of_id": row.case_id, "day": _clock(row, today).conclude_by}
        for row in rows
        if not row.case.closed
    ]
    own = {row["of_id"]: row["resolve_by"] for row in values}
    if dated := [row for row in still_open if row["day"] == own[row["of_id"]]]:
        not_extended = running.where(Petition.extended_at.is_(None))
        connection.execute(not_extended.values(conclude_by=bindparam("day")), dated)
    if still_open:
        stopped = or_(Petition.concluded_at.is_not(None), Petition.conclude_by.is_(None))
        again: dict[str, Any] = {"concluded_at": None, "conclude_by": bindparam("day")}
        connection.execute(of_case.where(stopped).values(again), still_open)


def withdraw(case_ids: Sequence[int]) -> None:
    """Take out the petitions of cases whose import is withdrawn."""
    db.session.execute(delete(Petition).where(Petition.case_id.in_(case_ids)))


BACKLOG = Ledger(
    code="petitions.backlog",
    title="信访积案台账",
    columns=COLUMNS,
    to_case=to_case,
    fingerprint=("petitioner", "subject", "first_visit"),
    store=store,
    withdraw=withdraw,
    example=EXAMPLE,
)
