"""The ledger of online messages (网络留言台账): its columns, and what a row means as a case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy import String, Update, bindparam, delete, func, insert, update

from tiji.api import (
    Column,
    Count,
    Departments,
    ImportedCase,
    Ledger,
    LedgerMoment,
    LedgerText,
    PartialMoment,
    Phone,
    StoredRow,
    UTCDateTime,
    Word,
    db,
    mask_text,
    runtime,
)
from tiji_data_bureau.facts import facts, new_message, read_back, reply
from tiji_data_bureau.models import Message
from tiji_data_bureau.rules import DEPARTMENT, matter_of, short_title
from tiji_data_bureau.words import ANONYMOUS, GRADES, KINDS, SOLUTIONS, SOLVED, YES_WORDS, say

_CUT = re.compile(r"[0-9](?:\.[0-9]*)?E\+?[0-9]+")


def _check_number(number: str) -> None:
    """Refuse a number whose last digits a spreadsheet cut: two messages would become one."""
    if _CUT.fullmatch(number):
        raise ValidationError(
            say(
                "编号被表格改成了科学计数法,末几位已丢失;请把该列设为文本后重新填写。",
                "A spreadsheet turned this number into scientific notation and cut its last "
                "digits; format the column as text and type the number again.",
            )
        )


COLUMNS = (
    Column("序号", "serial", LedgerText()),
    Column(
        "留言编号", "number", fields.String(validate=_check_number),
        ("工单编号", "工单号", "诉求编号", "来信编号", "受理编号"), required=True,
    ),
    Column("来源", "source", LedgerText(), ("留言来源", "工单来源", "渠道", "受理渠道")),
    Column(
        "留言时间", "received_at", LedgerMoment(allow_future=False),
        ("受理时间", "留言日期", "受理日期", "来电时间", "诉求时间", "登记时间"),
    ),
    Column(
        "留言用户", "sender", LedgerText(), ("来电人", "留言人", "诉求人", "来信人", "姓名"),
        personal=True,
    ),
    Column(
        "联系电话", "mobile", Phone(), ("电话", "来电号码", "手机号码", "手机", "联系方式"),
        personal=True,
    ),
    Column("是否匿名", "anonymous", LedgerText(), ("匿名",)),
    Column("是否保密", "withheld", LedgerText(), ("保密",)),
    Column("诉求类型", "kind", Word(KINDS), ("留言类型", "工单类型", "类型")),
    Column(
        "一级分类", "category", LedgerText(),
        ("诉求分类", "留言分类", "工单分类", "问题分类", "分类"),
    ),
    Column(
        "留言主题", "subject", LedgerText(),
        ("标题", "主题", "留言标题", "工单标题", "诉求标题", "诉求主题"),
    ),
    Column(
        "留言详情", "details", LedgerText(),
        ("诉求内容", "留言内容", "工单内容", "来电内容", "内容", "详情"),
    ),
    Column("事发地址", "location", LedgerText(), ("事发地点", "诉求地址")),
    Column("区划", "district", LedgerText(), ("所属区划", "行政区划", "所属区县", "属地", "区域")),
    Column("紧急程度", "urgency", LedgerText(), ("紧急级别",)),
    Column(
        "承办单位", "departments", Departments(),
        ("主办单位", "责任单位", "办理单位", "承办部门", "责任部门", "承办"),
    ),
    Column("协办单位", "assisting", Departments(), ("协办部门", "配合单位", "协办")),
    Column("办理时限", "reply_by", LedgerMoment(), ("办结时限", "办理期限", "答复期限", "时限")),
    Column("是否重复", "repeated", LedgerText(), ("重复",)),
    Column("关联工单", "related", LedgerText(), ("重复工单", "关联留言")),
    Column("公开意愿", "publish", LedgerText(), ("是否公开", "是否愿意公开")),
    Column("点赞数", "votes_for", Count(minimum=0), ("点赞", "支持数", "赞成数")),
    Column("反对数", "votes_against", Count(minimum=0), ("反对", "点踩数")),
    Column(
        "答复意见", "reply", LedgerText(),
        ("回复内容", "答复内容", "回复意见", "答复", "回复", "办理结果"),
    ),
    Column(
        "答复时间", "replied_at", LedgerMoment(allow_future=False),
        ("办结时间", "回复时间", "答复日期", "回复日期", "办结日期"),
    ),
    Column("解决情况", "solved", Word(SOLUTIONS), ("是否解决",)),
    Column("满意度", "satisfaction", Word(GRADES), ("满意情况", "群众评价", "评价")),
    Column("回访结果", "callback", LedgerText(), ("回访情况",)),
    Column("附件", "attachments", LedgerText(), ("附件名称",)),
    Column("备注", "remark", LedgerText(), ("说明",)),
)  # fmt: skip

EXAMPLE = {
    "序号": "1",
    "留言编号": "TL2026110004",
    "来源": "12345热线",
    "留言时间": "2026-11-20 09:12:30",
    "留言用户": "王某某",
    "联系电话": "13900000000",
    "诉求类型": "求助",
    "一级分类": "城乡建设",
    "留言主题": "两区交界路灯无人管",
    "留言详情": "两区交界道路的路灯坏了三个月,不知道归谁管",
    "事发地址": "铜官区示例路与义安区示例街交界",
    "区划": "铜官区",
    "紧急程度": "一般",
    "承办单位": "城管局、义安区",
    "办理时限": "2026-11-30",
    "公开意愿": "愿意公开",
    "点赞数": "12",
    "反对数": "0",
}

_TEXTS = (
    *("source", "anonymous", "withheld", "kind", "category", "location", "district", "urgency"),
    *(
        "repeated",
        "related",
        "publish",
        "reply",
        "solved",
        "satisfaction",
        "callback",
        "attachments",
        "remark",
    ),
)
_COUNTS = ("votes_for", "votes_against")
_MOMENTS = ("received_at", "reply_by", "replied_at")


def to_case(row: Mapping[str, Any]) -> ImportedCase:
    """Say what a row means: closed history where it holds a reply, else an open case.

    A reply does not tell whether the answer was yes, so that only 已解决 gives an outcome.
    """
    subject, details = row.get("subject") or "", row.get("details") or ""
    departments = tuple(row.get("departments") or (DEPARTMENT,))
    concerned = tuple(dict.fromkeys((*departments, *(row.get("assisting") or ()))))
    matter = matter_of(row.get("kind"), subject, f"{subject} {details}", concerned)
    closed = bool(row.get("reply"))
    received_at: PartialMoment | None = row.get("received_at")
    replied_at: PartialMoment | None = row.get("replied_at") if closed else None
    first = received_at or replied_at
    texts = {name: row[name] for name in _TEXTS if row.get(name)}
    sender, personal = _sender(row)
    shown = {name: _shown(text, row.get("sender")) for name, text in texts.items()}
    named = {"departments": list(concerned)} if len(concerned) > 1 else {}
    return ImportedCase(
        matter=matter,
        title=short_title(subject or details),
        content=details or subject,
        client_name=sender,
        client_kind="citizen",
        departments=concerned,
        first_at=first.value.date() if first else None,
        opened_at=received_at.at if received_at else None,
        closed=closed,
        closed_at=_closed_at(received_at, replied_at),
        outcome="done" if closed and row.get("solved") == SOLVED else None,
        form={"external_id": row["number"]}
        | shown
        | {name: row[name] for name in _COUNTS if row.get(name) is not None}
        | {name: row[name].iso for name in _MOMENTS if row.get(name)}
        | named,
        # Who sent it is not read from a reply; the original is kept.
        personal=personal | {name: text for name, text in texts.items() if shown[name] != text},
        searched=(row["number"],),
    )


def _closed_at(
    received_at: PartialMoment | None, replied_at: PartialMoment | None
) -> datetime | None:
    """Give when a case closed: a reply whose time of day nobody noted came after its message."""
    if received_at and replied_at:
        return max(received_at.at, replied_at.at)
    return replied_at.at if replied_at else None


def _shown(text: str, sender: str | None) -> str:
    """Mask numbers inside a text, and the name by which replies address the sender."""
    text = mask_text(text)
    return text.replace(sender, "***") if sender and len(sender) > 1 else text


def _sender(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the name that the case bears, and what is sealed: anonymous is who asks to be."""
    personal = {"mobile": row["mobile"]} if row.get("mobile") else {}
    sender = row.get("sender") or ANONYMOUS
    if row.get("anonymous") in YES_WORDS and sender != ANONYMOUS:
        return ANONYMOUS, personal | {"sender": sender}
    return sender, personal


