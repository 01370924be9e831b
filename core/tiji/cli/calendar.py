"""The commands of the working-time calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import click

from tiji.cli.context import json_option, show
from tiji.clock import LOCAL, parse_day
from tiji.config import read_settings
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.stations.calendar import WorkCalendar

LONGEST_LIMIT = 5000


@click.group(
    help=_(
        """Count working days by the State Council's lists and the city's own files.

        Example: tiji calendar due 2026-09-24 5
        """
    )
)
def calendar() -> None:
    """Group the commands of the calendar."""


@calendar.command(
    context_settings={"ignore_unknown_options": True},  # so that -1 gets our answer
    help=_(
        """Tell when a limit of N days ends that starts on DATE; day 1 is the day after.

        Example: tiji calendar due 2026-09-24 5

        Example: tiji calendar due 2026-09-16 60 --natural --json
        """
    ),
)
@click.argument("start", metavar="DATE")
@click.argument("days", metavar="N", type=int)
@click.option(
    "--natural",
    is_flag=True,
    help=_("Count calendar days; from a rest day the end moves to the next working day."),
)
@json_option
def due(start: str, days: int, natural: bool, as_json: bool) -> None:
    """Print the day on which a limit ends."""
    first = parse_day(start)
    if not 1 <= days <= LONGEST_LIMIT:
        raise BadInputError(
            _("{days} is no limit; give a number of days from 1 to {longest}.").format(
                days=days, longest=LONGEST_LIMIT
            )
        )
    folder = read_settings().home / "calendars"
    work_calendar = WorkCalendar.load(folder)
    if natural:
        end = work_calendar.natural_due(first, days)
        text = _("Calendar days from {start}: {days}. Due on {due} at {time}.")
    else:
        end = work_calendar.due(datetime.combine(first, time(), LOCAL), days)
        text = _("Working days from {start}: {days}. Due on {due} at {time}.")
    day = end.at.date()
    show(
        {"due": day.isoformat(), "provisional": end.provisional},
        as_json,
        lambda: text.format(start=first, days=days, due=day, time=f"{end.at:%H:%M}"),
    )
    if end.provisional and not as_json:
        years = range((first + timedelta(days=1)).year, day.year + 1)
        unpublished = next(year for year in years if not work_calendar.is_published(year))
        click.echo(
            _(
                "Warning: the State Council's list for {year} is not published yet, or not known "
                "here; until then weekdays that are no statutory holidays are counted, and the "
                "date may move. Put the list into {folder}, or update the library `holidays`."
            ).format(year=unpublished, folder=folder),
            err=True,
        )
