"""What people read for a case's categories, clients and the fields of its events."""

from __future__ import annotations

from tiji.cases.words import Words
from tiji.i18n import _

#: Fields of events whose values are codes, not people's own words.
CODED = ("channel", "decision", "judgement", "outcome", "reason", "told_no", "what")
#: Fields of events that name an officer.
OFFICERS = ("holder", "from", "to", "told", "asked")
#: Fields of events that name a department.
DEPARTMENTS = ("department", "unit")
#: Fields of events that nobody reads in a log: they stand elsewhere, or only data need them.
UNREAD = ("personal", "ladder", "matter_version", "word", "sent", "seq")


def categories() -> Words:
    """Name the categories of urgent and hard matters (requirements 10, 11 and 13)."""
    return {
        "legacy": _("legacy"),
        "cross_department": _("cross-department"),
        "no_precedent": _("no precedent"),
    }


def client_kinds() -> Words:
    """Name the kinds of clients."""
    return {"citizen": _("citizen"), "enterprise": _("enterprise")}


def channels() -> Words:
    """Name the ways by which cases come in that belong to no bureau."""
    return {
        "officer": _("an officer"),
        "window": _("window"),
        "hotline": _("hotline"),
        "web": _("web"),
        "ledger": _("ledger"),
    }


def event_fields() -> Words:
    """Name the fields of core's events."""
    return _fields_of_handling() | {
        "matter": _("matter"),
        "department": _("department"),
        "channel": _("channel"),
        "ledger": _("ledger"),
        "row": _("row"),
        "fields": _("fields"),
        "times": _("times"),
        "station": _("station"),
        "from_station": _("from station"),
        "to_station": _("to station"),
        "holder": _("holder"),
        "passed": _("passed"),
        "from": _("from"),
        "to": _("to"),
        "grade": _("grade"),
        "reopen_requested": _("reopening requested"),
        "due_at": _("due"),
        "at": _("since"),
        "after_days": _("after working days"),
        "calendar": _("calendar"),
        "returns": _("returns"),
        "into": _("into"),
        "number": _("number"),
        "with": _("with"),
        "attachment": _("file number"),
        "size": _("size"),
        "type": _("kind of file"),
    }


def file_size(size: int) -> str:
    """Write how large a file is, as people say it."""
    mib = 1 << 20
    return f"{size / mib:.1f} MB" if size >= mib else f"{max(1, size // 1024)} KB"


def _fields_of_handling() -> Words:
    return {
        "who": _("who is in charge"),
        "where": _("where to go"),
        "contact": _("contact"),
        "unit": _("unit"),
        "plan": _("plan"),
        "promised": _("promised"),
        "feedback": _("feedback"),
        "outcome": _("outcome"),
        "result": _("result"),
        "reasons": _("reasons"),
        "basis": _("basis"),
        "ways_forward": _("way to yes"),
        "advice": _("better not said"),
        "reason": _("reason"),
        "why": _("why unsure"),
        "judgement": _("judgement"),
        "suggestion": _("suggestion"),
        "proposal": _("proposal"),
        "decision": _("decision"),
        "by": _("by"),
        "until": _("until"),
        "told": _("told"),
        "asked": _("asked"),
        "days": _("working days"),
        "what": _("request"),
        "step": _("step"),
        "text": _("words"),
        "public": _("public"),
        "told_no": _("was told no"),
    }
