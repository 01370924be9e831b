"""The kinds of events that a case's log may hold, with their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiji.cases.rules import require_storable
from tiji.events.rules import register
from tiji.privacy import mask_text

#: The first-inquiry officer's three duties (requirement 1).
_DUTIES = ("who", "where", "contact")
_ANSWER = ("outcome", "result", "feedback", "station")
_REFUSAL = ("reasons", "basis", "ways_forward", "feedback", "advice", "station")

register(
    "case_opened",
    *("matter", "matter_version", "ladder", "department", "channel", "personal", "passed"),
    *("told_no", *_DUTIES, "sent", "holder"),
)
register(
    "case_imported",
    *("ledger", "row", "matter", "matter_version", "ladder", "department", "personal", "passed"),
)
register("import_updated", "ledger", "row", "fields", "personal", "number")
register("import_withdrawn", "number")
register("case_repeated", "times", "personal", "channel", "told_no", *_DUTIES, "sent")
register("case_taken", "station")
register("case_guided", "who", "where", "contact", "unit")
register("guidance_accepted", "unit", "station", "holder")
register("guidance_declined", "unit", "reason", "returns")
register("case_agreed", "plan", "promised", "feedback", "station")
register("case_answered", *_ANSWER)
register("case_refused", *_REFUSAL)
register(
    "case_escalated",
    *("reason", "why", "judgement", "suggestion", "from_station", "to_station", "passed", "holder"),
)
register("case_proposed", "proposal", "to_station", "passed", "holder")
register("case_decided", "decision", "department", "by", "reasons", "holder", "passed")
register("case_paused", "reason", "until", "told")
register("pause_requested", "reason", "until", "asked")
register("extension_requested", "days", "reason", "asked")
register("request_granted", "what", "days", "until")
register("request_denied", "what", "reason")
register("case_resumed", "at")
register("case_commented", "text", "public")
register("officer_changed", "from", "to", "reason")
register("holder_changed", "from", "to", "reason", "passed", "station")
register("case_withdrawn", "text")
register("case_rated", "grade", "text", "reopen_requested", "told_no")
# What a client wrote is sealed beside the log, under ``word``: the log is never erased.
register("client_wrote", "what", "word", "personal")
register("reopen_requested", "grade")
register("case_merged", "into", "reason")
register("case_took_in", "number", "reason")
register("case_grouped", "with", "reason")
register("case_reopened", "reason", "station", "holder", "passed")
register("deadline_near", "station", "due_at")
register("deadline_missed", "station", "due_at")
register("client_deadline_missed", "due_at")
register("alarm_raised", "station", "due_at")
register("case_closed", "after_days")
register("due_recomputed", "calendar")
register("case_quarantined", "why")
register("personal_erased", "reason")
register("attached", "attachment", "size", "type")
register("attachment_removed", "attachment")
register("undone", "step", "seq")

#: Events that change nothing an officer decides upon: whoever saw the case before one of these
#: is still up to date.
HARMLESS = frozenset(
    {"case_commented", "deadline_near", "client_deadline_missed", "due_recomputed"}
)
#: What an officer does beside deciding: a form that is open meanwhile is still up to date, while
#: what somebody else adds may change what is decided.
BESIDE = frozenset({"attached", "attachment_removed"})

#: What people write in their own words; numbers of persons inside are masked (S33).
_WORDS = frozenset(
    {
        *("who", "where", "contact", "reason", "plan", "feedback", "result", "reasons", "basis"),
        *("ways_forward", "why", "suggestion", "proposal", "text"),
    }
)


def masked(data: Mapping[str, Any]) -> dict[str, Any]:
    """Mask identity numbers and phones in an event's free words: the log is never erased.

    Raises BadInputError for words that cannot be kept.
    """
    return {name: _mask(value) if name in _WORDS else value for name, value in data.items()}


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        require_storable(value)
        return mask_text(value)
    if isinstance(value, list):
        return [_mask(item) for item in value]
    if isinstance(value, dict):
        return {name: _mask(item) for name, item in value.items()}
    return value
