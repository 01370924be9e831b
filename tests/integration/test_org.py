"""The organisation in the database: loading, history, seats, and what the commands print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event, func, select

import tiji.demo
from tiji.app import create_app
from tiji.cli import main
from tiji.clock import parse_moment
from tiji.crypto import make_key
from tiji.db import connected, db
from tiji.errors import BadInputError
from tiji.people import queries
from tiji.people.actions import LoadResult, load_organisation
from tiji.people.model import Department, Leave, Officer, Post, Section
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases

NOW = parse_moment("2026-11-23T10:00")
DEMO = Path(tiji.demo.__file__).parent / "yunchuan.yaml"

CITY = """\
departments:
  - code: leaders
    name: 市领导
    kind: city_leaders
    officers:
      - {code: mayor, name: 沈一川, posts: [{station: 5, default: true}]}
      - {code: vice, name: 顾允中, posts: [{station: 5, portfolio: [housing]}]}
  - code: housing
    name: 市住房和城乡建设局
    short_names: [住建局]
    sections:
      - {code: estate, name: 房地产市场科}
      - {code: property, name: 物业管理科}
    officers:
      - {code: chief, name: 陆牧之, posts: [{station: 4}]}
      - {code: deputy, name: 苏怀瑾, posts: [{station: 3, sections: [estate, property]}]}
      - {code: head, name: 范致和, posts: [{station: 2, section: estate}]}
      - {code: head2, name: 熊行舟, posts: [{station: 2, section: property}]}
      - {code: first, name: 孟望舒, posts: [{station: 1, section: estate, duty: true}]}
      - {code: other, name: 尹星野, posts: [{station: 1, section: property}]}
  - {code: centre, name: 市物业中心, parent: housing, overrides: {"*": {limits: {2: 3}}}}
  - {code: finance, name: 市财政局}
leave:
  - {officer: chief, from: 2026-12-01, until: 2026-12-10, acting: deputy}
  - {officer: deputy, from: 2026-12-05, until: 2026-12-06, acting: head}
  - {officer: head2, from: 2026-12-01, until: 2026-12-10}
"""


@pytest.fixture(scope="session")
def template_home(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home whose migrated database holds no organisation, once."""
    home = tmp_path_factory.mktemp("empty")
    make_key(home)
    databases.make(home)
    with create_app(databases.settings(home, NOW, plugins=())).app_context(), connected():
        migrate.upgrade(runtime().plugins)
    return home


@pytest.fixture
def app(home: Path, databases: Databases) -> Iterator[Flask]:
    app = create_app(databases.settings(home, NOW, plugins=()))
    with app.app_context(), connected():
        yield app


@pytest.fixture
def load(app: Flask, tmp_path: Path):
    def load_city(*changes: tuple[str, str], at: datetime = NOW) -> LoadResult:
        text = CITY
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "city.yaml"
        path.write_text(text, encoding="utf-8")
        return load_organisation(path, at)

    return load_city


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def changed(result: LoadResult) -> set[tuple[str, str, str]]:
    return {(change.what, change.kind, change.code) for change in result.changes}


def holder(station: int, section: str | None = None, at: datetime = NOW) -> str | None:
    seat = queries.seat_holder(station, "housing", section, at)
    return seat.officer if seat else None


def test_the_same_file_again_changes_nothing(load) -> None:
    first = load()
    assert (first.departments, first.sections, first.officers, first.posts) == (4, 2, 8, 8)
    assert {change.what for change in first.changes} == {"added"}
    assert load(at=NOW + timedelta(days=400)).changes == ()


def test_what_the_file_no_longer_lists_ends_and_stays(load) -> None:
    load()
    later = NOW + timedelta(days=30)
    gone = (
        "      - {code: other, name: 尹星野, posts: [{station: 1, section: property}]}\n"
        "  - {code: centre,"
    )
    result = load(
        (gone, "  - {code: centre,"), ("  - {code: finance, name: 市财政局}\n", ""), at=later
    )
    assert changed(result) == {
        ("ended", "officer", "other"),
        ("ended", "post", "other@housing/1"),
        ("ended", "department", "finance"),
    }
    assert result.officers_left == ("other",)
    assert queries.officer("other").name == "尹星野"
    assert queries.seats_of("other", later) == []
    assert queries.seats_of("other", later - timedelta(seconds=1)) != []
    assert queries.department("finance", later).open is False
    assert queries.find_department("市财政局", later) is None
    assert queries.find_department("市财政局", NOW) == "finance"

    back = load(at=later + timedelta(days=1))
    assert ("changed", "officer", "other") in changed(back)
    assert queries.seats_of("other", later + timedelta(hours=1)) == []
    assert [seat.section for seat in queries.seats_of("other", later + timedelta(days=2))] == [
        "property"
    ]


