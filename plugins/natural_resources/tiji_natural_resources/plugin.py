"""All hooks of the natural resources bureau: start reading here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tiji.api import (
    Bureau,
    CaseView,
    Pages,
    Panel,
    Subscriber,
    Topic,
    hookimpl,
    load_matters,
)
from tiji_natural_resources import actions, panels, queries, rules
from tiji_natural_resources.forms import FORMS
from tiji_natural_resources.ledgers import CERTIFICATES

_HERE = Path(__file__).parent

BUREAU = Bureau(
    name="natural_resources",
    title="自然资源和规划局",
    department=rules.BUREAU,
    matters=load_matters(_HERE / "matters.toml", FORMS),
    ledgers=(CERTIFICATES,),
    migrations=_HERE / "migrations",
    restore=actions.restore,
    events=actions.EVENTS,
    translations=_HERE / "translations",
)


@hookimpl
def tiji_bureau() -> Bureau:
    """Give the certificate cases: their matters, forms, ledger and tables."""
    return BUREAU


@hookimpl
def tiji_subscribers() -> Sequence[Subscriber]:
    """Keep the household beside its case, its state with the case's, forget its room."""
    return [
        Subscriber("register", frozenset({"case_opened"}), actions.register, own=True),
        Subscriber("follow", actions.FOLLOWED, actions.follow),
        Subscriber("erase", frozenset({"personal_erased"}), actions.erase),
    ]


@hookimpl
def tiji_commands() -> click.Group:
    """Add ``tiji natural-resources``."""
    from tiji_natural_resources.commands import natural_resources

    return natural_resources


@hookimpl
def tiji_pages() -> Pages:
    """Add the estates: all of them, one as a grid, its blockers and their release."""
    from tiji_natural_resources.pages import blueprint

    views = ("estates", "estate", "house", "choose", "accept", "blocker", "release")
    title = {"zh": "办证难小区", "en": "Estates without papers"}
    topic = Topic("estates", title, "home", queries.count_estates)
    return Pages(blueprint, dict.fromkeys(views, "department"), (topic,))


@hookimpl
def tiji_case_panels(case: CaseView) -> Sequence[Panel]:
    """Show the house, its state and its blockers beside a case."""
    row = queries.household(case.id) if case.matter.startswith(rules.PREFIX) else None
    return [panels.panel(row)] if row else []
