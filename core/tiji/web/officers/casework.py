"""What the case page shows: the sheet, what may be done, a form with what was typed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, url_for

from tiji.accounts.rules import SignedIn
from tiji.attachments.queries import attachments_of, may_attach
from tiji.cases.last_step import undoable
from tiji.cases.names import FormWords
from tiji.cases.offers import DECIDING, offered
from tiji.cases.queries import view_of
from tiji.cases.schemas import FORMS
from tiji.cases.sheet import case_sheet
from tiji.cases.sight import handles
from tiji.cases.story import Told, told
from tiji.cases.undo import taken_back
from tiji.drafts.queries import Draft, draft_of
from tiji.drafts.rules import OFFICER, owner_of
from tiji.i18n import N_
from tiji.runtime import runtime
from tiji.web.forms import FieldView, form_view
from tiji.web.pages import render

Json = dict[str, Any]

#: Each action's tab: what it says, what below it, its icon, and its key in the list.
TABS: dict[str, tuple[str, str, str]] = {
    "agree": (N_("Can be done"), N_("promise a day"), "check"),
    "complete": (N_("Done"), N_("answer and finish"), "check"),
    "accept": (N_("Take it over"), N_("it is ours"), "check"),
    "escalate": (N_("Escalate"), N_("one station up"), "up"),
    "decide": (N_("Decide"), N_("for the city"), "check"),
    "propose": (N_("To the city's leaders"), N_("with a proposal"), "users"),
    "guide": (N_("Guide on"), N_("to the unit in charge"), "users"),
    "pause": (N_("Ask for more"), N_("the clock stops"), "clock"),
    "resume": (N_("Resume"), N_("the clock runs"), "clock"),
    "grant": (N_("Grant"), N_("what was asked"), "check"),
    "deny": (N_("Deny"), N_("what was asked"), "no"),
    "decline": (N_("Send back"), N_("it is not ours"), "back"),
    "refuse": (N_("It cannot be done"), N_("reasons and ways to yes"), "no"),
    "take": (N_("Acknowledge"), N_("I have it in hand"), "check"),
    "extend": (N_("Ask for time"), N_("more working days"), "clock"),
    "comment": (N_("Remark"), N_("moves no deadline"), "msg"),
    "withdraw": (N_("Client withdraws"), N_("in the client's words"), "back"),
    "rate": (N_("Client's grade"), N_("told to us"), "flag"),
    "handover": (N_("Hand over"), N_("another first officer"), "users"),
    "reopen": (N_("Open again"), N_("as a superior"), "up"),
    "erase": (N_("Erase personal data"), N_("for good"), "no"),
}
#: What the button of an action says.
PRESSES: dict[str, str] = {
    "agree": N_("Say it can be done, and promise"),
    "complete": N_("Answer the client"),
    "escalate": N_("Escalate to the next station"),
    "refuse": N_("Send the answer “it cannot be done”"),
    "pause": N_("Stop the clock and ask"),
    "propose": N_("Take it to the city's leaders"),
    "guide": N_("Guide the client on"),
    "comment": N_("Add the remark"),
    "erase": N_("Erase for good"),
}
#: Events that the timeline shows as decisions, and those that raise an alarm.
DECISIONS = frozenset(
    (
        *("case_agreed", "case_answered", "case_refused", "case_escalated", "case_proposed"),
        *("case_decided", "guidance_accepted", "request_granted", "request_denied"),
        *("case_reopened", "case_merged", "case_withdrawn"),
    )
)
ALARMS = frozenset(
    ("deadline_missed", "client_deadline_missed", "alarm_raised", "case_quarantined")
)
UP = frozenset(("case_escalated", "case_proposed", "case_reopened"))
#: What the client learns of, beside remarks that say so.
TO_CLIENT = frozenset(("case_agreed", "case_answered", "case_refused", "case_guided"))
#: Fields of events that the page shows by other means, or that say nothing beside the kind.
QUIET = frozenset(("station", "from_station", "to_station", "unit", "channel", "due_at"))
VIEWS = ("all", "decisions", "public")


@dataclass(frozen=True, slots=True)
class Written:
    """What was typed into an action's form: its words, what is wrong, what a rule said."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    preview: bool = False
    from_draft: Draft | None = None


