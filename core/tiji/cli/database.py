"""``tiji db``: bring the tables up to date, take a plugin's away, copy all to PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tiji.cli.context import json_option, show, with_app
from tiji.errors import BadInputError
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.plugins.migrate import Pending


@click.group(
    help=_(
        """Upgrade the database, remove a plugin's tables, or move to PostgreSQL.

        Example: tiji db upgrade
        """
    )
)
def db() -> None:
    """Group the commands about tables."""


@db.command(
    help=_(
        """Bring core's tables up to date, then each active plugin's.

        Example: tiji db upgrade
        """
    )
)
@with_app
def upgrade() -> None:
    """Apply what is pending and list it."""
    from tiji.intake.restoring import restore_bureaus
    from tiji.matters.actions import publish_matters
    from tiji.plugins import migrate
    from tiji.runtime import runtime

    click.echo(_lines(migrate.upgrade(runtime().plugins)))
    publish_matters()
    for name, count in restore_bureaus().items():
        if count:
            text = _("{name}: {count} cases brought back.")
            click.echo(text.format(name=name, count=count))


@db.command(
    help=_(
        """List what `tiji db upgrade` would apply.

        Example: tiji db pending --json
        """
    )
)
@json_option
@with_app
def pending(as_json: bool) -> None:
    """Show the missing revisions by owner."""
    from tiji.plugins import migrate
    from tiji.runtime import runtime

    steps = migrate.pending(runtime().plugins)
    show({"pending": [asdict(step) for step in steps]}, as_json, lambda: _lines(steps))


@db.command(
    help=_(
        """Remove the tables of one plugin, before it is uninstalled for good.

        What the plugin keeps in its own tables is lost; cases and their log stay.

        Example: tiji db downgrade petitions
        """
    )
)
@click.argument("plugin")
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@with_app
def downgrade(plugin: str, yes: bool) -> None:
    """Ask, then remove the plugin's tables."""
    from tiji.plugins import migrate
    from tiji.runtime import runtime

    plugins = runtime().plugins
    migrate.check_removable(plugins, plugin)
    if not yes:
        if not _interactive():
            raise BadInputError(
                _("This removes the tables of {name}; nobody is here to ask. Add --yes.").format(
                    name=plugin
                )
            )
        question = _("Remove the tables of {name} and all that is in them? Cases stay.")
        click.confirm(question.format(name=plugin), abort=True)
    migrate.downgrade(plugins, plugin)
    click.echo(_("The tables of {name} are removed; its cases stay.").format(name=plugin))


@db.command(
    help=_(
        """Copy the embedded database into an empty PostgreSQL one, and verify the copy. Stop all
        processes first: what is written meanwhile stays behind. The home, its key and its
        calendars stay in use.

        Example: tiji db copy postgresql://tiji@db1/tiji
        """
    )
)
@click.argument("url")
@json_option
@with_app
def copy(url: str, as_json: bool) -> None:
    """Copy every row, and say what comes next."""
    from tiji.backup.copying import copy_database
    from tiji.cli.backup import tell

    done = copy_database(url, tell)
    text = _(
        "{cases} cases, {events} events copied; the log is whole. Set TIJI_DATABASE_URL to this "
        "database, start the processes, and move tiji.db away."
    ).format(cases=done.cases, events=done.events)
    show({"cases": done.cases, "events": done.events}, as_json, lambda: text)


@db.command(
    hidden=True,
    help=_(
        """Write the next revision of core or of a plugin from its models (for developers).

        Example: tiji db revision petitions "leader in charge"
        """
    ),
)
@click.argument("owner")
@click.argument("message")
@with_app
def revision(owner: str, message: str) -> None:
    """Write the revision's file and name it."""
    from tiji.plugins import migrate
    from tiji.runtime import runtime

    click.echo(str(migrate.revision(runtime().plugins, owner, message)))


def _lines(steps: Sequence[Pending]) -> str:
    lines = [f"{step.owner}  {step.revision}  {step.message}" for step in steps]
    return "\n".join(lines) or _("The database is up to date.")


def _interactive() -> bool:
    return sys.stdin.isatty()
