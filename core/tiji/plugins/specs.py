"""Every hook that a plugin may implement; each is asked of one plugin at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

from tiji.plugins.types import Bureau, CaseView, Deny, Pages, Panel, PeriodicJob, Subscriber

if TYPE_CHECKING:
    import click

hookspec = pluggy.HookspecMarker("tiji")
hookimpl = pluggy.HookimplMarker("tiji")


# What a bureau is: a fault here sets the whole plugin aside.


@hookspec
def tiji_bureau() -> Bureau:  # type: ignore[empty-body]
    """Say what the bureau is; every plugin gives exactly one, and the same each time."""


@hookspec
def tiji_subscribers() -> Sequence[Subscriber]:  # type: ignore[empty-body]
    """Name the events that the plugin wants to hear of; asked once, when the first is due."""


@hookspec
def tiji_jobs() -> Sequence[PeriodicJob]:  # type: ignore[empty-body]
    """Name the work that a worker does for the plugin by the clock; asked once by each worker."""


@hookspec
def tiji_commands() -> click.Group | None:
    """Give the group of commands that stands in ``tiji`` under the plugin's name.

    The name is the plugin's with ``-`` for ``_``; asked only when such a command is called.
    """


# What a bureau shows: a fault here shows a notice in the panel's place.


@hookspec
def tiji_case_panels(case: CaseView) -> Sequence[Panel]:  # type: ignore[empty-body]
    """Give the panels that stand beside a case; none for a case that does not concern you."""


@hookspec
def tiji_pages() -> Pages:  # type: ignore[empty-body]
    """Add pages to the web; asked once, when a server starts.

    A fault leaves these pages out and nothing else. A page that raises shows a notice.
    """


# What a bureau forbids: a fault here is a no.


@hookspec
def tiji_decide(actor: str, action: str, case: CaseView) -> Deny | None:
    """Forbid an action that the core allows, or return None; nothing forbidden becomes allowed.

    Asked only about cases of the plugin's own matters, before the core's transaction: read, and
    leave writing to subscribers. ``actor`` is an officer's code, ``action`` a name such as
    ``escalate``. An exception or an answer of another type counts as Deny.
    """
