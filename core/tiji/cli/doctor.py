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
    found, names = report(findings), _names()
    lines = (
        f"{MARKS[f.state]} {names[f.check]}: {f.what}" + (f"  → {f.advice}" if f.advice else "")
        for f in findings
    )
    show(found, as_json, lambda: "\n".join(lines))
    if not found["ok"]:
        click.get_current_context().exit(1)


def _names() -> dict[str, str]:
    """Name the checks as people read them."""
    return {
        "settings": _("settings"),
        "home": "TIJI_HOME",
        "data-key": _("data key"),
        "python": "Python",
        "libraries": _("libraries"),
        "sqlite": "SQLite",
        "disk": _("disk"),
        "start": _("start"),
        "database": _("database"),
        "tables": _("tables"),
        "clock": _("clock"),
        "plugins": _("plugins"),
        "calendar": _("calendar"),
        "matters": _("matters"),
        "cases": _("cases"),
        "worker": _("worker"),
        "sweep": _("sweep"),
        "deliveries": _("deliveries"),
        "checkpoints": _("checkpoints"),
    }
