"""All hooks of the data bureau: start reading here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tiji.api import (
    Bureau,
    CaseView,
    Channel,
    Pages,
    Panel,
    PeriodicJob,
    Subscriber,
    Topic,
    hookimpl,
    load_matters,
)
from tiji_data_bureau import actions, inbox, panels, queries
from tiji_data_bureau.forms import FORMS
from tiji_data_bureau.ledgers import MESSAGES
from tiji_data_bureau.rules import DEPARTMENT, PREFIX

_HERE = Path(__file__).parent

BUREAU = Bureau(
    name="data_bureau",
    title="市数据资源局",
    department=DEPARTMENT,
    matters=load_matters(_HERE / "matters.toml", FORMS),
    ledgers=(MESSAGES,),
    channels=(Channel("data_bureau.messages", "网络留言和 12345 工单", DEPARTMENT),),
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    restore=actions.restore,
)


@hookimpl
def tiji_bureau() -> Bureau:
    """Give the online messages: their matters, forms, ledger, channel and table."""
    return BUREAU


@hookimpl
def tiji_subscribers() -> Sequence[Subscriber]:
    """Keep the message beside its case, note when it was answered, forget whose it was."""
    return [
        Subscriber("register", frozenset({"case_opened"}), actions.register, own=True),
        Subscriber("follow", actions.FOLLOWED, actions.follow),
        Subscriber("erase", frozenset({"personal_erased"}), actions.erase),
    ]


@hookimpl
def tiji_jobs() -> Sequence[PeriodicJob]:
    """Look into the inbox every minute."""
    return [PeriodicJob("inbox", inbox.EVERY_S, inbox.take_in)]


@hookimpl
def tiji_commands() -> click.Group:
    """Add ``tiji data-bureau``."""
    from tiji_data_bureau.commands import data_bureau

    return data_bureau


@hookimpl
def tiji_pages() -> Pages:
    """Add the messages that wait, and those answered."""
    from tiji_data_bureau.pages import blueprint

    title = {"zh": "网络留言", "en": "Online messages"}
    topic = Topic("listed", title, "msg", queries.count_waiting)
    return Pages(blueprint, {"listed": "department"}, (topic,))


@hookimpl
def tiji_case_panels(case: CaseView) -> Sequence[Panel]:
    """Show number, source, votes and times beside a message."""
    row = queries.message(case.id) if case.matter.startswith(PREFIX) else None
    return [panels.panel(row)] if row else []
