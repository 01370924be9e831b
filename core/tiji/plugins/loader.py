"""Find the bureaus' plugins, keep their order, and keep their faults from the core.

Isolated from faults, not from malice: a plugin runs in the core's process.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Literal, ParamSpec, TypeVar

import click
import pluggy
from flask import has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.interfaces import EXT_SKIP

from tiji.db import Model, db, let_go
from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.logs import Log
from tiji.plugins import specs
from tiji.plugins.rules import (
    check_bureau,
    check_decision,
    check_jobs,
    check_name,
    check_pages,
    check_panels,
    check_subscribers,
    check_tables,
)
from tiji.plugins.types import (
    Bureau,
    CaseView,
    Deny,
    Ledger,
    Matter,
    Pages,
    Panel,
    PeriodicJob,
    Subscriber,
)

P = ParamSpec("P")
T = TypeVar("T")

GROUP = "tiji.plugins"
HOOKS = frozenset(name for name in vars(specs) if name.startswith("tiji_"))

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class PluginState:
    """Tell how a plugin stands: its reason is empty while it is active.

    ``without_pages`` says why an active plugin's pages are left out, where they are.
    """

    name: str
    version: str
    state: Literal["active", "set aside"]
    reason: str = ""
    without_pages: str = ""


class PluginFaultError(TijiError):
    """Name a plugin that fails, and how; shown only where ``TIJI_STRICT`` is set."""


class Plugins:
    """Hold the plugins of one application and ask them, one by one.

    A plugin with a fault in what it *is* (its import, its bureau, its subscribers, its commands)
    is set aside as a whole; its cases stay readable. A fault in what it *shows* leaves a notice,
    one in what makes its pages leaves these out; a fault in what it *forbids* is a no, for its
    own cases only.
    """

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._states: dict[str, PluginState] = {}
        # One pluggy manager a plugin: no wrapper of one can touch another's answers.
        self._managers: dict[str, pluggy.PluginManager] = {}
        self._bureaus: dict[str, Bureau] = {}
        self._subscribers: dict[str, tuple[Subscriber, ...]] | None = None

    @classmethod
    def load(cls, enabled: tuple[str, ...] | None = None, strict: bool = False) -> Plugins:
        """Load the installed plugins: all of them by name, or those enabled in the given order.

        Core's models must be imported before, so that no plugin can disturb them. ``strict``
        raises PluginFaultError instead of setting a plugin aside.
        """
        plugins = cls(strict)
        found = _installed()
        Model.registry.configure()
        for name in sorted(found) if enabled is None else dict.fromkeys(enabled):
            entries = found.get(name, [])
            version = entries[0].dist.version if entries and entries[0].dist else ""
            plugins._states[name] = PluginState(name, version, "active")
            try:
                manager, bureau = _guard(_open, name, entries)
            except PluginFaultError as fault:
                plugins._set_aside(name, fault)
            else:
                plugins._managers[name], plugins._bureaus[name] = manager, bureau
        return plugins

    @property
    def states(self) -> tuple[PluginState, ...]:
        """Every enabled plugin in its order, active or set aside."""
        return tuple(self._states.values())

    @property
    def active(self) -> tuple[str, ...]:
        """The names of the active plugins in their order."""
        return tuple(self._bureaus)

    def bureaus(self) -> dict[str, Bureau]:
        """Return the active bureaus by plugin name."""
        return dict(self._bureaus)

    def matter(self, code: str) -> Matter | None:
        """Return an active plugin's matter."""
        bureau = self._bureaus.get(_owner(code))
        return next((m for m in bureau.matters if m.code == code), None) if bureau else None

    def ledger(self, code: str) -> Ledger | None:
        """Return an active plugin's ledger."""
        return next((ledger for ledger in self.ledgers() if ledger.code == code), None)

    def ledgers(self) -> tuple[Ledger, ...]:
        """Return all ledgers, in the order of their plugins."""
        return tuple(ledger for bureau in self._bureaus.values() for ledger in bureau.ledgers)

    def subscribers(self) -> tuple[tuple[str, Subscriber], ...]:
        """Return every subscriber with its plugin's name."""
        if self._subscribers is None:
            self._subscribers = self._register("tiji_subscribers", check_subscribers)
        return tuple(
            (name, subscriber)
            for name, subscribers in self._subscribers.items()
            if name in self._bureaus
            for subscriber in subscribers
        )

    def jobs(self) -> tuple[tuple[str, PeriodicJob], ...]:
        """Return every periodic job with its plugin's name."""
        named = self._register("tiji_jobs", check_jobs)
        return tuple((name, job) for name, jobs in named.items() for job in jobs)

    def commands(self) -> dict[str, click.Group]:
        """Return the command groups by command name (the plugin's, with ``-`` for ``_``)."""
        groups = self._register("tiji_commands", _check_group)
        return {name.replace("_", "-"): group for name, group in groups.items() if group}

    def pages(self, make: Callable[[str, Pages], T]) -> dict[str, T]:
        """Have every plugin's pages made; those of one that fails are left out, and nothing else.

        ``make`` gets the plugin's name and what it gave.
        """
        made: dict[str, T] = {}
        for name in self.active:
            try:
                given = _guard(self._ask, name, "tiji_pages", check_pages)
                if given:
                    made[name] = _guard(make, name, given)
            except PluginFaultError as fault:
                self._leave_out_pages(name, fault)
        return made

    def _leave_out_pages(self, name: str, fault: PluginFaultError) -> None:
        if self._strict:
            raise PluginFaultError(
                _("pages of plugin {name}: {reason}").format(name=name, reason=fault)
            ) from fault
        self._states[name] = replace(self._states[name], without_pages=str(fault))
        log.warning("plugin has no pages", plugin=name, reason=str(fault))

    def panels(self, case: CaseView) -> list[Panel]:
        """Return what stands beside a case; a plugin that fails leaves a notice in its place."""
        shown: list[Panel] = []
        for name in self.active:
            try:
                shown += _guard(self._ask, name, "tiji_case_panels", check_panels, case=case)
            except PluginFaultError as fault:
                _report(name, "tiji_case_panels", fault)
                text = _("This plugin could not show its part. Tell the administrator.")
                shown.append(Panel(name, ((_("Notice"), text),)))
            finally:
                if has_app_context():
                    let_go()  # on PostgreSQL a failed statement spoils what is read after it
        return shown

    def decide(self, actor: str, action: str, case: CaseView) -> Deny | None:
        """Ask the case's own plugin whether it forbids what the core allows.

        A plugin that fails denies, and no other bureau's case is touched (I30). One that was set
        aside while running is still asked: no fault elsewhere lifts its guard. Where no plugin
        is loaded, the core's own law stands alone.
        """
        name = _owner(case.matter)
        if name not in self._managers:
            return None
        try:
            return _guard(
                self._ask,
                name,
                "tiji_decide",
                check_decision,
                actor=actor,
                action=action,
                case=case,
            )
        except PluginFaultError as fault:
            _report(name, "tiji_decide", fault)
            return Deny(
                _("The plugin {name} failed when asked to permit this; nothing changed.").format(
                    name=name
                ),
                _("Tell the administrator that tiji_decide of {name} fails.").format(name=name),
            )

    def _register(self, hook: str, check: Callable[[object], T]) -> dict[str, T]:
        given = {}
        for name in self.active:
            try:
                given[name] = _guard(self._ask, name, hook, check)
            except PluginFaultError as fault:
                self._set_aside(name, fault)
        return given

    def _ask(self, name: str, hook: str, check: Callable[[object], T], **asked: Any) -> T:
        answers = getattr(self._managers[name].hook, hook)(**asked)
        return check(answers[0] if answers else None)

    def _set_aside(self, name: str, fault: PluginFaultError) -> None:
        if self._strict:
            raise PluginFaultError(
                _("plugin {name}: {reason}").format(name=name, reason=fault)
            ) from fault
        self._states[name] = PluginState(name, self._states[name].version, "set aside", str(fault))
        self._bureaus.pop(name, None)
        log.warning("plugin set aside", plugin=name, reason=str(fault))


