"""Many cases at once: what is not possible is said before, and what came of each after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from tiji.accounts.rules import Viewer
from tiji.cases import actions
from tiji.cases.actions.many import Done, do_each
from tiji.cases.choosing import MOST, Chosen, chosen
from tiji.cases.inbox import LONGEST, inbox
from tiji.cases.schemas import FORMS, Reason
from tiji.db import db
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.i18n import N_, _
from tiji.people.rules import HEAD, PRINCIPAL
from tiji.web.forms import form_view, read_sent
from tiji.web.officers.listing import Address, arguments, asked_for
from tiji.web.pages import back_to, render, say
from tiji.web.viewer import viewer

pages = Blueprint("bulk", __name__, url_prefix="/desk/many")

#: What the bar of a list offers: the action, its words, its icon.
BAR = (
    ("take", N_("Acknowledge"), "check"),
    ("escalate", N_("Escalate together"), "up"),
    ("comment", N_("Add a remark"), "msg"),
    ("handover", N_("Hand over"), "users"),
    ("group", N_("Answer together"), "fold"),
)
#: The lowest station at which an action of the bar can be one's own; 1 for all others.
FROM = {"handover": PRINCIPAL, "group": HEAD}
TITLES = {name: text for name, text, _icon in BAR}
_FORMS: dict[str, type[Schema]] = {**FORMS, "group": Reason}


def bar(who: Viewer) -> list[tuple[str, str, str]]:
    """Give what the bar offers to somebody: action, words, icon."""
    top = max(who.stations, default=0)
    return [(name, _(text), icon) for name, text, icon in BAR if top >= FROM.get(name, 1)]


@dataclass(frozen=True, slots=True)
class _Lot:
    """The cases that were chosen, those an action is possible on, and the others."""

    action: str
    cases: list[Chosen]

    @property
    def good(self) -> list[Chosen]:
        """The cases on which the action may well be taken."""
        return [case for case in self.cases if not self.why_not(case)]

    @property
    def others(self) -> list[tuple[Chosen, str]]:
        """The cases on which it is not possible, each with the reason."""
        return [(case, why) for case in self.cases if (why := self.why_not(case))]

    def why_not(self, case: Chosen) -> str:
        """Say why the action is not possible on a case; whom grouping is for, it says itself."""
        return case.why_not("comment" if self.action == "group" else self.action)


@pages.post("")
def choose() -> AnyResponse:
    """Ask for the words of an action on the cases that were selected; nothing is done yet."""
    lot = _lot(viewer())
    if not lot.cases:
        say(_("No case was selected; tick those that are meant."), "amber")
        return back_to(_back())
    return _show(lot)


@pages.post("/do")
def do() -> AnyResponse:
    """Take the action on each case by itself, and say what came of each."""
    who = viewer()
    lot = _lot(who)
    values, typed, errors = read_sent(_FORMS[lot.action], request.form)
    if errors:
        return _show(lot, typed, errors, status=422)
    seen = _versions()
    good = [(case.number, seen.get(case.number, case.version)) for case in lot.good]
    if lot.action == "group":
        try:
            done = _grouped(who, [number for number, _seen in good], values)
        except (RuleError, ConflictError, BadInputError) as error:
            db.session.rollback()
            return _show(lot, typed, {}, message=str(error), status=422)
    else:
        done = do_each(lot.action, who.code, good, values)
    return render(
        "officers/bulk_done.html",
        title=_(TITLES[lot.action]),
        titles={case.number: case.title for case in lot.cases},
        done=[one for one in done if not one.why],
        left=[*((one.number, one.why) for one in done if one.why),
              *((case.number, why) for case, why in lot.others)],
        back=_back(),
    )  # fmt: skip


def _grouped(who: Viewer, numbers: list[str], values: dict[str, Any]) -> list[Done]:
    """Let the answer of the first case serve the others: all follow it, or none."""
    actions.group(numbers[0], who.code, cases=numbers[1:], **values)
    return [Done(number) for number in numbers]


def _lot(who: Viewer) -> _Lot:
    action = request.form.get("action", "")
    if action not in TITLES:
        abort(404)
    return _Lot(action, chosen(who, _numbers(who)))


def _numbers(who: Viewer) -> list[str]:
    """Give the numbers that were ticked, or all that match what the list shows."""
    if request.form.get("all") != "1":
        return request.form.getlist("number")[:MOST]
    found: list[str] = []
    after = None
    while len(found) < MOST:
        page = inbox(who, asked_for(who), LONGEST, after)
        found += [case["number"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    return found[:MOST]


def _versions() -> dict[str, int]:
    """Read which version of each case the page before showed."""
    pairs = (text.partition(" ") for text in request.form.getlist("seen"))
    return {number: int(version) for number, _space, version in pairs if version.isdigit()}


def _show(
    lot: _Lot,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    return render(
        "officers/bulk.html",
        status,
        title=_(TITLES[lot.action]),
        action=lot.action,
        good=lot.good,
        others=lot.others,
        fields=form_view(_FORMS[lot.action], typed, errors),
        message=message,
        given=arguments(asked_for(viewer())),
        back=_back(),
        most=MOST,
        full=len(lot.cases) >= MOST,
    )


def _back() -> str:
    return Address("workbench.desk", arguments(asked_for(viewer())))()
