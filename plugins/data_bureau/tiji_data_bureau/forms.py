"""The forms of the matters: what comes with a message; nothing missing blocks a case.

``required`` marks what the case lists as missing. Fields marked personal are kept encrypted.
"""

from __future__ import annotations

from marshmallow import Schema

from tiji.api import Count, Departments, LedgerMoment, LedgerText, Phone, Word
from tiji_data_bureau.words import KINDS, NO, YES, label


class MessageForm(Schema):
    """Hold what a platform hands over with a message (domain.md, 5.1)."""

    source = LedgerText(required=True, metadata=label("来源", "source"))
    external_id = LedgerText(
        required=True,
        metadata=label("留言编号", "number of the message or work order") | {"search": True},
    )
    received_at = LedgerMoment(allow_future=False, metadata=label("留言时间", "received"))
    kind = Word(KINDS, required=True, metadata=label("诉求类型", "kind of appeal"))
    category = LedgerText(metadata=label("一级分类", "category"))
    mobile = Phone(required=True, metadata=label("联系电话", "phone", personal=True))
    anonymous = Word((YES, NO), metadata=label("是否匿名", "anonymous"))
    withheld = Word((YES, NO), metadata=label("是否保密", "identity to be withheld"))
    location = LedgerText(required=True, metadata=label("事发地址", "incident address"))
    district = LedgerText(metadata=label("区划", "district"))
    urgency = LedgerText(metadata=label("紧急程度", "urgency"))
    reply_by = LedgerMoment(metadata=label("办理时限", "to be answered by"))
    repeated = Word((YES, NO), metadata=label("是否重复", "asked before"))
    related = LedgerText(metadata=label("关联工单", "related work orders"))
    publish = LedgerText(metadata=label("公开意愿", "willing to have it published"))
    votes_for = Count(minimum=0, metadata=label("点赞数", "votes for"))
    votes_against = Count(minimum=0, metadata=label("反对数", "votes against"))
    attachments = LedgerText(metadata=label("附件", "attachments"))
    remark = LedgerText(metadata=label("备注", "remark"))


class ComplaintForm(MessageForm):
    """Ask of a complaint or report whom it is about."""

    about = LedgerText(required=True, metadata=label("被反映对象", "whom it is about"))


class CrossDepartmentForm(MessageForm):
    """Ask of a cross-department message who sent it to whom."""

    departments = Departments(
        required=True, metadata=label("涉及单位", "departments concerned, the first asked first")
    )
    earlier_answer = LedgerText(metadata=label("原答复意见", "earlier answers"))


class NoPrecedentForm(MessageForm):
    """Ask of something new what is wanted, and where others already do it."""

    wanted = LedgerText(required=True, metadata=label("具体诉求", "what is wanted"))
    practice_elsewhere = LedgerText(metadata=label("外地做法", "practice elsewhere"))


FORMS: dict[str, type[Schema]] = {
    form.__name__: form
    for form in (MessageForm, ComplaintForm, CrossDepartmentForm, NoPrecedentForm)
}
