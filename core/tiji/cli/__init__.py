"""The command line: each command in a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import os

import click

from tiji import __version__
from tiji.errors import TijiError
from tiji.i18n import _, translate_click

translate_click()

#: Every top-level command: where it lives and its line in ``tiji --help``.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("tiji.cli.start:init", _("Make or update the database and its key.")),
    "demo": ("tiji.cli.start:demo", _("Show the fictional city: cases and one ladder.")),
    "org": ("tiji.cli.org:org", _("Load and show departments, officers and posts.")),
    "officer": ("tiji.cli.officer:officer", _("Give officers accounts and roles.")),
    "plugins": ("tiji.cli.plugins:plugins", _("List the bureaus' plugins and their state.")),
    "matters": ("tiji.cli.matters:matters", _("Show the two-services matter list.")),
    "calendar": ("tiji.cli.calendar:calendar", _("Count working days.")),
    "ledgers": ("tiji.cli.ledgers:ledgers", _("List ledgers and write their templates.")),
    "import": ("tiji.cli.ledgers:import_", _("Import historical cases from a ledger.")),
    "case": ("tiji.cli.case:case", _("Open, list, show and move cases.")),
    "sweep": ("tiji.cli.sweep:sweep", _("Escalate what is overdue, warn, resume and close.")),
    "worker": ("tiji.cli.worker:worker", _("Deliver events and do periodic work.")),
    "events": ("tiji.cli.events:events", _("Verify the event log; see failed deliveries.")),
    "serve": ("tiji.cli.serve:serve", _("Serve the web: status and figures.")),
    "doctor": ("tiji.cli.doctor:doctor", _("Look for what is wrong, and say what to do.")),
    "db": ("tiji.cli.database:db", _("Upgrade the database, or move it to PostgreSQL.")),
    "bench": ("tiji.cli.bench:bench", _("Measure what the program costs, beside its floor.")),
    "backup": ("tiji.cli.backup:backup", _("Write a proved archive while everybody works.")),
    "restore": ("tiji.cli.backup:restore", _("Bring a backup back into an empty home.")),
}


class TijiGroup(click.Group):
    """A group whose errors are one line on stderr, with the exit code that the error names."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; show a TijiError or a database that is not ready without traceback."""
        try:
            return super().invoke(ctx)
        except TijiError as error:
            click.echo(f"tiji: {error}", err=True)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from tiji.cli.database_faults import advice

            if said := advice(error, str(ctx.invoked_subcommand)):
                click.echo(f"tiji: {said}", err=True)
                ctx.exit(1)
            if os.environ.get("TIJI_STRICT"):
                raise
            click.echo(f"tiji: {_unforeseen(error)}", err=True)
            ctx.exit(1)


class RootGroup(TijiGroup):
    """The ``tiji`` command: core's commands, then those that plugins add."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name core's commands in their working order; plugins' commands follow."""
        return [*COMMANDS, *sorted(_plugin_entry_names())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        if cmd_name in COMMANDS:
            module, name = COMMANDS[cmd_name][0].split(":")
            command = getattr(importlib.import_module(module), name)
            assert isinstance(command, click.Command)
            return command
        if cmd_name in _plugin_entry_names():
            from tiji.cli.context import plugin_command

            return plugin_command(cmd_name)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above, without importing any."""
        rows = [(name, help_) for name, (_place, help_) in COMMANDS.items()]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)
        if plugins := sorted(_plugin_entry_names()):
            with formatter.section(_("Bureaus")):
                formatter.write_dl([(n, _("Commands of this plugin.")) for n in plugins])


def _plugin_entry_names() -> set[str]:
    from importlib.metadata import entry_points

    return {entry.name.replace("_", "-") for entry in entry_points(group="tiji.plugins")}


def _unforeseen(error: Exception) -> str:
    """Say that something failed which nobody foresaw; its text may hold personal data (S36)."""
    return _(
        "Something unforeseen failed ({name}); an action that failed changed nothing. "
        "TIJI_STRICT=1 shows where; please report it."
    ).format(name=type(error).__name__)


@click.command(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_(
        """Tiji: hard cases go up, station by station, until they are answered.

        Example: tiji init --demo && tiji case list --overdue
        """
    ),
)
@click.version_option(__version__, prog_name="tiji")
def main() -> None:
    """Run the command that the arguments name."""
