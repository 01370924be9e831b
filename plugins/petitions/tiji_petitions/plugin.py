"""All hooks of the petitions bureau: start reading here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tiji.api import (
    Bureau,
    CaseView,
    Deny,
    Pages,
    Panel,
    Subscriber,
    Topic,
    hookimpl,
    load_matters,
)
from tiji_petitions import actions, guards, panels, queries
from tiji_petitions.forms import FORMS
from tiji_petitions.ledgers import BACKLOG
from tiji_petitions.rules import PREFIX

_HERE = Path(__file__).parent

BUREAU = Bureau(
    name="petitions",
    title="信访局",
    department=guards.BUREAU,
    matters=load_matters(_HERE / "matters.toml", FORMS),
    ledgers=(BACKLOG,),
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    restore=actions.restore,
    events=actions.EVENTS,
)


@hookimpl
def tiji_bureau() -> Bureau:
    """Give the petition backlog: its matters, forms, ledger and tables."""
    return BUREAU


@hookimpl
def tiji_subscribers() -> Sequence[Subscriber]:
    """Keep the petition beside its case, count repeats, end or restart its clock, erase it."""
    return [
        Subscriber("register", frozenset({"case_opened"}), actions.register, own=True),
        Subscriber("count-repeat", frozenset({"case_repeated"}), actions.count_repeat),
        Subscriber("follow", actions.FOLLOWED, actions.follow),
        Subscriber("erase", frozenset({"personal_erased"}), actions.erase),
    ]


@hookimpl
def tiji_commands() -> click.Group:
    """Add ``tiji petitions``."""
    from tiji_petitions.commands import petitions

    return petitions


@hookimpl
def tiji_pages() -> Pages:
    """Add the backlog by what its clocks owe."""
    from tiji_petitions.pages import blueprint

    title = {"zh": "信访积案", "en": "Petition backlog"}
    topic = Topic("listed", title, "fold", queries.count_running)
    return Pages(blueprint, {"listed": "department"}, (topic,))


@hookimpl
def tiji_case_panels(case: CaseView) -> Sequence[Panel]:
    """Show visits, people, leader and limits beside a petition."""
    row = queries.petition(case.id) if case.matter.startswith(PREFIX) else None
    return [panels.panel(row)] if row else []


@hookimpl
def tiji_decide(actor: str, action: str, case: CaseView) -> Deny | None:
    """Keep a collective petition from being withdrawn by who must answer it."""
    return guards.decide(actor, action, case)
