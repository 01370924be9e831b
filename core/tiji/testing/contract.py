"""The contract that any plugin must pass: subclass :class:`PluginContract` in its tests.

class TestContract(PluginContract):
    plugin = "petitions"
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import delete, event, inspect, select

from tiji.app import create_app
from tiji.cases.actions import complete, open_case, take
from tiji.cases.model import CaseRow, SettingRow
from tiji.cases.queries import Filter, case_page, case_view, heads
from tiji.cases.rules import ALLOWED
from tiji.cases.sheet import case_detail
from tiji.clock import local
from tiji.config import Settings
from tiji.db import connected, db, transaction
from tiji.errors import RuleError
from tiji.events.queries import all_links
from tiji.events.rules import verify_chains
from tiji.forms.fields import CellContext, Word, cell_context
from tiji.i18n import _
from tiji.intake.actions import ImportReport, import_ledger
from tiji.intake.header import Names
from tiji.intake.restoring import restore_bureaus
from tiji.intake.template import write_template
from tiji.intake.withdrawing import withdraw_import
from tiji.matters.queries import matter
from tiji.people.queries import directory, office_names, seat_holder
from tiji.plugins import migrate
from tiji.plugins.types import Bureau, ClientKind, Event, Ledger, Matter, Panel
from tiji.runtime import runtime
from tiji.testing.browsing import Visitor, sign_in
from tiji.testing.databases import Databases
from tiji.web.app import create_web

#: A person whom nobody is; what is personal must show nowhere.
PERSONAL = {
    "id_number": "340705190001010007",
    "mobile": "13900001234",
    "phone": "13900001234",
    "address": "铜官区示例小区 1 栋 101 室",
}
SECRET = "秘而不宣的示例"
NAME = "欧阳不明"
#: What is tried on a form's field of which nothing else is known.
ANYTHING = ("12", "2026-03-05", "340705", "91340700MA00000075", "示例", *PERSONAL.values())
#: So many cases must be restored in fewer statements.
MANY = 60
_SUBJECTS = count(1)


class PluginContract:
    """Hold one installed plugin to what the core promises its users; ``plugin`` names it."""

    plugin = ""

    @pytest.fixture
    def bureau(self, app: Flask) -> Bureau:
        """Give what the plugin says of itself."""
        return runtime().plugins.bureaus()[self.plugin]

    def test_it_is_active(self, app: Flask) -> None:
        """Load without a fault."""
        states = {state.name: state for state in runtime().plugins.states}
        assert states[self.plugin].state == "active", states[self.plugin].reason

    def test_every_matter_opens_a_case_with_nothing_filled_in(self, bureau: Bureau) -> None:
        """List missing form fields and let them block nothing; routine matters open no case."""
        for declared in bureau.matters:
            for kind in _client_kinds(declared):
                number = _open(bureau, declared, kind=kind)
                assert (number is None) == declared.routine
                if number:
                    fields = declared.form().fields if declared.form else {}
                    required = {name for name, field in fields.items() if field.required}
                    assert set(case_detail(number)["missing"]) == required
                    assert case_detail(number)["client"]["kind"] == kind

    def test_every_matter_opens_a_case_with_everything_filled_in(self, bureau: Bureau) -> None:
        """Keep what each field of a form is given; a form that is filled misses nothing."""
        for declared, data in _filled(bureau):
            number = _open(bureau, declared, data)
            assert number
            shown = case_detail(number)
            fields = declared.form().fields if declared.form else {}
            left = {name for name, field in fields.items() if field.required} - data.keys()
            assert set(shown["missing"]) == left
            assert data.keys() <= shown["form"].keys() | shown["personal"].keys()
            assert self.plugin not in [panel.title for panel in _panels(number)], "a panel failed"

    def test_there_is_a_matter_for_everything_else(self, bureau: Bureau) -> None:
        """Have an "other" matter, which is active."""
        assert matter(f"{bureau.name}.other").active

    def test_what_is_personal_shows_nowhere(
        self, bureau: Bureau, home: Path, databases: Databases
    ) -> None:
        """Keep personal fields out of every output, panel and page of the database."""
        secrets: set[str] = set()
        shown: list[str] = []
        for declared, data in _filled(bureau):
            fields = declared.form().fields if declared.form else {}
            own = {n: v for n, v in data.items() if fields[n].metadata.get("personal")}
            secrets |= {v for v in own.values() if v in (SECRET, *PERSONAL.values())}
            number = _open(bureau, declared, data)
            assert number
            shown += [json.dumps(case_detail(number), ensure_ascii=False), repr(_panels(number))]
        assert not [value for value in secrets if any(value in text for text in shown)]
        stored = databases.contents(home)
        escaped = {json.dumps(value)[1:-1] for value in secrets}
        assert not [value for value in secrets | escaped if value.encode() in stored]

    def test_every_heading_of_a_ledger_leads_to_its_column(self, bureau: Bureau) -> None:
        """Know each column by its name and each of its aliases, and no two by the same."""
        for ledger in bureau.ledgers:
            names = Names(ledger)
            for column in ledger.columns:
                for heading in (column.name, *column.aliases):
                    assert names.known(heading) == column.key, f"{ledger.code}: {heading}"

    def test_every_ledgers_template_imports_cleanly_and_only_once(
        self, bureau: Bureau, tmp_path: Path
    ) -> None:
        """Let the example row enter, and the same file again change nothing."""
        for ledger in bureau.ledgers:
            first, second = (_import_template(ledger, tmp_path) for _time in range(2))
            assert (first.imported, first.rejected, first.warned) == (1, [], [])
            assert (second.unchanged, second.imported) == (1, 0)
        assert _bad() == ()

    def test_it_answers_for_every_case_and_action(self, bureau: Bureau, tmp_path: Path) -> None:
        """Give panels and decisions without a fault, for cases that were opened or imported."""
        failed = _("The plugin {name} failed when asked to permit this; nothing changed.")
        for ledger in bureau.ledgers:
            _import_template(ledger, tmp_path)
        for declared in bureau.matters:
            _open(bureau, declared)
        for case in case_page(Filter(), 500)["cases"]:
            titles = [panel.title for panel in _panels(case["number"])]
            assert self.plugin not in titles, "a panel failed"
            for action in ALLOWED:
                view = case_view(case["number"])
                decision = runtime().plugins.decide(_officer(bureau), action, view)
                assert decision is None or decision.reason != failed.format(name=self.plugin)

    def test_subscribers_may_be_called_twice(self, bureau: Bureau) -> None:
        """Change nothing and raise nothing when a case's events are delivered again."""
        for declared, data in _filled(bureau):
            number = _open(bureau, declared, data)
            assert number
            take(number, _officer(bureau))
            with suppress(RuleError):  # a guard may ask for more before a case is done
                done = {"result": "已办结", "outcome": "done", "feedback": "已告知"}
                complete(number, _officer(bureau), seen=None, **done)
            before = repr(_panels(number))
            for told in _events(number):
                for name, subscriber in runtime().plugins.subscribers():
                    if name == self.plugin and told.kind in subscriber.kinds:
                        subscriber.handle(told)
            assert repr(_panels(number)) == before

    def test_every_command_has_help_with_an_example(self, bureau: Bureau) -> None:
        """Show whoever types --help how the command is used."""
        group = runtime().plugins.commands().get(bureau.name.replace("_", "-"))
        for name, command in group.commands.items() if group else ():
            assert "tiji " in (command.help or ""), f"{name} shows no example"

    def test_every_page_has_a_rule_and_shows(self, bureau: Bureau, tmp_path: Path) -> None:
        """Show each page to the department's principal, and none to whoever has not signed in."""
        for ledger in bureau.ledgers:
            _import_template(ledger, tmp_path)
        web = create_web(runtime().settings)
        rules = web.extensions["tiji_page_rules"]
        pages = [r for r in web.url_map.iter_rules() if r.endpoint.startswith(f"{self.plugin}.")]
        assert [page.endpoint for page in pages if page.endpoint not in rules] == []
        shown = [p for p in pages if not p.arguments and "GET" in (p.methods or ())]
        head = seat_holder(4, bureau.department, None, runtime().clock.now())
        with web.app_context(), connected():
            web.test_client_class = Visitor
            unknown, officer = web.test_client(), web.test_client()
            assert head
            sign_in(officer, head.officer)
            for page in shown:
                assert unknown.get(page.rule).status_code in (303, 401, 404), page.rule
                answer = officer.get(page.rule, headers={"Accept": "text/html"})
                assert (page.rule, answer.status_code) == (page.rule, 200)
                assert "</html>" in answer.text, page.rule

    def test_its_revisions_build_what_its_models_say(self, bureau: Bureau) -> None:
        """Have a revision for every change of the models."""

        def is_own(item: Any, name: str | None, kind: str, *_of: Any) -> bool:
            return self._owns(str(name if kind == "table" else item.table.name))

        with db.engine.connect() as connection:
            own = {"include_object": is_own, "version_table": migrate.version_table(self.plugin)}
            context = MigrationContext.configure(connection, opts=own)
            assert compare_metadata(context, db.metadata) == []

    def test_removing_it_leaves_its_cases_readable(self, bureau: Bureau, home: Path) -> None:
        """Take its tables away, keep its cases and their log; work when it comes back (I32)."""
        numbers = _one_of_each(bureau)
        panels = [repr(_panels(number)) for number in numbers]
        tables = self._tables()
        db.session.rollback()  # a read that goes on would hold the file's lock
        if bureau.migrations:
            migrate.downgrade(runtime().plugins, self.plugin)
        assert self._tables() == set(), "a downgrade leaves tables"
        others = tuple(name for name in runtime().plugins.active if name != self.plugin)
        with _app(home, others).app_context(), connected():
            listed = {case["number"] for case in case_page(Filter(), 500)["cases"]}
            assert listed == set(numbers)
            assert {case_detail(number)["status"] for number in numbers} == {"open"}
            assert _bad() == ()
        with _app(home, (*others, self.plugin)).app_context(), connected():
            migrate.upgrade(runtime().plugins)
            assert self._tables() == tables
            restore_bureaus()
            assert [repr(_panels(number)) for number in numbers] == panels
            assert _open(bureau, _other(bureau))
            assert _bad() == ()

    def test_what_it_restores_it_restores_in_bulk_and_once(self, bureau: Bureau) -> None:
        """Bring many cases' rows back in few statements, and pass over what is there."""
        if bureau.restore is None:
            pytest.skip("the bureau keeps no rows of its cases")
        declared, data = next(both for both in _filled(bureau) if both[0] == _other(bureau))
        numbers = [_open(bureau, declared, data) for _case in range(MANY)]
        panels = [repr(_panels(number)) for number in numbers if number]
        db.session.rollback()
        migrate.downgrade(runtime().plugins, self.plugin)
        migrate.upgrade(runtime().plugins)
        with _statements() as seen:
            assert restore_bureaus()[self.plugin] == MANY
        assert len(seen) < MANY, "a statement for each case"
        with transaction() as session:
            session.execute(delete(SettingRow).where(SettingRow.name == f"restored.{self.plugin}"))
        restore_bureaus()
        assert [repr(_panels(number)) for number in numbers if number] == panels

    def test_what_its_ledgers_brought_is_taken_back_whole(
        self, bureau: Bureau, tmp_path: Path
    ) -> None:
        """Keep no row of a case whose import was withdrawn, and let its row come again."""
        for ledger in bureau.ledgers:
            number = _import_template(ledger, tmp_path).number
            assert number
            withdraw_import(number, _officer(bureau))
            gone = select(CaseRow.id).where(CaseRow.import_no == number)
            for name in self._tables():
                table = db.metadata.tables.get(name)
                if table is not None and "case_id" in table.c:
                    kept = select(table.c.case_id).where(table.c.case_id.in_(gone))
                    assert db.session.scalars(kept).all() == [], name
            assert _import_template(ledger, tmp_path).imported == 1
            assert _bad() == ()

    def _tables(self) -> set[str]:
        return {name for name in inspect(db.engine).get_table_names() if self._owns(name)}

    def _owns(self, table: str) -> bool:
        owners = {migrate.CORE, self.plugin, *runtime().plugins.active}
        return migrate.owner_of(table, dict.fromkeys(owners)) == self.plugin