def store(rows: Sequence[StoredRow]) -> None:
    """Write a batch's messages in the import's transaction: a statement for new, one for known."""
    now = runtime().clock.now()
    connection = db.session.connection()
    new = [
        new_message(row.case_id, row.case.form, now, waiting=not row.case.closed)
        for row in rows
        if row.new
    ]
    if new:
        connection.execute(insert(Message), new)
    known = [
        {"of_id": row.case_id, **facts(row.case.form), **_times(row)} for row in rows if not row.new
    ]
    if known:
        connection.execute(_of_known(known[0]), known)


def _times(row: StoredRow) -> dict[str, Any]:
    moment = read_back(row.case.form.get("received_at"))
    return {
        **reply(row.case.form, waiting=not row.case.closed),
        "given_at": moment.at if moment else None,
        "given_precision": moment.precision if moment else None,
    }


def _of_known(row: Mapping[str, Any]) -> Update:
    """Set what a row says; where it no longer says when, the message keeps the moment it had."""
    plain = row.keys() - {"of_id", "given_at", "given_precision"}
    changed: dict[str, Any] = {name: bindparam(name) for name in plain}
    given_at = bindparam("given_at", type_=UTCDateTime())
    changed["received_at"] = func.coalesce(given_at, Message.received_at)
    given_precision = bindparam("given_precision", type_=String())
    changed["received_precision"] = func.coalesce(given_precision, Message.received_precision)
    return update(Message).where(Message.case_id == bindparam("of_id")).values(changed)


def withdraw(case_ids: Sequence[int]) -> None:
    """Take out the messages of cases whose import is withdrawn."""
    db.session.execute(delete(Message).where(Message.case_id.in_(case_ids)))


MESSAGES = Ledger(
    code="data_bureau.messages",
    title="网络留言台账",
    columns=COLUMNS,
    to_case=to_case,
    number="number",
    one_of=(("subject", "details"),),
    store=store,
    withdraw=withdraw,
    example=EXAMPLE,
)
