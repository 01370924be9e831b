"""Bad plugins are set aside by name while the good ones work beside them."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model
from tiji.plugins.loader import PluginFaultError, Plugins
from tiji.plugins.types import CaseView, Deny, Panel

Install = Callable[..., None]
NUMBERS = itertools.count()

BUREAU = """
import sys
import click
from marshmallow import fields
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship
from tiji.api import *

NAME = __name__.rpartition("_module")[0]

def matter(code="", **more):
    return Matter(**{
        "code": f"{NAME}.{code or 'other'}", "title": "其他", "department": "XFJ",
        "audience": ("people",), "category": "no_precedent",
        "guidance": Guidance("信访局", "云川市信访局一楼", "0562-0000000"), **more,
    })

def ledger(**more):
    return Ledger(**{
        "code": f"{NAME}.backlog", "title": "台账", "to_case": lambda row: None,
        "columns": (Column("编号", "number", fields.String()),), "number": "number", **more,
    })

def bureau(**more):
    return Bureau(**{
        "name": NAME, "title": "信访局", "department": "XFJ", "matters": (matter(),),
        "ledgers": (ledger(),), **more,
    })
"""

GOOD = """
@hookimpl
def tiji_bureau():
    return bureau()

@hookimpl
def tiji_subscribers():
    return [Subscriber("told", frozenset({"opened"}), print)]

@hookimpl
def tiji_jobs():
    return [PeriodicJob("round", 60, print)]

@hookimpl
def tiji_commands():
    return click.Group("good")

@hookimpl
def tiji_case_panels(case):
    return [Panel("包案", (("包案领导", "张某某"),))]

@hookimpl
def tiji_decide(actor, action, case):
    return Deny("not on a Friday") if action == "refuse" else None
