"""``tiji serve``: the web application behind a server of its own."""

from __future__ import annotations

import click

from tiji.i18n import _


@click.command(
    help=_(
        """Serve the pages of officers and of the public, `/healthz`, `/readyz` and `/metrics`. It
        ends well when it is told to (SIGTERM, Ctrl-C): requests that run are finished. Put a proxy
        with TLS before it.

        Example: tiji serve --port 8000
        """
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on."))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=_("The port.")
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help=_("So many processes; more than one needs PostgreSQL."),
)
def serve(host: str, port: int, workers: int) -> None:
    """Check that the application starts, then serve it until told to stop."""
    from tiji import logs
    from tiji.app import create_app
    from tiji.config import read_settings
    from tiji.errors import BadInputError
    from tiji.web.server import run

    settings = read_settings()
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise BadInputError(
            _(
                "SQLite has one writing process: serve with --workers 1, or set "
                "TIJI_DATABASE_URL to a PostgreSQL."
            )
        )
    logs.start(settings.log_level or "info", settings.log)
    create_app(settings)  # what is wrong is said here, not by processes that die
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def listening() -> None:
        click.echo(_("Tiji serves http://{address}; stop it with Ctrl-C.").format(address=address))

    run(host, port, workers, listening)
