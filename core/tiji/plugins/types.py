"""What a bureau is, as data: the types that its plugin's ``tiji_bureau`` hook returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from marshmallow import Schema, fields

from tiji.stations.rules import DEFAULT_LADDER, Ladder

if TYPE_CHECKING:
    from flask import Blueprint

Audience = Literal["enterprise", "people"]
Category = Literal["legacy", "cross_department", "no_precedent"]
Cause = Literal["circumstances_passed", "policy_change", "personnel_change", "other"]
ClientKind = Literal["citizen", "enterprise"]


@dataclass(frozen=True, slots=True)
class Guidance:
    """Tell a client who is in charge, where to go and how to make contact (requirement 1)."""

    who: str
    where: str
    contact: str


@dataclass(frozen=True, slots=True)
class Matter:
    """Describe one entry of a department's two-services matter list (requirements 5 to 13).

    ``code`` is ``<plugin>.<name>``; ``fields_concerned`` names the departments or fields of a
    cross-department matter (two or more). ``routine`` matters are answered with guidance and
    open no case. ``confidential`` cases never show who asked. ``count_repeats`` counts the same
    person's same subject on one open case.
    """

    code: str
    title: str
    department: str
    audience: tuple[Audience, ...]
    category: Category
    guidance: Guidance
    cause: Cause | None = None
    fields_concerned: tuple[str, ...] = ()
    pain_points: tuple[tuple[str, str], ...] = ()
    ladder: Ladder = DEFAULT_LADDER
    form: type[Schema] | None = None
    routine: bool = False
    confidential: bool = False
    count_repeats: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """Declare one column of a ledger: its name, how it may also be headed, and its field.

    ``field`` reads a cell: one of ``tiji.api``'s ledger fields, or any marshmallow field.
    ``key`` names the value in the row; columns marked ``personal`` are kept encrypted.
    """

    name: str
    key: str
    field: fields.Field[Any]
    aliases: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """Say what one ledger row means as a case.

    ``departments`` are codes, the lead first. A ``closed`` row enters as closed history with
    ``outcome`` and its own dates; ``opened_at`` is its first moment, where a ledger knows one.
    ``form`` holds plain values, ``personal`` what is encrypted.
    ``searched`` are words by which it is found beside title and content: a unit, an estate.
    """

    matter: str
    title: str
    content: str
    client_name: str
    client_kind: ClientKind
    departments: tuple[str, ...]
    first_at: date | None = None
    opened_at: datetime | None = None
    closed: bool = False
    closed_at: datetime | None = None
    outcome: str | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """Tell a plugin which case one of its ledger's rows became, inside the same transaction."""

    case_id: int
    new: bool
    values: Mapping[str, Any]
    case: ImportedCase


@dataclass(frozen=True, slots=True)
class Ledger:
    """Declare a ledger: its columns, what identifies a row, and what a row means.

    ``number`` is the key of the ledger's own case number, if it has one; otherwise the values of
    ``fingerprint`` identify a row. Of each group of keys in ``one_of`` a row fills at least one.
    ``to_case`` is pure. ``store`` writes the plugin's own rows
    for a batch in the same transaction; it must write in bulk. ``withdraw`` takes them out again
    for cases, by id, whose import is withdrawn, in that transaction. ``example`` is a row by
    column name for the template.
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    to_case: Callable[[Mapping[str, Any]], ImportedCase]
    number: str | None = None
    fingerprint: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    store: Callable[[Sequence[StoredRow]], None] | None = None
    withdraw: Callable[[Sequence[int]], None] | None = None
    example: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """Declare a way by which cases come in by themselves, to the department's duty officer."""

    code: str
    title: str
    department: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Show a few facts beside a case: labelled lines, in the plugin's own words."""

    title: str
    facts: tuple[tuple[str, str], ...]


#: Who may open a page: who handles cases at all, who has a post in the bureau's department or
#: sees the whole city, who heads that department.
PageRule = Literal["officers", "department", "heads"]


@dataclass(frozen=True, slots=True)
class Topic:
    """Name a page in the menu: its view, its title as ``zh`` and ``en``, how many wait there.

    ``icon`` is one of the house's; ``count`` is asked for every page, so it reads an index.
    """

    view: str
    title: Mapping[str, str]
    icon: str = "fold"
    count: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """Add pages under the plugin's name: ``blueprint`` makes them once, when a server starts.

    ``access`` gives each view its rule; a view that is not in it answers as if it were not there.
    What a page shows of cases is the plugin's to check (``tiji.api.pages``).
    """

    blueprint: Callable[[], Blueprint]
    access: Mapping[str, PageRule]
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Deny:
    """Forbid an action that the core would allow: why, and what to do instead."""

    reason: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """Show a case to a plugin: what is public inside the office, no personal field."""

    id: int
    number: str
    matter: str
    title: str
    department: str
    status: str
    outcome: str | None
    station: int | None
    holder: str | None
    opened_at: datetime
    due_at: datetime | None
    confidential: bool


@dataclass(frozen=True, slots=True)
class RestoredCase:
    """Give a plugin that comes back a case of its matters, with the form's plain values.

    ``channel`` says how it came in: ``ledger`` for imported history.
    """

    case: CaseView
    form: Mapping[str, Any]
    channel: str


@dataclass(frozen=True, slots=True)
class Event:
    """Carry one entry of a case's log to signals and subscribers; immutable.

    ``id`` is ``<case number>/<seq>`` and serves as idempotency key.
    """

    id: str
    case: str
    case_id: int
    seq: int
    kind: str
    at: datetime
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Ask for events of some kinds; ``handle`` runs after the commit and may run twice.

    It hears of one case's events in their order. What it raises is tried again, later and later,
    for about a day; then the delivery is parked. ``Event.id`` is the key by which a second run is
    known. ``outside`` tells that its effect leaves the database (a message, another system);
    ``own`` that of events which name a matter (``case_opened``, ``case_imported``) only those of
    the plugin's own matters are wanted.
    """

    name: str
    kinds: frozenset[str]
    handle: Callable[[Event], None]
    outside: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Ask for work every so many seconds (at least 10): a connector that fetches, a clean-up.

    One worker does it at a time, outside any transaction; a turn that fails is tried again, and
    one that a worker died in is done again by another.
    """

    name: str
    every_s: int
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Bureau:
    """Say what one bureau is; ``department`` is the code of the department it serves.

    ``restore`` makes its own rows of cases that were there before its tables, because it comes
    back or comes late; it writes in bulk, in the core's transaction, and passes over what is
    there. ``events`` are the kinds that it records in the logs of its cases, with their fields.
    ``translations`` is the folder of its catalogues (domain ``tiji``).
    """

    name: str
    title: str
    department: str
    matters: tuple[Matter, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    channels: tuple[Channel, ...] = ()
    migrations: Path | None = None
    restore: Callable[[Sequence[RestoredCase]], None] | None = None
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    translations: Path | None = None
