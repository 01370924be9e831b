"""What the codes of cases are called in messages and text: statuses, actions, events, reasons.

Data keep the codes. A code that stands in no table, like the kind of a plugin's event, is shown
as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from tiji.i18n import _

Words = dict[str, str]


def named(code: str | None, name: str | None) -> str:
    """Name somebody with the code by which commands know him or her."""
    if not code:
        return "—"
    return _("{name} ({code})").format(name=name, code=code) if name and name != code else code


def word(table: Words, code: str) -> str:
    """Say a code in the words of a table; one that stands in none stays as it is."""
    return table.get(code, code)


def listed(items: Iterable[str]) -> str:
    """Write several things in one line, as the language does."""
    return _(", ").join(items)


def statuses() -> Words:
    """Name the statuses of a case."""
    return {
        "open": _("open"),
        "guided": _("guided"),
        "in_progress": _("in progress"),
        "paused": _("paused"),
        "with_leaders": _("with the city's leaders"),
        "answered": _("answered"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    }


def actions() -> Words:
    """Name the actions as a sentence about them does."""
    return {
        "take": _("acknowledging it"),
        "guide": _("guiding it on"),
        "accept": _("taking it over"),
        "decline": _("sending it back"),
        "agree": _("agreeing to it"),
        "complete": _("answering it"),
        "escalate": _("escalating it"),
        "refuse": _("refusing it"),
        "propose": _("proposing it to the city's leaders"),
        "decide": _("deciding it for the city"),
        "pause": _("stopping its clocks"),
        "resume": _("letting its clocks run"),
        "extend": _("extending its limit"),
        "grant": _("granting a request"),
        "deny": _("denying a request"),
        "comment": _("adding a remark"),
        "attach": _("changing its files"),
        "record": _("adding to its log"),
        "handover": _("handing it over"),
        "withdraw": _("withdrawing it"),
        "rate": _("rating it"),
        "reopen": _("reopening it"),
        "merge": _("merging it"),
        "group": _("letting its answer serve others"),
        "erase": _("erasing its personal data"),
        "undo": _("taking a step back"),
    }


def codes() -> Words:
    """Name the codes that events hold: outcomes, judgements, decisions, reasons, requests."""
    return {
        "done": _("done"),
        "done_with_effort": _("done with effort"),
        "guided": _("guided"),
        "refused": _("refused, with a way to yes"),
        "import_withdrawn": _("import withdrawn"),
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
        "post_changed": _("the post changed hands"),
        "awaiting_client": _("awaiting the client"),
        "expert_appraisal": _("expert appraisal"),
        "public_notice": _("public notice"),
        "pause": _("pause"),
        "extension": _("extension"),
        "officer": _("an officer"),
        "web": _("the public pages"),
        "window": _("the window"),
        "hotline": _("the hotline"),
        "message": _("message"),
        "supplement": _("what was missing"),
        "in_person": _("face to face"),
        "by_phone": _("on the phone"),
    }


def event_kinds() -> Words:
    """Name the kinds of events that core writes."""
    return {
        "case_opened": _("registered"),
        "case_imported": _("imported"),
        "import_updated": _("updated by an import"),
        "import_withdrawn": _("import withdrawn"),
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
        "client_wrote": _("the client wrote"),
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
        "personal_erased": _("personal data erased"),
        "attached": _("file added"),
        "attachment_removed": _("file removed"),
        "undone": _("taken back"),
    }
