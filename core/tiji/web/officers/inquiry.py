"""What is typed into the page of a first inquiry: read once, shown again, registered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from werkzeug.datastructures import MultiDict

from tiji.accounts.rules import Viewer
from tiji.cases.form import form_context
from tiji.cases.names import short_names
from tiji.cases.similar import Similar, similar_cases
from tiji.forms.cells import read_phone
from tiji.forms.fields import cell_context
from tiji.i18n import _
from tiji.matters.queries import MatterView, current_matters, guidance_in, known_matter
from tiji.matters.suggesting import suggest
from tiji.people.rules import FIRST
from tiji.portal.actions import new_token
from tiji.portal.counter import Inquiry
from tiji.portal.counter_forms import ClientForm, SubjectForm, asked_first, duties, office_form
from tiji.web.forms import FieldView, form_view, read_sent

#: Before the names of the matter's own fields: they may be called as ours are.
OWN = "own_"
DUTIES = ("who", "where", "contact")
LONGEST = 500
#: A person's fields by which somebody is known again; the phone counts too.
KNOWN_BY = ("id_number",)


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one part of the page: what was read, what was typed, and what is wrong."""

    values: dict[str, Any]
    typed: dict[str, Any]
    errors: dict[str, str]


class Page:
    """Hold all that was typed, by the parts of the page."""

    def __init__(self, sent: MultiDict[str, str], viewer: Viewer) -> None:
        self.sent, self.viewer = sent, viewer
        self.token = sent.get("token", "")[:64] or new_token()
        self.client = Part(*read_sent(ClientForm, sent))
        self.subject = Part(*read_sent(SubjectForm, sent))
        self.code = sent.get("take") or sent.get("matter", "")

    def renew(self) -> None:
        """Begin a form of its own with what was typed into another one."""
        self.token = new_token()

    @cached_property
    def matters(self) -> list[MatterView]:
        """Give the matters that may be chosen."""
        return [found for found in current_matters() if found.active]

    @cached_property
    def matter(self) -> MatterView | None:
        """Give the matter that is chosen."""
        if "matters" not in self.__dict__:  # one is asked for more cheaply than all
            found = known_matter(self.code)
            return found if found and found.active else None
        return next((found for found in self.matters if found.code == self.code), None)

    @cached_property
    def offices(self) -> list[tuple[str, list[MatterView]]]:
        """Give the matters by the short name of their department."""
        names = short_names(found.department for found in self.matters)
        ordered = sorted(self.matters, key=lambda found: (found.department, found.code))
        return [
            (names.get(code, code), list(found))
            for code, found in groupby(ordered, key=lambda found: found.department)
        ]

    @property
    def suggestions(self) -> list[MatterView]:
        """Give the matters that fit what was typed."""
        said = " ".join(str(self.subject.typed[name]) for name in ("title", "content"))
        return suggest(said, self.matters) if said.strip() else []

    @cached_property
    def own(self) -> Part:
        """Read the fields of the matter's form; nothing missing is wrong."""
        schema = office_form(self.code) if self.matter else None
        if schema is None:
            return Part({}, {}, {})
        with cell_context(form_context()):
            return Part(*read_sent(schema, self.sent, OWN))

    @cached_property
    def guidance(self) -> dict[str, str]:
        """Give what a client is told of the matter that is chosen."""
        return guidance_in(self.matter, self.matter.department) if self.matter else {}

    def client_fields(self) -> list[FieldView]:
        """Show who asks."""
        typed = dict(self.client.typed)
        if not self.is_sent:
            typed["kind"] = typed["kind"] or "citizen"
        return form_view(ClientForm, typed, self.shown_errors(self.client))

    def subject_fields(self) -> list[FieldView]:
        """Show what about."""
        return form_view(SubjectForm, self.subject.typed, self.shown_errors(self.subject))

    def own_fields(self) -> tuple[list[FieldView], list[FieldView]]:
        """Show the matter's form: what a case lists as missing, and what may be said beside."""
        schema = office_form(self.code) if self.matter else None
        if schema is None:
            return [], []
        first = {OWN + name for name in asked_first(schema)}
        views = form_view(schema, self.own.typed, self.shown_errors(self.own), OWN)
        plain = [replace(view, required=False) for view in views]
        return (
            [view for view in plain if view.name in first],
            [view for view in plain if view.name not in first],
        )

    def matter_field(self) -> FieldView:
        """Show which matter it is."""
        missing = self.is_sent and self.matter is None
        return FieldView(
            name="matter",
            label=_("Matter"),
            kind="select",
            value=self.code,
            hint=_("Where none fits, take the department's “other”: every hard case is taken in."),
            error=_("Choose the matter that fits best.") if missing else "",
        )

    def all_fields(self) -> list[FieldView]:
        """Give every field, for the summary of what is wrong."""
        first, more = self.own_fields()
        return [
            *(*self.client_fields(), *self.subject_fields()),
            *(self.matter_field(), *first, *more),
        ]

    def shown_errors(self, part: Part) -> dict[str, str]:
        """Give what is wrong with a part, where the page was sent to be registered."""
        return part.errors if self.is_sent else {}

    @property
    def is_sent(self) -> bool:
        """Tell whether the case is to be registered, not only looked at."""
        return bool({"register", "anyway", "join"} & set(self.sent))

    @property
    def is_whole(self) -> bool:
        """Tell whether all that was typed can be read, and a matter is chosen."""
        wrong = self.client.errors or self.subject.errors or self.own.errors
        return not wrong and self.matter is not None

    def told(self, name: str) -> tuple[bool, str]:
        """Give whether a duty is ticked, and in which words; the guidance's until others are."""
        said = self.sent.get(name, "")[:LONGEST]
        stale = self.sent.get("guided", "") != self.code
        words = said if said and not stale else self.guidance.get(name, "")
        return f"told_{name}" in self.sent, words

    @cached_property
    def inquiry(self) -> Inquiry:
        """Give what is to be registered."""
        told = {name: self.told(name) for name in DUTIES}
        typed = {name: words for name, (_ticked, words) in told.items()}
        ticks = {f"told_{name}": ticked for name, (ticked, _words) in told.items()}
        client, subject = self.client.values, self.subject.values
        return Inquiry(
            matter=self.code,
            kind=client["kind"],
            name=client["name"],
            phone=client.get("phone", ""),
            address=client.get("address", ""),
            title=subject["title"],
            content=subject["content"],
            data={name: text for name, text in self.own.typed.items() if str(text).strip()},
            told=duties(self.guidance, typed | ticks),
            belongs_to=self.sent.get("join", ""),
        )

    @cached_property
    def similar(self) -> list[Similar]:
        """Find the cases that this one may repeat, as far as the viewer may see them."""
        phone = read_phone(str(self.client.typed["phone"]))
        known = {name: self.own.values[name] for name in KNOWN_BY if self.own.values.get(name)}
        return similar_cases(
            self.viewer,
            title=str(self.subject.typed["title"]),
            content=str(self.subject.typed["content"]),
            matter=self.code,
            client_name=str(self.client.typed["name"]),
            personal=known | ({"mobile": phone} if phone else {}),
        )

    @property
    def leads(self) -> bool:
        """Tell whether the viewer may sit above who holds a new case, and so group it."""
        return max(self.viewer.stations, default=0) > FIRST

    @property
    def unseen(self) -> bool:
        """Tell whether there are similar cases that the page has not shown yet."""
        return bool({one.case["number"] for one in self.similar} - set(self.sent.getlist("shown")))