def test_duty_passes_at_once_and_the_past_is_kept(load) -> None:
    load()
    later = NOW + timedelta(days=30)
    load(
        ("section: estate, duty: true}", "section: estate}"),
        (
            "section: property}]}\n  - {code: centre",
            "section: property, duty: true}]}\n  - {code: centre",
        ),
        at=later,
    )
    assert holder(1, at=later) == "other"
    assert holder(1, at=later - timedelta(seconds=1)) == "first"
    assert {d: seat.officer for d, seat in queries.duty_seats(later).items()} == {
        "housing": "other"
    }


def test_a_file_with_faults_changes_nothing(load) -> None:
    load()
    with pytest.raises(BadInputError, match=r"city\.yaml, line 17: .*'park'"):
        load(("section: estate}", "section: park}"), ("陆牧之", "陆某"), at=NOW)
    assert queries.officer("chief").name == "陆牧之"


def test_a_crash_while_loading_changes_nothing(load, monkeypatch: pytest.MonkeyPatch) -> None:
    import tiji.people.actions as actions

    def crash(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(actions._Load, "_clipped", crash)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert queries.departments(NOW) == []


def test_declared_dates_count_with_their_first_and_last_day(load) -> None:
    load(
        ("posts: [{station: 4}]", "posts: [{station: 4, from: 2026-11-01, until: 2026-11-30}]"),
        ("{code: head2, name: 熊行舟,", "{code: head2, name: 熊行舟, until: 2026-11-25,"),
    )
    assert holder(4, at=parse_moment("2026-10-31T23:59")) is None
    assert holder(4, at=parse_moment("2026-11-01T00:00")) == "chief"
    assert holder(4, at=parse_moment("2026-11-30T23:59")) == "chief"
    assert holder(4, at=parse_moment("2026-12-01T00:00")) is None
    assert holder(2, "property", parse_moment("2026-11-25T12:00")) == "head2"
    assert holder(2, "property", parse_moment("2026-11-26T00:00")) is None
    moved = load(
        ("posts: [{station: 4}]", "posts: [{station: 4, from: 2026-11-01, until: 2026-12-31}]"),
        ("{code: head2, name: 熊行舟,", "{code: head2, name: 熊行舟, until: 2026-11-25,"),
    )
    assert changed(moved) == {("changed", "post", "chief@housing/4")}


def test_an_ended_department_is_followed_to_its_successor(load) -> None:
    load(
        (
            "  - {code: finance, name: 市财政局}",
            "  - {code: finance, name: 市财政局, until: 2026-12-31, successor: treasury}\n"
            "  - {code: treasury, name: 市财政金融局, from: 2027-01-01}",
        )
    )
    assert queries.find_department("市财政局", NOW) == "finance"
    assert queries.find_department("市财政金融局", NOW) is None
    after = parse_moment("2027-01-01T00:00")
    assert queries.find_department("市财政局", after) == "treasury"
    assert [d.code for d in queries.departments(after)] == [
        *("leaders", "housing", "centre", "treasury")
    ]
    assert queries.mentioned_department("原市财政局预算科", after) == "treasury"


def test_every_station_has_its_holder(load) -> None:
    load()
    assert [holder(no, "estate") for no in range(1, 6)] == [
        *("first", "head", "deputy", "chief", "vice")
    ]
    assert holder(2, None) is None
    assert holder(3, None) == "deputy"
    assert queries.seat_holder(5, "centre", None, NOW).officer == "vice"
    assert queries.seat_holder(5, "finance", None, NOW).officer == "mayor"
    assert queries.seat_holder(4, "finance", None, NOW) is None
    assert [seat.officer for seat in queries.city_leaders(NOW)] == ["mayor", "vice"]
    assert queries.home_section("first", "housing", NOW) == "estate"
    assert queries.home_section("chief", "housing", NOW) is None
    assert queries.home_section("first", "finance", NOW) is None


def test_leave_is_covered_in_turn_or_leaves_the_seat_vacant(load) -> None:
    load()
    covered, chained = parse_moment("2026-12-02T09:00"), parse_moment("2026-12-05T09:00")
    over = parse_moment("2026-12-11T00:00")
    seat = queries.seat_holder(4, "housing", None, covered)
    assert (seat.officer, seat.name, seat.acting_for) == ("deputy", "苏怀瑾", "chief")
    seat = queries.seat_holder(4, "housing", None, chained)
    assert (seat.officer, seat.name, seat.acting_for) == ("head", "范致和", "chief")
    assert holder(2, "property", covered) is None
    assert holder(4, at=over) == "chief"
    assert holder(2, "property", over) == "head2"

    assert {(s.station, s.section, s.acting_for) for s in queries.seats_of("head", chained)} == {
        (2, "estate", None),
        (3, "estate", "deputy"),
        (3, "property", "deputy"),
        (4, None, "chief"),
    }
    assert {seat.officer for seat in queries.seats_of("head", chained)} == {"head"}
    assert queries.may_act_for("chief", "chief", covered)
    assert queries.may_act_for("deputy", "chief", covered)
    assert queries.may_act_for("head", "chief", chained)
    assert not queries.may_act_for("head", "chief", covered)
    assert not queries.may_act_for("deputy", "chief", over)
    assert not queries.may_act_for("chief", "deputy", chained)


def test_an_acting_head_holds_the_post_until_it_expires(load) -> None:
    load(
        (
            "{code: deputy, name: 苏怀瑾, posts: [{station: 3, sections: [estate, property]}]}",
            "code: deputy\n        name: 苏怀瑾\n        posts:\n"
            "          - {station: 3, sections: [estate, property]}\n"
            "          - {station: 4, acting: true, until: 2026-11-30}",
        )
    )
    assert holder(4) == "deputy"
    assert holder(4, at=parse_moment("2026-12-20T09:00")) == "chief"


def test_a_seat_below_a_department_counts_as_inside_it(load) -> None:
    load(
        (
            '{code: centre, name: 市物业中心, parent: housing, overrides: {"*": {limits: {2: 3}}}}',
            "{code: centre, name: 市物业中心, parent: housing,"
            " officers: [{code: clerk, name: 白明澜, posts: [{station: 1, duty: true}]}]}",
        )
    )
    assert queries.in_department("clerk", "centre", NOW)
    assert queries.in_department("clerk", "housing", NOW)
    assert not queries.in_department("first", "centre", NOW)
    assert not queries.in_department("nobody", "housing", NOW)


def test_overrides_come_back_as_they_were_stated(load) -> None:
    load()
    found = queries.department("centre")
    assert found.overrides == {"*": {"limits": {"2": 3}}}
    assert (found.parent, found.open) == ("housing", True)
    assert queries.department("nowhere") is None


def test_departments_without_duty_are_named(load) -> None:
    result = load(("section: estate, duty: true}", "section: estate}"))
    assert result.off_duty == ("housing",)


def test_a_seat_costs_two_statements_and_the_leaders_three(load, statements: list[str]) -> None:
    load()
    during_leave = parse_moment("2026-12-05T09:00")
    for station, most in ((1, 2), (2, 2), (3, 2), (4, 2), (5, 3)):
        statements.clear()
        queries.seat_holder(station, "housing", "estate", during_leave)
        assert len(statements) <= most


def test_loading_a_large_city_costs_no_statement_a_row(app: Flask, statements, tmp_path) -> None:
    path = tmp_path / "large.yaml"
    people = "".join(
        f"      - {{code: o{no}, name: 某{no}, posts: [{{station: 1}}]}}\n" for no in range(500)
    )
    path.write_text(f"departments:\n  - code: d\n    name: 市某局\n    officers:\n{people}")
    statements.clear()
    assert load_organisation(path, NOW).officers == 500
    assert len(statements) < 20
    assert db.session.scalar(select(func.count()).select_from(Post)) == 500


@pytest.mark.sqlite("another database has another plan for a few rows")
def test_seats_are_looked_up_by_index(load) -> None:
    load()
    for where in ("station = 1 AND department = 'housing'", "officer = 'first'"):
        plan = db.session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN SELECT * FROM tj_post WHERE {where}"
        )
        assert "USING INDEX ix_tj_post" in str(plan.all())
    plan = db.session.connection().exec_driver_sql(
        "EXPLAIN QUERY PLAN SELECT * FROM tj_leave WHERE officer = 'first'"
    )
    assert "USING INDEX ix_tj_leave_officer" in str(plan.all())


