"""``tiji events``: the log that cannot be changed in silence, and what it still has to bring."""

from __future__ import annotations

import click

from tiji.cli.deliveries import failed, retry
from tiji.cli.evidence import checkpoint, verify
from tiji.i18n import _


@click.group(
    help=_(
        """Verify the event log; see what was not delivered, and try it again.

        Example: tiji events verify
        """
    )
)
def events() -> None:
    """Group the commands about events."""


for command in (verify, checkpoint, failed, retry):
    events.add_command(command)
