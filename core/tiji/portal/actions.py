"""What a client does: bring a case, prove whose it is, write to it, rate it, take it back.

All but the first two act on a case whose client was made sure of by :func:`look_up`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from tiji.attachments.actions import bind_pending
from tiji.cases import actions
from tiji.cases.actions.opening import case_id, number_of
from tiji.cases.model import CaseRow, ClientWordRow
from tiji.cases.moving import moving
from tiji.cases.rules import CLIENT, require_storable, require_words
from tiji.crypto import commitment
from tiji.db import ask, db
from tiji.errors import BadInputError, RuleError
from tiji.forms.cells import compact, read_phone
from tiji.i18n import _
from tiji.portal import tries
from tiji.portal.model import ReceiptRow
from tiji.portal.rules import (
    LETTERS,
    MOST_CONTENT,
    TRIES,
    Submission,
    What,
    check_submission,
    last_four,
    no_match,
    read_code,
    read_number,
    too_many_tries,
    written_code,
)
from tiji.portal.schemas import contact_fields, matter_form
from tiji.runtime import runtime

CHANNEL = "web"
#: What is compared with where there is no receipt: that takes as long.
_NOBODY = "0" * 32
_RECEIPT = ReceiptRow.__table__.c
_RECEIPT_OF = select(_RECEIPT.case_id).where(_RECEIPT.token_hash == bindparam("token"))
_NEW_RECEIPT = insert(ReceiptRow.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Give a client what finds the case again, or guidance for a routine matter."""

    number: str | None
    code: str | None
    guidance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """Say which case somebody may look at: all that is the client's, or its light alone."""

    number: str
    whole: bool


class SentBeforeError(Exception):
    """Tell that the same form was sent already."""


def new_token() -> str:
    """Give a form a name by which a second sending is known."""
    return secrets.token_hex(16)


def submit(brought: Submission, token: str) -> Receipt:
    """Bring a case; a form that is sent twice gives the same receipt and one case.

    The query code follows from the form's token and the data key, and is kept nowhere. Raises
    RuleError or BadInputError for what must be mended first.
    """
    check_submission(brought)
    _require_asked(brought)
    receipt = receipt_of(token)
    if receipt is None:
        phone = _phone(brought)
        try:
            opened = actions.open_case(
                matter_code=brought.matter,
                title=brought.title,
                content=brought.content,
                client_name=brought.name,
                client_kind=brought.kind,
                channel=CHANNEL,
                data={**brought.data, **contact_fields(brought.matter, phone)},
                contact=_contact(brought),
                told_no=brought.told_no,
                repeats=False,
                within=lambda session, number: give_receipt(session, number, phone, token),
            )
        except SentBeforeError:
            receipt = receipt_of(token)
            assert receipt
        else:
            if opened.number is None:
                return Receipt(None, None, opened.guidance)
            receipt = Receipt(opened.number, _code(token))
    assert receipt.number
    if brought.pending:
        bind_pending(brought.pending, receipt.number)
    return receipt


def _require_asked(brought: Submission) -> None:
    """Take nothing that a matter does not ask its client: other fields are the office's (S7)."""
    form = matter_form(brought.matter)
    if unknown := sorted(brought.data.keys() - (form.fields.keys() if form else set())):
        raise BadInputError(_("This form has no field {name}.").format(name=unknown[0]))


def _phone(brought: Submission) -> str:
    return read_phone(brought.phone) or ""


def _contact(brought: Submission) -> dict[str, str]:
    said = {
        "mobile": _phone(brought),
        "address": brought.address.strip(),
        "credit_code": compact(brought.credit_code).upper(),
    }
    return {name: text for name, text in said.items() if text}


def give_receipt(session: Session, number: str, phone: str, token: str) -> None:
    """Write the receipt in the transaction that opens the case.

    Raises SentBeforeError where the same form has one already.
    """
    token_hash = _hash("token", token)
    connection = session.connection()
    if connection.scalar(_RECEIPT_OF, {"token": token_hash}):
        raise SentBeforeError
    values = {
        "case_id": case_id(number),
        "code_hash": _hash("code", number, _code(token)),
        "phone_key": _hash("phone", number, phone[-4:]) if phone else None,
        "token_hash": token_hash,
        "created_at": runtime().clock.now(),
    }
    connection.execute(_NEW_RECEIPT, values)