def case_page(
    row: Json,
    account: SignedIn,
    do: str | None = None,
    show: str = "all",
    written: Written | None = None,
    since: int | None = None,
    status: int = 200,
) -> Response:
    """Show a case; ``since`` is the version that was seen where somebody else was faster."""
    sheet = case_sheet(row)
    detail, viewer = sheet.detail, account.viewer
    form = FormWords(detail["matter"], sheet.names, row["matter_title"])
    able = offered(viewer, sheet.facts, sheet.ladder)
    chosen = do if do in able else next((a for a in able if a in DECIDING), None)
    if written is None:
        written = drafted(viewer.code, detail, chosen)
    told_all, undone = told(detail["events"], sheet.names, form), taken_back(detail["events"])
    return render(
        "officers/case.html" if since is None else "officers/conflict.html",
        status,
        case=detail,
        matter_title=row["matter_title"] or detail["matter"],
        sheet=sheet,
        form=form,
        names=sheet.names,
        facts=_facts(detail, form),
        now=next((s for s in detail["ladder"] if s["state"] == "now"), None),
        analyses=[
            one
            for one in told_all
            if _said(one, "suggestion", "proposal") and one.seq not in undone
        ],
        events=list(reversed([one for one in told_all if _shown(one, show)])),
        since=[one for one in told_all if since is not None and one.seq > since],
        show=show,
        deciding=[action for action in able if action in DECIDING],
        beside=[action for action in able if action not in DECIDING],
        chosen=chosen,
        fields=fields_of(chosen, written),
        written=written,
        tabs=TABS,
        presses=PRESSES,
        unsent=_unsent(do, written) if since is not None else (),
        undo=undoable(detail["number"], viewer.code),
        attachments=attachments_of(row, viewer),
        may_attach=may_attach(row, viewer),
        reveals=handles(viewer, row),
        panels=runtime().plugins.panels(view_of(row)),
        steps_of=_steps_of,
        quiet=QUIET,
        kinds={"up": UP, "alarm": ALARMS, "public": TO_CLIENT},
    )


def fields_of(action: str | None, written: Written) -> list[FieldView]:
    """Give the fields of an action's form with what was typed."""
    return form_view(FORMS[action], written.typed, written.errors) if action else []


def drafted(officer: str, detail: Json, action: str | None) -> Written:
    """Give what an officer typed earlier and did not send.

    A draft may arrive at the server after the form itself: what was decided since is not typed
    anew.
    """
    key = f"{detail['number']}/{action}"
    draft = draft_of(owner_of(OFFICER, officer), key) if action else None
    if draft is None or any(
        event["seq"] > (draft.seen or 0) and event["actor"] == officer
        for event in detail["events"]
        if event["kind"] in DECISIONS
    ):
        return Written()
    typed: dict[str, Any] = {name: texts[0] for name, texts in draft.fields.items() if texts}
    whats = draft.fields.get("ways_forward_what", [])
    if whats:
        helpers = draft.fields.get("ways_forward_helper", [])
        typed["ways_forward"] = list(zip(whats, helpers, strict=False))
    return Written(typed=typed, from_draft=draft)


def _said(event: Told, *names: str) -> list[str]:
    return [text for name, _label, text in event.said if name in names]


def _steps_of(event: Told) -> str:
    """Say from which station to which an event moved the case, if it did."""
    steps = _said(event, "from_station") + _said(event, "to_station")
    return " → ".join(steps) if len(steps) == 2 else ""


def _unsent(action: str | None, written: Written) -> list[tuple[str, str]]:
    """Give what was typed for an action that is not possible any more."""
    return [(one.label, str(one.value)) for one in fields_of(action, written) if one.value]


def _shown(event: Told, show: str) -> bool:
    if show == "decisions":
        return event.kind in DECISIONS
    if show == "public":
        return event.public or event.kind in TO_CLIENT
    return True


def _facts(detail: Json, form: FormWords) -> Sequence[tuple[str, str, bool]]:
    """Give the matter's facts: label, value, and whether the value is a masked personal one."""
    values = detail["form"] | detail["personal"]
    return [
        (form.label(name), form.value(name, values[name]), name in detail["personal"])
        for name in sorted(values, key=form.place)
    ]


def address(number: str, **more: Any) -> str:
    """Give the address of a case's page."""
    return url_for("case.page", number=number, **more)