def _app(home: Path, plugins: tuple[str, ...]) -> Flask:
    now = runtime().settings
    return create_app(Settings(home, now.database_url, now.fixed_at, plugins=plugins, strict=True))


def _officer(bureau: Bureau) -> str:
    """Give the duty officer of the bureau's department."""
    seat = seat_holder(1, bureau.department, None, runtime().clock.now())
    assert seat, f"{bureau.department} has no duty officer"
    return seat.officer


def _other(bureau: Bureau) -> Matter:
    return next(declared for declared in bureau.matters if declared.code == f"{bureau.name}.other")


def _client_kinds(declared: Matter) -> list[ClientKind]:
    kinds: dict[str, ClientKind] = {"people": "citizen", "enterprise": "enterprise"}
    return [kinds[audience] for audience in declared.audience]


def _open(
    bureau: Bureau,
    declared: Matter,
    data: Mapping[str, str] | None = None,
    kind: ClientKind = "citizen",
) -> str | None:
    return open_case(
        matter_code=declared.code,
        title=f"示例事项第 {next(_SUBJECTS)} 件",  # the same person's same subject opens no case
        content="示例内容",
        client_name=NAME,
        client_kind=kind,
        actor=_officer(bureau),
        data=data,
    ).number


def _filled(bureau: Bureau) -> list[tuple[Matter, dict[str, str]]]:
    """Fill the form of each matter that opens a case, as far as its fields take a sample."""
    now = runtime().clock.now()
    known = {
        column.key: ledger.example[column.name]
        for ledger in bureau.ledgers
        for column in ledger.columns
        if column.name in ledger.example
    }
    department = office_names({bureau.department})[bureau.department]
    with cell_context(CellContext(local(now).date(), directory(now))):
        return [
            (declared, _fill(declared, known, department))
            for declared in bureau.matters
            if not declared.routine
        ]


