"""What the commands share: the application, JSON or text output, the acting officer."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tiji.errors import BadInputError
from tiji.i18n import _

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON."))


def with_app(command: F) -> F:
    """Run a command inside the application's context."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from tiji.app import create_app
        from tiji.db import connected, noting_what_stands

        with create_app().app_context(), connected(), noting_what_stands():
            return command(*args, **kwargs)

    return run  # type: ignore[return-value]


def confirm(warning: str, yes: bool) -> None:
    """Ask before what cannot be undone; raise BadInputError where nobody is there to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInputError(
            _("{warning} Nobody is here to ask: add --yes.").format(warning=warning)
        )
    click.confirm(_("{warning} Go on?").format(warning=warning), abort=True, err=True)


def show(data: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print ``data`` as JSON, or the text that people read."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text())


def plugin_command(name: str) -> click.Command | None:
    """Find the command group that a plugin adds under its own name."""
    from tiji.app import create_app

    app = create_app()
    with app.app_context():
        from tiji.runtime import runtime

        return runtime().plugins.commands().get(name)
