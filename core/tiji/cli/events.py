"""``tiji events``: the log that cannot be changed in silence."""

from __future__ import annotations

from dataclasses import asdict

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _


@click.group(
    help=_(
        """Verify the event log.

        Example: tiji events verify
        """
    )
)
def events() -> None:
    """Group the commands about events."""


@events.command(
    help=_(
        """Check every case's hash chain; the exit code is 1 if any event was changed, removed,
        swapped or cut off behind the program's back.

        Example: tiji events verify --json
        """
    )
)
@json_option
@click.pass_context
@with_app
def verify(ctx: click.Context, as_json: bool) -> None:
    """Verify all chains and name the first bad event of each bad case."""
    from tiji.cases.actions.opening import number_of
    from tiji.cases.queries import heads
    from tiji.events.queries import all_links
    from tiji.events.rules import verify_chains

    result = verify_chains(heads(), all_links(), number_of)

    def text() -> str:
        lines = [_("{cases} cases, {events} events.").format(**asdict(result))]
        bad = _("{case}: event {seq} is bad: {why}")
        lines += [bad.format(case=f.case, seq=f.seq, why=f.why) for f in result.bad]
        return "\n".join(lines if result.bad else [*lines, _("The log is whole.")])

    show(asdict(result), as_json, text)
    ctx.exit(1 if result.bad else 0)