def _installed() -> Mapping[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def _open(name: str, entries: list[EntryPoint]) -> tuple[pluggy.PluginManager, Bureau]:
    """Import a plugin and check all that it says of itself."""
    if not entries:
        raise BadInputError(_("it is not installed"))
    if len({entry.value for entry in entries}) > 1:
        raise BadInputError(_("two distributions give a plugin of this name"))
    check_name(name)
    known = set(db.metadata.tables)
    plugin = entries[0].load()
    package = _package(entries[0].module)
    _configure_models(package)
    check_tables(name, _tables(package, known))
    _check_hooks(plugin)
    manager = pluggy.PluginManager("tiji")
    manager.add_hookspecs(specs)
    manager.register(plugin, name)
    manager.check_pending()
    answers = manager.hook.tiji_bureau()
    return manager, check_bureau(name, answers[0] if answers else None)


def _guard(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call into a plugin; whatever it raises, ``sys.exit`` included, becomes PluginFaultError."""
    try:
        return call(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginFaultError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return _("it called sys.exit")
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    if isinstance(error, TijiError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _report(name: str, hook: str, fault: PluginFaultError) -> None:
    # Only the error's type: its text may hold what a case's client said (S36).
    log.warning("plugin failed", plugin=name, hook=hook, error=fault.__cause__)


def _check_hooks(plugin: object) -> None:
    """Refuse a name that looks like a hook but would never be called."""
    for name in dir(plugin):
        value = getattr(plugin, name)
        if not name.startswith("tiji_") or isinstance(value, ModuleType) or not callable(value):
            continue
        if name not in HOOKS:
            close = difflib.get_close_matches(name, HOOKS, 1) or sorted(HOOKS)
            raise BadInputError(
                _("there is no hook {name}; there is {known}").format(
                    name=name, known=", ".join(close)
                )
            )
        if not hasattr(value, "tiji_impl"):
            raise BadInputError(_("{name} is not marked with @hookimpl").format(name=name))
        if inspect.iscoroutinefunction(value):
            raise BadInputError(_("{name} must not be async").format(name=name))


def _configure_models(package: str) -> None:
    """Link the models that a plugin brought; those that cannot be linked are passed over.

    One broken relationship would otherwise fail every later query, the core's included.
    """
    registry = Model.registry
    try:
        registry.configure()
    except BaseException:
        for mapper in registry.mappers:
            if not mapper.configured:
                event.listen(mapper, "before_mapper_configured", _pass_over, retval=True)
        raise
    if not all(mapper.configured for mapper in _mappers(package)):
        raise BadInputError(_("its models cannot be linked"))


def _pass_over(_mapper: object, _class: object) -> object:
    return EXT_SKIP


def _mappers(package: str) -> list[Mapper[Any]]:
    """Find the mappers of the models that live in a plugin's package."""
    mappers = Model.registry.mappers
    return [mapper for mapper in mappers if _package(mapper.class_.__module__) == package]


def _tables(package: str, known: set[str]) -> set[str]:
    """Name the tables of a plugin: those its models map, and those that its import added."""
    mapped = {str(getattr(mapper.local_table, "name", "")) for mapper in _mappers(package)}
    added = set(db.metadata.tables) - known
    return mapped | {table for table in added if not table.startswith("tj_")}


def _package(module: str) -> str:
    return module.partition(".")[0]


def _check_group(given: object) -> click.Group | None:
    if given is not None and not isinstance(given, click.Group):
        raise BadInputError(
            _("tiji_commands must give a click.Group, not {given}").format(
                given=type(given).__name__
            )
        )
    return given


def _owner(code: str) -> str:
    return code.partition(".")[0]