SHORT_NAMES = {
    "natural_resources": "市自然资源和规划局 自然资源局 自然资源和规划局 市自规局 自规局",
    "housing": "市住房和城乡建设局 住建局 市住建局 住房和城乡建设局",
    "human_resources": "市人力资源和社会保障局 人社局 市人社局 人力资源和社会保障局",
    "urban_management": "市城市管理局 城管局 市城管局 城市管理局",
    "market_regulation": "市市场监督管理局 市场监管局 市市场监管局 市场监督管理局",
    "transport": "市交通运输局 交通局 市交通局 交通运输局",
    "petitions_bureau": "市信访局 信访局",
    "data_bureau": "市数据资源局 数据资源管理局 市数据局",
    "private_economy": "市民营经济促进局 市民促局",
    "efficiency_office": "市效能办 效能办",
    "finance": "市财政局 财政局",
    "economy_information": "市经济和信息化局 经信局",
    "tongguan": "铜官区 铜官区政府 铜官区人民政府",
    "yian": "义安区 义安区政府 义安区人民政府",
    "jiaoqu": "郊区 郊区政府 郊区人民政府",
    "zongyang": "枞阳县 枞阳县政府 枞阳县人民政府",
}


def test_the_demo_city_is_known_by_its_usual_names(app: Flask) -> None:
    load_organisation(DEMO, NOW)
    directory = queries.directory(NOW)
    for code, names in SHORT_NAMES.items():
        assert {directory.find(name) for name in names.split()} == {code}
    assert directory.find("火星事务管理处") is None


