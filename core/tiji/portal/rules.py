"""Query codes that people can copy, how often somebody may try, and what a client must say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from tiji.errors import RuleError
from tiji.forms.cells import compact, is_credit_code, read_phone
from tiji.i18n import _
from tiji.plugins.types import ClientKind

#: Digits and letters without those that look like others (I, L, O) or spell words (U).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
CODE_BITS, CODE_SIGNS, GROUP = 128, 28, 4
#: The two last signs check the others; a slip of the pen costs no try.
_CHECKED_BY = 1021

#: So often somebody may be wrong within an hour, by address and by case.
TRIES, TRIES_WITHIN = 10, timedelta(hours=1)
#: So often a client writes to one case within an hour.
LETTERS = 10

MOST_TITLE, MOST_CONTENT, MOST_NAME, MOST_ADDRESS = 60, 2000, 100, 200
#: How somebody told the client no, before the case was brought.
TOLD_NO = ("in_person", "by_phone")
MATTER_OF_DOUBT = ".other"

What = Literal["message", "supplement"]


@dataclass(frozen=True, slots=True)
class Submission:
    """Say what a client brings: which matter, who, and what about it.

    ``data`` holds the matter's form; ``pending`` names the files that were sent before.
    """

    matter: str
    kind: ClientKind
    name: str
    phone: str
    title: str
    content: str
    address: str = ""
    credit_code: str = ""
    told_no: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    pending: str = ""


def written_code(secret: bytes) -> str:
    """Write 128 bits as a code in groups that can be read aloud."""
    number = int.from_bytes(secret, "big")
    number = number * 1024 + number % _CHECKED_BY
    signs = (ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_SIGNS)))
    text = "".join(signs)
    return "-".join(text[at : at + GROUP] for at in range(0, CODE_SIGNS, GROUP))


def read_code(text: str) -> str | None:
    """Read a code as people type it; None for what no receipt can have said."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_READ_AS)
    signs = re.sub(r"[\s\-‐‑‒–—−_.]", "", plain)
    if len(signs) != CODE_SIGNS or set(signs) - set(ALPHABET):
        return None
    number = 0
    for sign in signs:
        number = number << 5 | ALPHABET.index(sign)
    secret, check = divmod(number, 1024)
    if secret >> CODE_BITS or secret % _CHECKED_BY != check:
        return None
    return written_code(secret.to_bytes(CODE_BITS // 8, "big"))


def last_four(text: str) -> str | None:
    """Read the last four digits of a phone; None for anything else."""
    digits = unicodedata.normalize("NFKC", text).strip()
    return digits if re.fullmatch(r"[0-9]{4}", digits) else None


def read_number(text: str) -> str:
    """Read a case's number as people type it."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()[:20]


def phone_fault(text: str) -> str:
    """Say what is wrong with a phone number and what to do, or nothing."""
    if read_phone(text):
        return ""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text)).removeprefix("86")
    if digits.startswith("1") and len(digits) != 11:
        return _("A mobile number has 11 digits, this one has {count}.").format(count=len(digits))
    return _("This is no phone number. Give a mobile, or a landline with its area code.")


def code_fault(text: str) -> str:
    """Say what is wrong with a company's credit code, or nothing; it may be left out."""
    if not text or is_credit_code(compact(text).upper()):
        return ""
    return _("This is no unified social credit code: it has 18 signs. Check it, or leave it out.")


def check_submission(brought: Submission) -> None:
    """Raise RuleError for what a client's words lack; pages say the same beside each field."""
    limits = {
        "title": (brought.title, MOST_TITLE),
        "content": (brought.content, MOST_CONTENT),
        "name": (brought.name, MOST_NAME),
        "address": (brought.address, MOST_ADDRESS),
    }
    for name, (text, most) in limits.items():
        if len(text) > most:
            message = _("{field} is longer than {most} characters; shorten it.")
            raise RuleError("too-long", message.format(field=name, most=most))
    if fault := phone_fault(brought.phone):
        raise RuleError("phone", fault)
    if fault := code_fault(brought.credit_code):
        raise RuleError("credit-code", fault)
    if brought.told_no and brought.told_no not in TOLD_NO:
        raise RuleError("told-no", _("Choose one of these."))


def no_match() -> RuleError:
    """Say that number and code do not belong together: the same for each that is wrong."""
    return RuleError(
        "no-match",
        _("No case fits this number and this code."),
        _("Compare both with your receipt. If it is lost, call the hotline."),
    )


def too_many_tries() -> RuleError:
    """Say that somebody tried too often."""
    return RuleError(
        "too-many-tries",
        _("That was wrong {tries} times.").format(tries=TRIES),
        _("Come back in an hour, or call the hotline."),
    )
