"""What the core asks of a plugin's data before it trusts it; a fault sets the plugin aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from marshmallow import fields

from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.matters.rules import check_matter
from tiji.plugins.types import (
    Bureau,
    Channel,
    Column,
    Deny,
    Ledger,
    Matter,
    PageRule,
    Pages,
    Panel,
    PeriodicJob,
    Subscriber,
    Topic,
)

T = TypeVar("T")

#: ``core`` names the core in ``tiji db``, and ``tj_`` begins its tables.
RESERVED = frozenset({"core", "tj"})
#: A periodic job has its turn at most so often, in seconds.
SHORTEST_TURN = 10


def check_name(name: str) -> None:
    """Raise BadInputError for a plugin name that cannot stand before codes and tables."""
    if name in RESERVED or not re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", name):
        raise BadInputError(
            _("a plugin's name is small letters, digits and _, and not {names}").format(
                names=", ".join(sorted(RESERVED))
            )
        )


def check_bureau(plugin: str, bureau: object) -> Bureau:
    """Return the bureau if its data keeps the contract; raise BadInputError with the fault."""
    if not isinstance(bureau, Bureau):
        raise BadInputError(_wrong("tiji_bureau", "Bureau", bureau))
    if bureau.name != plugin:
        raise BadInputError(
            _("the bureau calls itself {name!r}; its entry point says {plugin!r}").format(
                name=bureau.name, plugin=plugin
            )
        )
    _check_named(_("the bureau"), bureau)
    matters = _each("matters", bureau.matters, Matter)
    ledgers = _each("ledgers", bureau.ledgers, Ledger)
    channels = _each("channels", bureau.channels, Channel)
    _check_codes(plugin, [m.code for m in matters], 80)
    _check_codes(plugin, [ledger.code for ledger in ledgers], 80)
    _check_codes(plugin, [channel.code for channel in channels], 40)
    _check_codes(plugin, list(bureau.events), 40)
    for matter in matters:
        check_matter(matter)
    for ledger in ledgers:
        _check_ledger(ledger)
    for channel in channels:
        _check_named(_("channel {code}").format(code=channel.code), channel)
    _check_migrations(bureau.migrations)
    return bureau


def _check_named(what: str, item: Bureau | Channel) -> None:
    for key in ("title", "department"):
        if not isinstance(getattr(item, key), str) or not getattr(item, key).strip():
            raise BadInputError(_("{what}: its {key} is missing").format(what=what, key=key))


def check_tables(plugin: str, tables: Iterable[str]) -> None:
    """Raise BadInputError for a table that does not carry the plugin's prefix."""
    for table in sorted(tables):
        if not table.startswith(f"{plugin}_"):
            raise BadInputError(
                _("its table {table} must be named {plugin}_…").format(table=table, plugin=plugin)
            )


def check_subscribers(given: object) -> tuple[Subscriber, ...]:
    """Return the subscribers of one plugin, or raise BadInputError."""
    subscribers = _each("tiji_subscribers", () if given is None else given, Subscriber)
    for subscriber in subscribers:
        if not isinstance(subscriber.kinds, frozenset) or not callable(subscriber.handle):
            raise BadInputError(
                _("subscriber {name} needs a frozenset of kinds and a function").format(
                    name=subscriber.name
                )
            )
    _check_targets([subscriber.name for subscriber in subscribers])
    return subscribers


def check_jobs(given: object) -> tuple[PeriodicJob, ...]:
    """Return the periodic jobs of one plugin, or raise BadInputError."""
    jobs = _each("tiji_jobs", () if given is None else given, PeriodicJob)
    for job in jobs:
        if type(job.every_s) is not int or job.every_s < SHORTEST_TURN or not callable(job.run):
            raise BadInputError(
                _("job {name} needs {least} or more whole seconds and a function").format(
                    name=job.name, least=SHORTEST_TURN
                )
            )
    _check_targets([job.name for job in jobs])
    return jobs


def _check_targets(names: list[str]) -> None:
    """Accept names that can stand in the queue beside the plugin's own, each once."""
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", name):
            raise BadInputError(
                _("the name {name!r} must be small letters, digits, _ and -").format(name=name)
            )
    _check_once(names)


