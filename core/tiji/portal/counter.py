"""Register what a client brings to an officer, and hand out the receipt that finds it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tiji.accounts.rules import Viewer
from tiji.cases import actions
from tiji.cases.actions.opening import case_id
from tiji.cases.sight import seen_case
from tiji.errors import ConflictError, RuleError
from tiji.events.queries import of_case
from tiji.forms.cells import read_phone
from tiji.i18n import _
from tiji.plugins.types import ClientKind
from tiji.portal.actions import Receipt, SentBeforeError, give_receipt, receipt_of
from tiji.portal.schemas import contact_fields
from tiji.runtime import runtime

#: How a case came that an officer was asked, and one that the window's clerk took down.
OFFICER, WINDOW = "officer", "window"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Say what was asked at a desk: who, what about, which matter, and what the client was told.

    ``told`` holds the duties that are done: ``who``, ``where``, ``contact`` (requirement 1).
    ``belongs_to`` is the number of a case that is about the same.
    """

    matter: str
    kind: ClientKind
    name: str
    title: str
    content: str
    phone: str = ""
    address: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    belongs_to: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """Tell what became of an inquiry.

    ``number`` is None for a routine matter, which is guided; ``repeated`` tells that it was
    counted on an open case; ``together`` what became of the wish to join another case.
    """

    number: str | None
    repeated: bool = False
    guidance: Mapping[str, str] = field(default_factory=dict)
    together: str = ""


def token_of(form: str, asked: Inquiry, viewer: Viewer) -> str:
    """Name what is sent: the same words from the same form are one inquiry, others another."""
    said = (form, viewer.code, asked.name, asked.title, asked.content)
    return runtime().cipher.index("inquiry", *said)


def register(asked: Inquiry, viewer: Viewer, token: str) -> Registered:
    """Register an inquiry, its receipt in the same transaction; sent twice, it gives one case.

    ``token`` is what token_of gives. Whoever has a seat was asked first and owns the case; what a
    clerk without one takes down goes to the officer on duty. Raises RuleError or BadInputError for
    what must be mended first.
    """
    if (receipt := receipt_of(token)) and receipt.number:
        return Registered(receipt.number)
    if asked.belongs_to:
        seen_case(asked.belongs_to, viewer)
    phone = read_phone(asked.phone) or ""
    contact = {"mobile": phone, "address": asked.address.strip()}
    try:
        opened = actions.open_case(
            matter_code=asked.matter,
            title=asked.title,
            content=asked.content,
            client_name=asked.name,
            client_kind=asked.kind,
            actor=viewer.code if viewer.seats else None,
            by=viewer.code,
            channel=OFFICER if viewer.seats else WINDOW,
            data={**asked.data, **(contact_fields(asked.matter, phone) if phone else {})},
            contact={name: text for name, text in contact.items() if text},
            told=asked.told,
            sent=runtime().cipher.index("sent", token),
            within=lambda session, number: give_receipt(session, number, phone, token),
        )
    except SentBeforeError:
        receipt = receipt_of(token)
        assert receipt
        return Registered(receipt.number)
    if opened.number is None or opened.repeated or not asked.belongs_to:
        return Registered(opened.number, opened.repeated, opened.guidance)
    return Registered(opened.number, together=_join(opened.number, viewer, asked.belongs_to))


def _join(number: str, viewer: Viewer, other: str) -> str:
    """Let one answer serve both, or leave a note for who may decide that; say which."""
    try:
        actions.group(other, viewer.code, cases=[number], reason=_("about the same"))
        return _("{case} and {other} share their answer now.").format(case=number, other=other)
    except (RuleError, ConflictError):
        text = _("About the same as {other}: one answer may serve both.").format(other=other)
    try:
        actions.comment(number, viewer.code, text=text)
    except (RuleError, ConflictError) as error:
        return str(error)
    return _("A superior of both holders may let one answer serve both; a remark says so.")


def handed_out(token: str, viewer: Viewer) -> Receipt | None:
    """Give the receipt of what somebody registered; nobody else is told its code."""
    receipt = receipt_of(token)
    if receipt is None or receipt.number is None:
        return None
    first = of_case(case_id(receipt.number))[0]
    return receipt if first["actor"] == viewer.code else None