"""


def _gives(expression: str) -> str:
    return f"@hookimpl\ndef tiji_bureau():\n    return {expression}\n"


#: What each bad plugin does, and what its reason must say.
BAD_AT_LOAD = {
    "raises at import": ("raise ImportError('no such wheel')", "ImportError: no such wheel"),
    "exits at import": ("sys.exit(0)", "sys.exit"),
    "raises in its hook": (_gives("1 / 0"), "ZeroDivisionError"),
    "exits in its hook": (_gives("sys.exit(3)"), "sys.exit"),
    "an error that cannot be shown": (
        dedent("""
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError
        raise Mute
        """),
        "Mute",
    ),
    "misspelt hook": (
        GOOD + "@hookimpl\ndef tiji_case_panel(case): ...",
        "no hook tiji_case_panel; there is tiji_case_panels",
    ),
    "hook without its mark": (
        _gives("bureau()") + "def tiji_decide(actor, action, case): ...",
        "tiji_decide is not marked",
    ),
    "hook with a wrong argument": (
        _gives("bureau()") + "@hookimpl\ndef tiji_decide(actor, verb, case): ...",
        "verb",
    ),
    "async hook": ("@hookimpl\nasync def tiji_bureau():\n    return bureau()", "async"),
    "no bureau": ("x = 1", "tiji_bureau must give Bureau, not NoneType"),
    "wrong return type": (_gives("{'name': NAME}"), "must give Bureau, not dict"),
    "another bureau's name": (_gives("bureau(name='tax')"), "'tax'"),
    "code without namespace": (
        "from dataclasses import replace\n"
        + _gives("bureau(matters=(replace(matter(), code='other'),))"),
        "code 'other' must be",
    ),
    "another's code": (
        "from dataclasses import replace\n"
        + _gives("bureau(matters=(replace(matter(), code='good_one.other'),))"),
        "'good_one.other' must be",
    ),
    "the same code twice": (_gives("bureau(matters=(matter(), matter()))"), "given twice"),
    "the same ledger twice": (_gives("bureau(ledgers=(ledger(), ledger()))"), "given twice"),
    "station 2 may refuse": (
        dedent("""
        from dataclasses import replace
        from tiji.api import DEFAULT_LADDER as D, Ladder
        second = replace(D.station(2), may_refuse=True, on_timeout="alarm")
        weak = Ladder((D.station(1), second, *D.stations[2:]))
        """)
        + _gives("bureau(matters=(matter(ladder=weak),))"),
        "ladder: This ladder is against the rules",
    ),
    "form that is no schema": (_gives("bureau(matters=(matter(form=dict),))"), "form: "),
    "legacy without cause": (_gives("bureau(matters=(matter(category='legacy'),))"), "cause: "),
    "matters that are no sequence": (_gives("bureau(matters=matter())"), "Sequence[Matter]"),
    "ledger number without column": (
        _gives("bureau(ledgers=(ledger(number='no'),))"),
        "no column 'no'",
    ),
    "ledger fingerprint without column": (
        _gives("bureau(ledgers=(ledger(number=None, fingerprint=('who',)),))"),
        "no column 'who'",
    ),
    "ledger without identity": (
        _gives("bureau(ledgers=(ledger(number=None),))"),
        "nothing identifies a row",
    ),
    "column that reads nothing": (
        _gives("bureau(ledgers=(ledger(columns=(Column('编号', 'number', str),)),))"),
        "no marshmallow field",
    ),
    "migrations that are no folder": (
        "from pathlib import Path\n" + _gives("bureau(migrations=Path('/nowhere/at/all'))"),
        "migrations are no folder",
    ),
    "table without prefix": (
        dedent("""
        class Stray(Model):
            __tablename__ = "stray_rows"
            id: Mapped[int] = mapped_column(primary_key=True)
        """)
        + _gives("bureau()"),
        "table stray_rows must be named",
    ),
    "unmapped table without prefix": (
        "import sqlalchemy\nt = sqlalchemy.Table('loose_rows', Model.metadata)\n"
        + _gives("bureau()"),
        "table loose_rows must be named",
    ),
    "model that cannot be linked": (
        dedent("""
        class Lost(Model):
            __tablename__ = f"{NAME}_lost"
            id: Mapped[int] = mapped_column(primary_key=True)
            friend = relationship("NobodyAtAll")
        """)
        + _gives("bureau()"),
        "InvalidRequestError",
    ),
}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_LANG", "en")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install plugins as pip would: a module, and a distribution with its entry point."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def write(name: str, body: str = GOOD, version: str = "1.2", dist: str = "") -> None:
        # A name of its own for each test: models stay known as long as the process runs.
        module = f"{name}_module{next(NUMBERS)}"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(BUREAU + body, encoding="utf-8")
        info = tmp_path / f"{dist or name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {dist or name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[tiji.plugins]\n{name} = {module}\n")
        importlib.invalidate_caches()

    yield write
    for module in modules:
        sys.modules.pop(module, None)


def _case(matter: str) -> CaseView:
    return CaseView(
        id=1,
        number="2026-000001",
        matter=matter,
        title="办证难",
        department="XFJ",
        status="open",
        outcome=None,
        station=1,
        holder="zhang",
        opened_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        due_at=None,
        confidential=False,
    )


def _bad_and_good(install: Install, body: str) -> Plugins:
    install("good_one")
    install("bad_one", body)
    return Plugins.load(("bad_one", "good_one"))


@pytest.mark.parametrize(("body", "reason"), BAD_AT_LOAD.values(), ids=BAD_AT_LOAD)
def test_a_bad_plugin_is_set_aside_and_the_good_one_works(
    install: Install, body: str, reason: str
) -> None:
    plugins = _bad_and_good(install, body)
    bad, good = plugins.states
    assert (bad.name, bad.state) == ("bad_one", "set aside")
    assert reason in bad.reason
    assert (good.name, good.version, good.state, good.reason) == ("good_one", "1.2", "active", "")
    assert plugins.active == ("good_one",)
    assert set(plugins.bureaus()) == {"good_one"}
    assert plugins.matter("good_one.other") is not None
    assert plugins.matter("bad_one.other") is None
    assert plugins.ledger("good_one.backlog") is not None
    assert [ledger.code for ledger in plugins.ledgers()] == ["good_one.backlog"]


@pytest.mark.parametrize("body", [body for body, _reason in BAD_AT_LOAD.values()][:6])
def test_strict_loading_names_the_bad_plugin(install: Install, body: str) -> None:
    install("bad_one", body)
    with pytest.raises(PluginFaultError, match="bad_one"):
        Plugins.load(("bad_one",), strict=True)


def test_a_model_that_cannot_be_linked_breaks_no_other_model(install: Install) -> None:
    class Later(Model):
        __tablename__ = "test_plugins_later"
        id: Mapped[int] = mapped_column(primary_key=True)

    body = """
    class Unlinked(Model):
        __tablename__ = f"{NAME}_unlinked"
        id: Mapped[int] = mapped_column(primary_key=True)
        friend = relationship("NobodyAtAll")
    """
    _bad_and_good(install, dedent(body))
    assert Later(id=1).id == 1
    Model.registry.configure()


def test_a_good_plugin_gives_its_subscribers_jobs_commands_panels_and_decisions(
    install: Install,
) -> None:
    install("land_rights")
    plugins = Plugins.load(("land_rights",), strict=True)
    assert [(name, j.name, j.every_s) for name, j in plugins.jobs()] == [
        ("land_rights", "round", 60)
    ]
    assert [(name, s.name) for name, s in plugins.subscribers()] == [("land_rights", "told")]
    assert list(plugins.commands()) == ["land-rights"]
    case = _case("land_rights.other")
    assert plugins.panels(case) == [Panel("包案", (("包案领导", "张某某"),))]
    assert plugins.decide("zhang", "refuse", case) == Deny("not on a Friday")
    assert plugins.decide("zhang", "agree", case) is None


def test_order_is_by_name_or_the_administrators(install: Install) -> None:
    for name in ("zeta_bureau", "alpha_bureau"):
        install(name)
    mine = ("alpha_bureau", "zeta_bureau")
    assert tuple(n for n in Plugins.load().active if n in mine) == mine
    assert Plugins.load(mine[::-1]).active == mine[::-1]
    assert Plugins.load(()).states == ()


def test_an_enabled_plugin_that_is_not_installed_is_set_aside() -> None:
    (state,) = Plugins.load(("nowhere",)).states
    assert (state.name, state.version, state.state) == ("nowhere", "", "set aside")
    assert "not installed" in state.reason


def test_two_distributions_cannot_share_a_name(install: Install) -> None:
    install("twin", dist="twin")
    install("twin", dist="other_twin")
    (state,) = Plugins.load(("twin",)).states
    assert "two distributions" in state.reason


@pytest.mark.parametrize("name", ["core", "tj", "Tax", "x"])
def test_a_name_that_cannot_prefix_tables_is_refused(install: Install, name: str) -> None:
    install(name)
    (state,) = Plugins.load((name,)).states
    assert "a plugin's name" in state.reason


BAD_ANSWERS = ["raise ValueError('zhang')", "sys.exit(1)", "return 'yes'", "return False"]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_a_bad_decision_is_a_no_for_its_own_cases_only(install: Install, answer: str) -> None:
    body = _gives("bureau()") + f"@hookimpl\ndef tiji_decide(actor, action, case):\n    {answer}\n"
    plugins = _bad_and_good(install, body)
    denied = plugins.decide("zhang", "agree", _case("bad_one.other"))
    assert denied is not None
    assert "bad_one" in denied.reason
    assert "bad_one" in denied.instead
    assert plugins.decide("zhang", "agree", _case("good_one.other")) is None
    assert plugins.decide("zhang", "agree", _case("removed.other")) is None


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_a_bad_panel_leaves_a_notice_beside_the_others(
    install: Install, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = _gives("bureau()") + f"@hookimpl\ndef tiji_case_panels(case):\n    {answer}\n"
    plugins = _bad_and_good(install, body)
    notice, good = plugins.panels(_case("good_one.other"))
    assert notice.title == "bad_one"
    assert "could not show" in notice.facts[0][1]
    assert good.title == "包案"
    assert "zhang" not in caplog.text
    assert plugins.active == ("bad_one", "good_one")


@pytest.mark.parametrize("hook", ["tiji_commands", "tiji_jobs", "tiji_subscribers"])
@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_bad_registration_sets_aside_when_asked(install: Install, hook: str, answer: str) -> None:
    decide = "@hookimpl\ndef tiji_decide(actor, action, case):\n    return Deny('guarded')\n"
    body = _gives("bureau()") + decide + f"@hookimpl\ndef {hook}():\n    {answer}\n"
    plugins = _bad_and_good(install, body)
    asked = hook.removeprefix("tiji_")
    getattr(plugins, asked)()
    assert list(plugins.commands()) == ["good-one"]
    assert [name for name, _job in plugins.jobs()] == ["good_one"]
    assert [name for name, _subscriber in plugins.subscribers()] == ["good_one"]
    assert plugins.active == ("good_one",)
    assert plugins.states[0].state == "set aside"
    assert plugins.decide("zhang", "agree", _case("bad_one.other")) == Deny("guarded")
    with pytest.raises(PluginFaultError, match="bad_one"):
        getattr(Plugins.load(("bad_one",), strict=True), asked)()


@pytest.mark.parametrize(
    ("job", "says"),
    [
        ("PeriodicJob('round', 5, print)", "10 or more"),
        ("PeriodicJob('round', 60.5, print)", "whole seconds"),
        ("PeriodicJob('round', 60, None)", "a function"),
        ("PeriodicJob('Round', 60, print)", "small letters"),
        ("PeriodicJob('a', 60, print), PeriodicJob('a', 60, print)", "given twice"),
    ],
)
def test_a_periodic_job_that_cannot_be_done_sets_its_plugin_aside(
    install: Install, job: str, says: str
) -> None:
    jobs = f"@hookimpl\ndef tiji_jobs():\n    return [{job}]\n"
    plugins = _bad_and_good(install, _gives("bureau()") + jobs)
    assert [name for name, _job in plugins.jobs()] == ["good_one"]
    assert says in plugins.states[0].reason


def test_no_wrapper_of_one_plugin_changes_what_another_says(install: Install) -> None:
    wrapper = """
    @hookimpl(wrapper=True)
    def tiji_decide(actor, action, case):
        yield
        return None
    """
    plugins = _bad_and_good(install, _gives("bureau()") + dedent(wrapper))
    assert plugins.decide("zhang", "refuse", _case("good_one.other")) == Deny("not on a Friday")
    assert plugins.decide("zhang", "refuse", _case("bad_one.other")) is None


def test_an_interrupt_by_the_administrator_is_no_fault_of_the_plugin(install: Install) -> None:
    install("slow_one", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Plugins.load(("slow_one",))