def _fill(declared: Matter, known: Mapping[str, str], department: str) -> dict[str, str]:
    filled: dict[str, str] = {}
    for name, field in (declared.form().fields if declared.form else {}).items():
        personal = (PERSONAL.get(name), SECRET) if field.metadata.get("personal") else ()
        choices = field.choices[:1] if isinstance(field, Word) else ()
        for text in (*personal, *choices, known.get(name), *ANYTHING, department):
            with suppress(ValidationError):
                if text and field.deserialize(text) is not None:
                    filled[name] = text
                    break
    return filled


def _one_of_each(bureau: Bureau) -> list[str]:
    """Open each matter's case, with nothing and with everything filled in."""
    opened = [
        _open(bureau, declared, data) for declared, full in _filled(bureau) for data in ({}, full)
    ]
    return [number for number in opened if number]


def _panels(number: str) -> list[Panel]:
    return runtime().plugins.panels(case_view(number))


def _events(number: str) -> Iterator[Event]:
    """Give a case's events as subscribers hear of them."""
    case_id = case_view(number).id
    for told in case_detail(number)["events"]:
        at = datetime.fromisoformat(told["at"])
        key, seq = f"{number}/{told['seq']}", told["seq"]
        yield Event(key, number, case_id, seq, told["kind"], at, told["actor"], told["data"])


def _import_template(ledger: Ledger, folder: Path) -> ImportReport:
    path = folder / f"{ledger.code}.xlsx"
    if not path.exists():
        write_template(ledger, path)
    return import_ledger(ledger.code, path)


def _bad() -> tuple[Any, ...]:
    """Verify every case's log."""
    return verify_chains(heads(), all_links()).bad


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Note what the database is asked."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