def check_panels(given: object) -> tuple[Panel, ...]:
    """Return the panels of one plugin, or raise BadInputError."""
    panels = _each("tiji_case_panels", () if given is None else given, Panel)
    for panel in panels:
        texts = [panel.title, *(text for label, value in panel.facts for text in (label, value))]
        if not all(isinstance(text, str) for text in texts):
            raise BadInputError(
                _("panel {title!r} holds what is no text").format(title=panel.title)
            )
    return panels


def check_pages(given: object) -> Pages | None:
    """Return the pages of one plugin, None where it has none, or raise BadInputError."""
    if given is None:
        return None
    if not isinstance(given, Pages):
        raise BadInputError(_wrong("tiji_pages", "Pages", given))
    if not callable(given.blueprint):
        raise BadInputError(_("tiji_pages must give a function that makes a blueprint"))
    for view, rule in given.access.items():
        if rule not in get_args(PageRule):
            known = ", ".join(get_args(PageRule))
            message = _("page {view} has the rule {rule!r}; there is {known}")
            raise BadInputError(message.format(view=view, rule=rule, known=known))
    for topic in _each("topics", given.topics, Topic):
        if topic.view not in given.access or not all(topic.title.get(n) for n in ("zh", "en")):
            message = _("topic {view} needs a rule in access, and a title as zh and en")
            raise BadInputError(message.format(view=topic.view))
    return given


def check_decision(given: object) -> Deny | None:
    """Return a plugin's decision, or raise BadInputError."""
    if given is None:
        return None
    if not isinstance(given, Deny) or not isinstance(given.reason, str) or not given.reason:
        raise BadInputError(_wrong("tiji_decide", "Deny", given))
    return given


def _check_codes(plugin: str, codes: list[str], longest: int) -> None:
    """Accept codes that begin with the plugin's name and fit into their columns, each once."""
    for code in codes:
        if not isinstance(code, str) or not re.fullmatch(rf"{plugin}\.[a-z0-9_]+", code):
            raise BadInputError(
                _("code {code!r} must be {plugin}.… in small letters, digits and _").format(
                    code=code, plugin=plugin
                )
            )
        if len(code) > longest:
            raise BadInputError(
                _("code {code!r} is longer than {longest} characters").format(
                    code=code, longest=longest
                )
            )
    _check_once(codes)


def _check_once(names: list[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise BadInputError(_("{name!r} is given twice").format(name=twice[0]))


def _check_ledger(ledger: Ledger) -> None:
    """Check that a ledger's keys and headings lead to one column each."""
    columns = _each(ledger.code, ledger.columns, Column)
    for column in columns:
        if not isinstance(column.field, fields.Field):
            raise BadInputError(
                _("ledger {code}: column {name}: its field is no marshmallow field").format(
                    code=ledger.code, name=column.name
                )
            )
    keys = [column.key for column in columns]
    _check_once(keys)
    _check_once([heading for c in columns for heading in dict.fromkeys((c.name, *c.aliases))])
    named = [*ledger.fingerprint, *([ledger.number] if ledger.number is not None else [])]
    if not named:
        raise BadInputError(
            _("ledger {code}: nothing identifies a row; give number or fingerprint").format(
                code=ledger.code
            )
        )
    headings = [column.name for column in columns]
    groups = _each(f"{ledger.code}: one_of", ledger.one_of, tuple)
    named += [key for group in groups for key in group]
    unknown = [k for k in named if k not in keys] + [n for n in ledger.example if n not in headings]
    if unknown:
        raise BadInputError(
            _("ledger {code}: there is no column {name!r}").format(
                code=ledger.code, name=unknown[0]
            )
        )
    own = [write for write in (ledger.store, ledger.withdraw) if write is not None]
    if not all(map(callable, (ledger.to_case, *own))):
        raise BadInputError(
            _("ledger {code}: to_case, store and withdraw are functions").format(code=ledger.code)
        )


def _check_migrations(folder: Path | None) -> None:
    if folder is not None and not (isinstance(folder, Path) and folder.is_dir()):
        raise BadInputError(_("its migrations are no folder: {folder}").format(folder=folder))


def _each(what: str, given: Any, kind: type[T]) -> tuple[T, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise BadInputError(_wrong(what, f"Sequence[{kind.__name__}]", given))
    for item in given:
        if not isinstance(item, kind):
            raise BadInputError(_wrong(what, f"Sequence[{kind.__name__}]", item))
    return tuple(given)


def _wrong(what: str, wanted: str, given: object) -> str:
    return _("{what} must give {wanted}, not {given}").format(
        what=what, wanted=wanted, given=type(given).__name__
    )
