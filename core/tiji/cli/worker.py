"""``tiji worker``: deliver events, sweep, and do what else comes round by the clock."""

from __future__ import annotations

import signal

import click

from tiji.i18n import _


@click.command(
    help=_(
        """Deliver events to the bureaus' plugins, sweep every minute, and do the other periodic
        work. Run one or more, on one or more machines; each takes over what a dead one leaves.
        It ends well when it is told to (SIGTERM, Ctrl-C): what is begun is finished.

        Example: tiji worker --once
        """
    )
)
@click.option("--once", is_flag=True, help=_("Do what is due now, then end: for cron."))
@click.option(
    "--threads",
    type=click.IntRange(2, 64),
    default=4,
    show_default=True,
    help=_("So many things at a time."),
)
def worker(once: bool, threads: int) -> None:
    """Work until told to stop."""
    from tiji import logs, metrics
    from tiji.app import create_app
    from tiji.config import read_settings
    from tiji.db import connected
    from tiji.duties import new_worker
    from tiji.errors import TijiError

    settings = read_settings()
    if not once:
        logs.start(settings.log_level or "info", settings.log)
    if metrics.are_shared():
        metrics.start()
    app = create_app(settings)
    working = new_worker(app, threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: working.stop())
    if not once:
        click.echo(_("Worker {id} is at work; stop it with Ctrl-C.").format(id=working.id))
    with app.app_context(), connected():
        well = working.run(once)
    if not well:
        raise TijiError(
            _("Some work gave no answer; start the worker again. See `tiji events failed`.")
        )
