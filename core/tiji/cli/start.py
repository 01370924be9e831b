"""``tiji init`` and ``tiji demo``: a database to begin with, and a city to look at."""

from __future__ import annotations

from pathlib import Path

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

DEMO = Path(__file__).parent.parent / "demo"


@click.command(
    help=_(
        """Make the data key and the database, or bring them up to date; run it as often as
        you like. With --demo it also loads the fictional city and a messy ledger, with --crowd
        some hundreds of cases of the last weeks too, which takes half a minute.

        Example: tiji init --demo
        """
    )
)
@click.option("--demo", is_flag=True, help=_("Load the fictional city 云川市 and its ledger."))
@click.option("--crowd", is_flag=True, help=_("Fill the fictional city with a month's cases."))
def init(demo: bool, crowd: bool) -> None:
    """Prepare TIJI_HOME, the tables and the matter list."""
    from tiji.app import create_app
    from tiji.config import read_settings
    from tiji.crypto import make_key
    from tiji.db import connected, wal_is_safe
    from tiji.intake.restoring import restore_bureaus
    from tiji.matters.actions import publish_matters
    from tiji.plugins import migrate
    from tiji.runtime import runtime

    settings = read_settings()
    if settings.data_key is None and make_key(settings.home):
        click.echo(
            _("New data key: {path}. Keep a copy apart from the database's backups.").format(
                path=settings.home / "data.key"
            )
        )
    with create_app(settings).app_context(), connected():
        applied = migrate.upgrade(runtime().plugins)
        click.echo(_("Database: {url}").format(url=_shown_url(settings.database_url)))
        click.echo(_("Revisions applied: {count}.").format(count=len(applied)))
        if settings.database_url.startswith("sqlite") and not wal_is_safe():
            click.echo(_("This SQLite has the WAL-reset bug: the rollback journal is used."))
        for state in runtime().plugins.states:
            if state.state != "active":
                click.echo(
                    _("Plugin {name} is set aside: {reason}").format(
                        name=state.name, reason=state.reason
                    ),
                    err=True,
                )
        publish_matters()
        restore_bureaus()
        if demo or crowd:
            _load_demo(crowd)
        else:
            click.echo(_("Next: `tiji org load FILE`, then `tiji import LEDGER FILE`."))


def _shown_url(url: str) -> str:
    """Show where the database is, without a password."""
    from sqlalchemy import make_url

    return make_url(url).render_as_string(hide_password=True)


def _load_demo(crowd: bool) -> None:
    from tiji.cases.queries import Filter, case_page
    from tiji.cli.ledgers import import_text
    from tiji.demo.crowd import fill
    from tiji.demo.story import play
    from tiji.intake.actions import import_ledger
    from tiji.organisation import adopt_organisation

    adopted = adopt_organisation(DEMO / "yunchuan.yaml")
    click.echo(
        _("云川市: {departments} departments, {officers} officers.").format(
            departments=adopted.load.departments, officers=adopted.load.officers
        )
    )
    if not case_page(Filter(), limit=1)["cases"]:
        play()
    if crowd and (cases := fill()):
        click.echo(_("云川市 has {count} cases of the last weeks.").format(count=cases))
    click.echo(import_text(import_ledger("petitions.backlog", DEMO / "backlog.xlsx")))


@click.command(
    help=_(
        """Show what the database holds, as its officers see it: the cases of each department
        by light, and one case's ladder as a staircase. With --sign-ins, give people of the
        fictional city a new password and show how each signs in.

        Example: tiji demo
        """
    )
)
@click.option(
    "--sign-ins", is_flag=True, help=_("Give the fictional city's people a new password.")
)
@json_option
@with_app
def demo(sign_ins: bool, as_json: bool) -> None:
    """Print cases by due time and the ladder of the one that climbed highest."""
    if sign_ins:
        _show_sign_ins(as_json)
        return
    from tiji.cases.queries import Filter, case_page
    from tiji.cases.sheet import case_detail
    from tiji.cli.drawing import case_table, staircase_text
    from tiji.errors import TijiError

    page = case_page(Filter(), limit=24)
    if not page["cases"]:
        raise TijiError(_("No case yet: run `tiji init --demo`."))
    climbed = case_page(Filter(status="with_leaders"), limit=1)["cases"]
    highest = max(climbed or page["cases"], key=lambda case: case["station"] or 0)
    detail = case_detail(highest["number"])
    show(
        {"cases": page["cases"], "ladder": detail["ladder"]},
        as_json,
        lambda: f"{case_table(page['cases'])}\n\n{staircase_text(detail)}",
    )


def _show_sign_ins(as_json: bool) -> None:
    """Give the demo's people accounts; print the one password and a receipt of a client."""
    from dataclasses import asdict

    from tiji.cases import words
    from tiji.cli.columns import aligned
    from tiji.demo.crowd import has_come, receipts
    from tiji.demo.sign_ins import give_sign_ins, new_password
    from tiji.errors import TijiError

    if not has_come():
        raise TijiError(_("This is no demo city: run `tiji init --demo --crowd` in an empty home."))
    password = new_password()
    people = give_sign_ins(password)
    brought = receipts()

    def text() -> str:
        rows = [(each.user_name, each.role, each.name) for each in people]
        shown = [
            (receipt.number or "", receipt.code or "", words.statuses()[status])
            for status, receipt in brought.items()
        ]
        lines = [
            _("Officers, and the password of all of them, made just now: {password}").format(
                password=password
            ),
            *aligned(rows, indent="  "),
            _("Clients' receipts: the case's number, its query code, how it stands:"),
            *aligned(shown, indent="  "),
        ]
        return "\n".join(lines)

    data = {
        "password": password,
        "people": [asdict(each) for each in people],
        "receipts": [
            {"status": status, "number": each.number, "code": each.code}
            for status, each in brought.items()
        ],
    }
    show(data, as_json, text)
