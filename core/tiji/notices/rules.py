"""Who is told of what by which event, as far as the event itself says it; what an address is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tiji.errors import RuleError
from tiji.i18n import _
from tiji.plugins.types import Event

#: Events with which a case comes to an officer whom they name.
ARRIVALS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("case_opened", "case_escalated", "case_proposed", "case_decided"),
            *("case_reopened", "guidance_accepted"),
        ),
        "holder",
    ),
    "holder_changed": "to",
    "officer_changed": "to",
}
#: Events by which the client is heard from.
CLIENT = ("client_wrote", "case_repeated", "case_withdrawn")
REQUESTS = ("extension_requested", "pause_requested")
DECISIONS = ("request_granted", "request_denied")
ANSWERS = ("case_answered", "case_refused")
DEADLINES = ("deadline_near", "deadline_missed", "client_deadline_missed")
UNDONE = "undone"
IMPORTED = "ledger_finished"
HEARD = frozenset(
    {*ARRIVALS, *CLIENT, *REQUESTS, *DECISIONS, *ANSWERS, *DEADLINES, UNDONE}
    | {IMPORTED, "case_guided", "case_rated", "reopen_requested"}
)
#: What goes by mail unless an officer chooses otherwise.
MAILED = ("arrived", "missed", "client_missed", "asked", "client", "reopening", "handover")
#: A count is shown up to here.
MOST_COUNTED = 99
#: Notices that were read are kept for so many days.
KEPT_DAYS = 90

_ADDRESS = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)


def concerns_somebody(event: Event) -> bool:
    """Tell whether anybody may be to be told, as far as the event alone says."""
    if event.kind in (UNDONE, IMPORTED):
        return False
    if event.kind in ARRIVALS:
        return event.data.get(ARRIVALS[event.kind]) not in (None, event.actor)
    return event.kind in HEARD and not (event.kind == "case_guided" and not event.data.get("unit"))


def facts(event: Event) -> dict[str, Any]:
    """Give what a notice keeps of an event: places and times, nothing that somebody wrote."""
    said = event.data
    kept = {name: said[name] for name in ("due_at", "grade", "station") if said.get(name)}
    if station := said.get("to_station"):
        kept["station"] = station
    kept["what"] = said.get("step", event.kind)
    return kept


def require_address(text: str) -> str:
    """Give a mail address; raise RuleError for what is none, and for line ends (S24)."""
    address = text.strip(" ")
    if len(address) > 190 or not _ADDRESS.fullmatch(address):
        raise RuleError(
            "mail-address",
            _("This is no mail address."),
            _("Write it like zhang@example.org, without a name."),
        )
    return address


def require_one_line(text: str) -> str:
    """Give a text for a mail's header; raise RuleError for one of several lines (S24)."""
    if re.search(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", text):
        raise RuleError("mail-header", _("A mail's subject has one line."))
    return text
