"""What codes of cases are called in text output: statuses, outcomes, events and their fields.

JSON keeps the codes. A code that stands in no table, like the kind of a plugin's event, is shown
as it is.
"""

from __future__ import annotations

from tiji.i18n import _

Words = dict[str, str]

#: Fields of events whose values are codes, not people's own words.
CODED = ("channel", "decision", "judgement", "outcome", "reason", "what")


def statuses() -> Words:
    """Name the statuses of a case."""
    return {
        "open": _("open"),
        "guided": _("guided"),
        "in_progress": _("in progress"),
        "paused": _("clocks stopped"),
        "with_leaders": _("with the city's leaders"),
        "answered": _("answered"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    }


def codes() -> Words:
    """Name the codes that events hold: outcomes, judgements, decisions, reasons, requests."""
    return {
        "done": _("done"),
        "done_with_effort": _("done with effort"),
        "guided": _("guided"),
        "refused": _("refused, with a way to yes"),
        "can_with_approval": _("can be done if approved"),
        "unsure": _("unsure"),
        "do": _("do"),
        "do_with_conditions": _("do with conditions"),
        "refuse": _("refuse"),
        "judgement": _("by the holder's judgement"),
        "timeout": _("overdue"),
        "vacant": _("vacant"),
        "merged": _("same holder"),
        "left": _("left the post"),
        "the post changed hands": _("the post changed hands"),
        "awaiting_client": _("awaiting the client"),
        "expert_appraisal": _("expert appraisal"),
        "public_notice": _("public notice"),
        "pause": _("pause"),
        "extension": _("extension"),
        "officer": _("an officer"),
    }


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


def event_kinds() -> Words:
    """Name the kinds of events that core writes."""
    return {
        "case_opened": _("registered"),
        "case_imported": _("imported"),
        "import_updated": _("updated by an import"),
        "case_repeated": _("asked again"),
        "case_taken": _("acknowledged"),
        "case_guided": _("guided on"),
        "guidance_accepted": _("taken over"),
        "guidance_declined": _("sent back"),
        "case_agreed": _("agreed"),
        "case_answered": _("answered"),
        "case_refused": _("refused"),
        "case_escalated": _("escalated"),
        "case_proposed": _("proposed to the city's leaders"),
        "case_decided": _("decided by the city's leaders"),
        "case_paused": _("clocks stopped"),
        "pause_requested": _("pause requested"),
        "extension_requested": _("extension requested"),
        "request_granted": _("request granted"),
        "request_denied": _("request denied"),
        "case_resumed": _("clocks run again"),
        "case_commented": _("remark"),
        "officer_changed": _("handed over"),
        "holder_changed": _("another holder"),
        "case_withdrawn": _("withdrawn"),
        "case_rated": _("rated"),
        "reopen_requested": _("reopening requested"),
        "case_reopened": _("reopened"),
        "deadline_near": _("limit near"),
        "deadline_missed": _("limit missed"),
        "client_deadline_missed": _("answer overdue"),
        "alarm_raised": _("alarm"),
        "case_closed": _("closed"),
        "due_recomputed": _("due time computed again"),
        "case_quarantined": _("quarantined"),
        "case_merged": _("merged into another case"),
        "case_took_in": _("took in a case"),
        "case_grouped": _("follows another case"),
    }


def event_fields() -> Words:
    """Name the fields of core's events."""
    return _fields_of_handling() | {
        "matter": _("matter"),
        "matter_version": _("matter version"),
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
    }


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
        "text": _("words"),
        "public": _("public"),
    }
