"""Which matter a message belongs to: by its kind, by who handles it, and by what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tiji_data_bureau.words import KINDS

#: What the codes of the bureau's matters begin with.
PREFIX = "data_bureau."
#: Who answers for a message that names no department yet.
DEPARTMENT = "data_bureau"

OTHER = "data_bureau.other"
REPORT = "data_bureau.report"
CROSS_DEPARTMENT = "data_bureau.cross_department"
NO_PRECEDENT = "data_bureau.no_precedent"
BY_KIND = {
    "求助": "data_bureau.help",
    "投诉": "data_bureau.complaint",
    "建议": "data_bureau.suggestion",
}

_PUSHED_AROUND = re.compile(
    "推诿|踢皮球|互相推|多部门|多个部门|跨部门|两区交界|无人管(?!理)|没人管"
)
_NO_DOCUMENT = re.compile(r"(?:没有?|无|缺乏?|缺少)[^,.;,。;]{0,6}(?:依据|先例)|无据可依|新业态")
_TITLE = 100


def matter_of(kind: str | None, subject: str, text: str, departments: Sequence[str]) -> str:
    """Choose a matter (requirements 10 to 13); a kind that nobody gave is sought in the subject.

    A report stays a report whoever handles it. Enquiries on a ledger wait for an answer like any
    other message: guidance without a case is for who asks in person.
    """
    kind = kind or next((word for word in KINDS if word in subject), None)
    if kind == "举报":
        return REPORT
    if len(departments) > 1 or _PUSHED_AROUND.search(text):
        return CROSS_DEPARTMENT
    if _NO_DOCUMENT.search(text):
        return NO_PRECEDENT
    return BY_KIND.get(kind or "", OTHER)


def short_title(text: str) -> str:
    """Cut a long text at its last full clause that fits, else at the limit."""
    if len(text) <= _TITLE:
        return text
    head = text[: _TITLE - 1]
    clause = max(head.rfind(mark) for mark in ",,。;;!!??")
    return (head[:clause] if clause >= _TITLE // 3 else head) + "…"
