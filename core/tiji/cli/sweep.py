"""``tiji sweep``: what time alone does to cases."""

from __future__ import annotations

from dataclasses import asdict

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _


@click.command(
    help=_(
        """Do what is due: escalate overdue stays one station, raise alarms, warn, end pauses,
        close answered cases. Run it every minute; twice does no harm.

        Example: tiji sweep --json
        """
    )
)
@click.option("--retry", is_flag=True, help=_("Try quarantined cases again."))
@json_option
@with_app
def sweep(retry: bool, as_json: bool) -> None:
    """Sweep once and say what was done."""
    from tiji.cases.actions.sweeping import sweep as run
    from tiji.cases.words import listed

    result = run(retry)
    text = _(
        "Overdue {due}: escalated {escalated}, alarms {alarmed}. Warned {warned}, "
        "resumed {resumed}, closed {closed}, recomputed {recomputed}."
    )
    show(asdict(result), as_json, lambda: text.format(**asdict(result)))
    if result.quarantined:
        advice = _("Quarantined: {numbers}. See `tiji case show`; then `tiji sweep --retry`.")
        click.echo(advice.format(numbers=listed(result.quarantined)), err=True)
