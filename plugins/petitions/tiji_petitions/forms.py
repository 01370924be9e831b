"""The forms of the matters: what an officer asks a petitioner; nothing missing blocks a case.

``required`` marks what the case lists as missing. Fields marked personal are kept encrypted.
"""

from __future__ import annotations

from marshmallow import Schema

from tiji.api import Count, Departments, IdentityNumber, LedgerDate, LedgerText, Phone, Word
from tiji_petitions.words import STATES, WAYS, label


class PetitionForm(Schema):
    """Ask who petitions how, how often and with how many, and since when."""

    id_number = IdentityNumber(
        required=True, metadata=label("身份证号", "identity number", personal=True)
    )
    mobile = Phone(required=True, metadata=label("联系电话", "phone", personal=True))
    address = LedgerText(metadata=label("住址", "address", personal=True))
    way = Word(WAYS, required=True, metadata=label("信访形式", "form of petition"))
    visits = Count(metadata=label("次数", "visits"))
    people = Count(metadata=label("人数", "people"))
    first_visit = LedgerDate(allow_future=False, metadata=label("首次信访时间", "first visit"))
    district = LedgerText(metadata=label("问题属地", "district of the problem"))
    leader = LedgerText(metadata=label("包案领导", "leader in charge"))
    measures = LedgerText(metadata=label("化解措施", "measures"))
    resolve_by = LedgerDate(metadata=label("化解时限", "to be resolved by"))
    state = Word(STATES.values(), metadata=label("化解状态", "state"))
    remark = LedgerText(metadata=label("备注", "remark"))


class LegacyForm(PetitionForm):
    """Ask of a legacy issue how it arose and what was answered before."""

    origin = LedgerText(required=True, metadata=label("问题成因", "how it arose"))
    earlier_answer = LedgerText(metadata=label("原答复意见", "earlier answer"))


class CrossDepartmentForm(PetitionForm):
    """Ask of a cross-department issue who sent it to whom."""

    departments = Departments(
        required=True, metadata=label("涉及单位", "departments concerned, the first asked first")
    )
    earlier_answer = LedgerText(metadata=label("原答复意见", "earlier answers"))


class NoPrecedentForm(PetitionForm):
    """Ask of something new what is wanted, and where others already do it."""

    wanted = LedgerText(required=True, metadata=label("具体诉求", "what is wanted"))
    practice_elsewhere = LedgerText(metadata=label("外地做法", "practice elsewhere"))


FORMS: dict[str, type[Schema]] = {
    form.__name__: form for form in (PetitionForm, LegacyForm, CrossDepartmentForm, NoPrecedentForm)
}
