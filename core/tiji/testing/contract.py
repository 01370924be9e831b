"""The contract that any plugin must pass: subclass :class:`PluginContract` in its tests.

class TestContract(PluginContract):
    plugin = "petitions"
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from flask import Flask

from tiji.app import create_app
from tiji.cases.actions import open_case
from tiji.cases.queries import Filter, case_detail, case_page, case_view, heads
from tiji.cases.rules import ALLOWED
from tiji.config import Settings
from tiji.db import db
from tiji.events.queries import all_links
from tiji.events.rules import Verification, verify_chains
from tiji.intake.actions import ImportReport, import_ledger
from tiji.intake.restoring import restore_bureaus
from tiji.intake.template import write_template
from tiji.matters.queries import matter
from tiji.plugins import migrate
from tiji.plugins.types import Bureau, Deny, Event
from tiji.runtime import runtime

#: A person whom nobody is; what is personal must show nowhere.
PERSONAL = {
    "id_number": "340705190001010007",
    "mobile": "13900001234",
    "phone": "13900001234",
    "address": "铜官区示例小区 1 栋 101 室",
}
NAME = "欧阳不明"


def verified() -> Verification:
    """Verify every case's log."""
    return verify_chains(heads(), all_links())


class PluginContract:
    """Hold one installed plugin to what the core promises its users; ``plugin`` names it."""

    plugin = ""

    @pytest.fixture
    def bureau(self, app: Flask) -> Bureau:
        """Give what the plugin says of itself."""
        return runtime().plugins.bureaus()[self.plugin]

    def test_it_is_active(self, app: Flask) -> None:
        """It loads without a fault."""
        states = {state.name: state for state in runtime().plugins.states}
        assert states[self.plugin].state == "active", states[self.plugin].reason

    def test_every_matter_opens_a_case_with_nothing_filled_in(self, bureau: Bureau) -> None:
        """Missing form fields are listed and block nothing; routine matters open no case."""
        for declared in bureau.matters:
            number = self._open(declared.code)
            assert (number is None) == declared.routine
            if number:
                fields = declared.form().fields if declared.form else {}
                required = {name for name, field in fields.items() if field.required}
                assert set(case_detail(number)["missing"]) == required

    def test_there_is_a_matter_for_everything_else(self, bureau: Bureau) -> None:
        """Every bureau has an "other" matter, which is active."""
        assert matter(f"{bureau.name}.other").active

    def test_what_is_personal_shows_nowhere(self, bureau: Bureau, home: Path) -> None:
        """Identity numbers, phones and addresses are in no output, panel or database page."""
        for declared in bureau.matters:
            fields = declared.form().fields if declared.form else {}
            data = {name: value for name, value in PERSONAL.items() if name in fields}
            if number := self._open(declared.code, data):
                panels = runtime().plugins.panels(case_view(number))
                shown = json.dumps(case_detail(number), ensure_ascii=False) + repr(panels)
                assert not [value for value in data.values() if value in shown]
        stored = (home / "tiji.db").read_bytes()
        assert not [value for value in PERSONAL.values() if value.encode() in stored]

    def test_every_ledgers_template_imports_cleanly_and_only_once(
        self, bureau: Bureau, tmp_path: Path
    ) -> None:
        """The example row enters, and the same file again changes nothing."""
        for ledger in bureau.ledgers:
            path = tmp_path / f"{ledger.code}.xlsx"
            write_template(ledger, path)
            first, second = self._import(ledger.code, path), self._import(ledger.code, path)
            assert (first.imported, first.rejected, first.warned) == (1, [], [])
            assert (second.unchanged, second.imported) == (1, 0)
        assert verified().bad == ()

    def test_it_answers_for_every_case_and_action(self, bureau: Bureau) -> None:
        """Panels and decisions come without a fault, for cases in any state."""
        for declared in bureau.matters:
            if number := self._open(declared.code):
                view = case_view(number)
                notices = [p.title for p in runtime().plugins.panels(view)]
                assert self.plugin not in notices, "a panel failed"
                for action in ALLOWED:
                    decision = runtime().plugins.decide("housing_principal", action, view)
                    assert decision is None or "plugin" not in _fault(decision)

    def test_subscribers_may_be_called_twice(self, bureau: Bureau) -> None:
        """A second delivery of the same event changes nothing and raises nothing."""
        for declared in bureau.matters:
            if not (number := self._open(declared.code)):
                continue
            before = repr(runtime().plugins.panels(case_view(number)))
            opened = case_detail(number)["events"][0]
            view = case_view(number)
            event = Event(
                f"{number}/1", number, view.id, 1, opened["kind"], view.opened_at,
                opened["actor"], opened["data"],
            )  # fmt: skip
            for name, subscriber in runtime().plugins.subscribers():
                if name == self.plugin and event.kind in subscriber.kinds:
                    subscriber.handle(event)
            assert repr(runtime().plugins.panels(case_view(number))) == before

    def test_every_command_has_help_with_an_example(self, bureau: Bureau) -> None:
        """Whoever types --help sees how the command is used."""
        group = runtime().plugins.commands().get(bureau.name.replace("_", "-"))
        for name, command in group.commands.items() if group else ():
            assert isinstance(command, click.Command)
            assert "tiji " in (command.help or ""), f"{name} shows no example"

    def test_removing_it_leaves_its_cases_readable(self, bureau: Bureau, home: Path) -> None:
        """Its tables go, its cases and their log stay; installed again, it works (I32)."""
        number = self._open(f"{bureau.name}.other")
        assert number
        panels = repr(runtime().plugins.panels(case_view(number)))
        db.session.rollback()  # a read that goes on would hold the file's lock
        migrate.downgrade(runtime().plugins, self.plugin)
        others = tuple(name for name in runtime().plugins.active if name != self.plugin)
        with self._app(home, others).app_context():
            assert case_detail(number)["status"] == "open"
            assert number in [case["number"] for case in case_page(Filter(), 500)["cases"]]
            assert verified().bad == ()
        with self._app(home, (*others, self.plugin)).app_context():
            migrate.upgrade(runtime().plugins)
            restore_bureaus()
            assert repr(runtime().plugins.panels(case_view(number))) == panels
            assert self._open(f"{bureau.name}.other")
            assert verified().bad == ()

    @staticmethod
    def _app(home: Path, plugins: tuple[str, ...]) -> Flask:
        settings = runtime().settings
        return create_app(
            Settings(home, settings.database_url, settings.fixed_at, plugins=plugins, strict=True)
        )

    @staticmethod
    def _open(code: str, data: dict[str, str] | None = None) -> str | None:
        return open_case(
            matter_code=code,
            title="示例事项",
            content="示例内容",
            client_name=NAME,
            client_kind="citizen",
            actor="housing_fio",
            data=data,
        ).number

    @staticmethod
    def _import(code: str, path: Path) -> ImportReport:
        return import_ledger(code, path)


def _fault(decision: Deny) -> str:
    """Give the reason of a denial that a failing plugin caused."""
    return decision.reason.lower() if "failed" in decision.reason else ""
