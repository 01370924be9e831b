"""``tiji plugins``: which bureaus are installed, and how they stand."""

from __future__ import annotations

from dataclasses import asdict

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _


@click.group(
    help=_(
        """List the bureaus' plugins and their state.

        Example: tiji plugins list
        """
    )
)
def plugins() -> None:
    """Group the commands about plugins."""


@plugins.command(
    "list",
    help=_(
        """List the enabled plugins: active, or set aside and why.

        A plugin that is set aside does nothing; the others work, and its cases stay readable.

        Example: tiji plugins list --json
        """
    ),
)
@json_option
@with_app
def list_(as_json: bool) -> None:
    """Show each plugin with its version, state and reason."""
    from tiji.cli.columns import aligned
    from tiji.runtime import runtime

    states = runtime().plugins.states

    def text() -> str:
        names = {"active": _("active"), "set aside": _("set aside")}
        titles = {name: bureau.title for name, bureau in runtime().plugins.bureaus().items()}
        rows = [(s.name, s.version, names[s.state], titles.get(s.name) or s.reason) for s in states]
        return "\n".join(aligned(rows)) or _("No plugin is installed.")

    show({"plugins": [asdict(state) for state in states]}, as_json, text)