def sent_before(token: str, pending: str) -> Receipt | None:
    """Give the receipt of a form that was sent already, the files that came with it bound."""
    receipt = receipt_of(token)
    if receipt and receipt.number:
        bind_pending(pending, receipt.number)
    return receipt


def receipt_of(token: str) -> Receipt | None:
    """Give the receipt that a form was answered with, if it was."""
    found = ask(_RECEIPT_OF, {"token": _hash("token", token)}).scalar()
    db.session.rollback()
    return Receipt(number_of(found), _code(token)) if found else None


def _code(token: str) -> str:
    return written_code(bytes.fromhex(_hash("secret", token)))


def _hash(kind: str, *values: str) -> str:
    return runtime().cipher.index("receipt", kind, *values)


def look_up(number: str, secret: str, address: str) -> Found:
    """Find a case by its number and query code, or its light by the phone's last four digits.

    Whoever is wrong ten times within an hour waits, by address; with a phone's digits, of which
    there are few, also by the number that was tried. Raises RuleError, the same for a number that
    nobody has and for a wrong secret.
    """
    number, code, digits = read_number(number), read_code(secret), last_four(secret)
    if code is None and digits is None:
        raise no_match()  # no receipt and no phone: this tells nothing, and costs nothing
    keys = [tries.key_of("address", address)]
    if code is None:
        keys.append(tries.key_of("number", number))
    if not tries.spend(keys, TRIES):
        raise too_many_tries()
    hashes = {True: _hash("code", number, code or ""), False: _hash("phone", number, digits or "")}
    stored = _stored(number)
    right = {True: stored[0], False: stored[1]}[code is not None]
    if not compare_digest(hashes[code is not None], right):
        raise no_match()
    tries.give_back(keys)
    return Found(number, whole=code is not None)


def _stored(number: str) -> tuple[str, str]:
    require_storable(number)
    query = select(ReceiptRow.code_hash, ReceiptRow.phone_key)
    joined = query.join(CaseRow, CaseRow.id == ReceiptRow.case_id)
    found = db.session.execute(joined.where(CaseRow.number == number)).first()
    db.session.rollback()
    return (found[0], found[1] or _NOBODY) if found else (_NOBODY, _NOBODY)


def write(number: str, what: What, text: str) -> None:
    """Add what the client says to a case, or sends because it was missing; the officers hear of it.

    It moves no clock: whoever stopped one lets it run again.
    """
    require_words(_("a message has words"), text=text)
    require_storable(text)
    if len(text) > MOST_CONTENT:
        message = _("{field} is longer than {most} characters; shorten it.")
        raise RuleError("too-long", message.format(field=_("words"), most=MOST_CONTENT))
    if not tries.spend([tries.key_of("letters", number)], LETTERS):
        raise RuleError(
            "too-many-letters",
            _("You have written {most} times within an hour.").format(most=LETTERS),
            _("Come back in an hour, or call the hotline."),
        )
    salt = secrets.token_hex(16)
    with moving(number, "comment", CLIENT) as move:
        sealed = runtime().cipher.seal({"text": text, "salt": salt})
        values = {"case_id": move.id, "at": move.now, "sealed": sealed}
        added = insert(ClientWordRow).values(values).returning(ClientWordRow.id)
        word = move.desk.session.execute(added).scalar_one()
        move.record("client_wrote", CLIENT, what=what, word=word, personal=commitment(salt, text))


def rate(number: str, grade: int, text: str = "", told_no: bool = False) -> None:
    """Judge the answer, from 5 to 1; the two worst ask to open the case again."""
    require_storable(text)
    actions.rate(number, CLIENT, grade=grade, text=text[:MOST_CONTENT], told_no=told_no)


def withdraw(number: str, text: str = "") -> None:
    """Take a case back: it ends without an answer."""
    require_storable(text)
    actions.withdraw(number, CLIENT, text=text[:MOST_CONTENT])