def test_the_demo_city_has_all_its_posts_filled(app: Flask) -> None:
    result = load_organisation(DEMO, NOW)
    assert result.off_duty == ()
    duty = queries.duty_seats(NOW)
    for found in queries.departments(NOW):
        if found.kind == "city_leaders":
            continue
        section = duty[found.code].section
        seats = [queries.seat_holder(no, found.code, section, NOW) for no in range(1, 6)]
        assert all(seats), found.code
        assert len({seat.officer for seat in seats if seat}) == 5
        # Every department is in a leader's own portfolio, none left to the default one.
        assert seats[4].officer != "mayor"
    assert len({name for (name,) in db.session.execute(select(Officer.name))}) == result.officers
    for table in (Department, Section, Officer, Post):
        assert db.session.scalar(select(func.count()).select_from(table))
    assert db.session.scalar(select(func.count()).select_from(Leave)) == 0


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Run `tiji …` on an empty city."""
    for name, value in (
        ("TIJI_CLOCK", NOW.isoformat()),
        ("TIJI_PLUGINS", ""),
        ("TIJI_LANG", "en"),
    ):
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(main, words, catch_exceptions=False)


def test_org_show_prints_the_contract(run) -> None:
    assert run("org", "load", str(DEMO)).exit_code == 0
    data = json.loads(run("org", "show", "--json").output)
    housing = next(d for d in data["departments"] if d["code"] == "housing")
    assert housing["name"] == "市住房和城乡建设局"
    assert {"住建局", "市住建局"} <= set(housing["aliases"])
    assert housing["parent"] is None
    officers = {officer["code"]: officer for officer in data["officers"]}
    first = officers["housing_fio"]
    assert first["department"] == "housing"
    assert first["posts"] == [
        {"station": 1, "section": "housing_estate", "department": "housing", "duty": True}
    ]
    assert [post["section"] for post in officers["housing_deputy1"]["posts"]] == [
        *("housing_estate", "housing_property")
    ]
    assert officers["vice_mayor_2"]["posts"][0]["portfolio"] == ["natural_resources", "housing"]
    assert officers["mayor"]["posts"][0]["default"] is True


def test_org_show_draws_the_tree(run) -> None:
    assert "tiji org load" in run("org", "show").output
    run("org", "load", str(DEMO))
    lines = run("org", "show").output.splitlines()
    bureau = next(no for no, line in enumerate(lines) if line.startswith("市自然资源和规划局"))
    centre = next(no for no, line in enumerate(lines) if line.startswith("    市不动产登记中心"))
    assert bureau < centre
    assert lines[bureau + 1].split() == [
        *("4", "Head", "of", "the", "department"),
        *lines[bureau + 1].split()[5:6],
        "(natural_resources_principal)",
    ]
    assert "on duty" in next(line for line in lines if "(housing_fio)" in line)


def test_org_load_says_what_changed(run, tmp_path: Path) -> None:
    assert "All that is new was added." in run("org", "load", str(DEMO)).output
    assert "Nothing changed." in run("org", "load", str(DEMO)).output
    mended = tmp_path / "mended.yaml"
    text = DEMO.read_text(encoding="utf-8").replace("name: 市效能办", "name: 市效能中心")
    mended.write_text(text, encoding="utf-8")
    assert "changed: department efficiency_office" in run("org", "load", str(mended)).output
    data = json.loads(run("org", "load", str(DEMO), "--json").output)
    assert data["changes"] == [
        {"kind": "department", "code": "efficiency_office", "change": "changed"}
    ]


def test_org_load_names_every_fault_on_stderr(run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("departments:\n  - code: d\n  - {code: e, name: 市某局, parent: x}\n")
    result = run("org", "load", str(broken))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "tiji: broken.yaml, line 2: name: is missing; this entry needs it",
        "broken.yaml, line 3: department 'x' is not known; the file must list it",
    ]
    assert result.stdout == ""


@pytest.mark.parametrize("words", [("org",), ("org", "load"), ("org", "show")])
def test_each_command_shows_an_example(run, words: tuple[str, ...]) -> None:
    assert "Example: tiji org" in run(*words, "--help").output


def test_times_are_kept_in_utc(load) -> None:
    load(("posts: [{station: 4}]", "posts: [{station: 4, from: 2026-11-01}]"))
    starts = db.session.scalar(select(Post.starts_at).where(Post.officer == "chief"))
    assert starts == datetime(2026, 10, 31, 16, tzinfo=UTC)
