"""``tiji doctor``: look for what is wrong, and say what to do about it."""

from __future__ import annotations

import os

import click

from tiji.cli.context import json_option, show
from tiji.i18n import _

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@click.command(
    help=_(
        """Examine settings, versions, disks, the database, calendars, matters, deliveries and
        workers; say what to do about each finding. It changes nothing, and ends with 1 if
        anything does not work.

        Example: tiji doctor --json
        """
    )
)
@json_option
def doctor(as_json: bool) -> None:
    """Print a line for each finding."""
    from tiji.watch.doctor import examine
    from tiji.watch.findings import report

    findings = list(examine(os.environ))
    found = report(findings)
    show(
        found,
        as_json,
        lambda: "\n".join(
            f"{MARKS[f.state]} {f.check}: {f.what}" + (f"  → {f.advice}" if f.advice else "")
            for f in findings
        ),
    )
    if not found["ok"]:
        click.get_current_context().exit(1)
