"""The command line's text reads as people write: words, names and times, Chinese first."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from tests.integration.cases import FIO, HEAD, STRANGER
from tests.integration.cli import OPEN, WORDS, Json, Run, data, fails

from tiji.cases import rules, words
from tiji.cases.kinds import HARMLESS
from tiji.cases.state import OPEN as OPEN_STATUSES
from tiji.cases.times import balance, duration, moment, stamp
from tiji.cli import COMMANDS
from tiji.cli.columns import aligned, fit, width
from tiji.clock import parse_moment
from tiji.errors import RuleError

#: A word that only data use: a code in snake case, or one of a case's statuses.
RAW = re.compile(r"[a-z]+_[a-z_]+|\b(?:open|guided|paused|answered|closed|withdrawn)\b")
#: Codes that are there to be typed back stand in brackets or behind an option's dashes.
TYPED = re.compile(r"（[\w.]+）|`[^`]+`|--[\w-]+|TJ\d+")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    # A command's help is translated when its module is imported: not here, for the tests after.
    for place, _help in COMMANDS.values():
        importlib.import_module(place.partition(":")[0])
    monkeypatch.setenv("TIJI_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        *((0, "0 分"), (45, "45 分"), (60, "1 小时"), (260, "4 小时 20 分")),
        *((420, "1 天"), (545, "1 天 2 小时")),
    ],
)
def test_minutes_are_told_in_days_and_hours(chinese: None, minutes: int, text: str) -> None:
    assert duration(minutes, 420) == text


def test_a_limit_is_left_or_over(chinese: None) -> None:
    assert balance(260, 420) == "剩 4 小时 20 分"
    assert balance(-540, 420) == "超 1 天 2 小时"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        ("2026-11-23T16:40", "今天 16:40", "today 16:40"),
        ("2026-11-24T17:30", "明天 17:30", "tomorrow 17:30"),
        ("2026-11-22T17:30", "昨天 17:30", "yesterday 17:30"),
        ("2026-11-25T17:30", "11月25日 17:30", "25 Nov 17:30"),
        ("2027-01-04T17:30", "2027年1月4日 17:30", "4 Jan 2027 17:30"),
    ],
)
def test_days_have_names_near_today(
    monkeypatch: pytest.MonkeyPatch, at: str, zh: str, en: str
) -> None:
    now = parse_moment("2026-11-23T09:00")
    for language, text in (("zh", zh), ("en", en)):
        monkeypatch.setenv("TIJI_LANG", language)
        assert moment(f"{at}:00+08:00", now) == text
    assert moment(None, datetime.max) == "—"


def test_the_logs_times_are_the_citys() -> None:
    for text in ("2026-11-25T15:14:11+00:00", "2026-11-25T23:14:11+08:00", "2026-11-25T23:14"):
        assert stamp(text) == "2026-11-25 23:14"
    assert stamp(None) == "—"


def test_columns_stand_under_each_other_for_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = aligned([("中文", "b", "x" * 90), ("ascii text", "长一些", "短")], cut=True)
    assert [width(line[: line.index(mark)]) for line, mark in zip(lines, "b长", strict=True)] == [
        12,
        12,
    ]
    assert max(map(width, lines)) == 40
    assert fit("一二三四", 7) == "一二三…"


def test_every_status_and_action_has_words(chinese: None) -> None:
    assert set(words.actions()) == set(rules.ALLOWED)
    assert set(OPEN_STATUSES) <= set(words.statuses())
    assert set(words.event_kinds()) >= HARMLESS


@pytest.mark.parametrize("action", sorted(rules.ALLOWED))
def test_what_a_status_forbids_is_said_in_chinese_alone(chinese: None, action: str) -> None:
    for status in set(words.statuses()) - set(rules.ALLOWED[action]):
        with pytest.raises(RuleError) as caught:
            rules.require_status(action, status)
        said = TYPED.sub("", str(caught.value))
        assert not re.search("[A-Za-z]", said), said
        assert "。 " not in said


def test_errors_name_officers_with_the_code_to_type(
    chinese: None, tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    held = fails(tiji, 4, "agree", number, STRANGER)
    assert "第 1 站的孟望舒（housing_fio）经办" in held
    case("complete", number)
    assert "可由范致和（housing_head1）" in fails(tiji, 4, "reopen", number, STRANGER)
    assert "事情现在是“已答复”，不能签收。" in fails(tiji, 4, "take", number, FIO)


def test_a_case_is_shown_in_words_and_names(
    chinese: None, tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    case("escalate", number)
    case("escalate", number, HEAD)
    case("comment", number)
    shown = tiji("case", "show", number).stdout
    assert "还缺        身份证号、联系电话、信访形式" in shown
    assert "部门        市住房和城乡建设局（housing）" in shown
    assert "经办人      苏怀瑾（housing_deputy1）" in shown
    assert re.search(r"孟望舒 +提级 +.*经办人：范致和", shown)
    assert "11月25日 17:30 到期  ← 现在在这里" in shown
    assert not RAW.search(TYPED.sub("", shown)), RAW.search(TYPED.sub("", shown))


def test_form_values_are_written_in_words(chinese: None, tiji: Run) -> None:
    asked = list(OPEN)
    asked[asked.index("petitions.other")] = "petitions.cross_department"
    values = '{"departments": "市住建局、市自规局", "way": "来访", "mobile": "13800001111"}'
    shown = tiji(*asked, "--as", FIO, "--data", values).stdout
    assert re.search(r"涉及单位 +市住房和城乡建设局、市自然资源和规划局\n", shown)
    assert re.search(r"信访形式 +来访\n", shown)
    assert re.search(r"联系电话 +138\*+1111\n", shown)


def test_a_list_fits_the_terminal(
    chinese: None, tiji: Run, case: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    case("open", "", FIO, "--title", "路灯无人管养" * 20)
    wide = tiji("case", "list").stdout
    assert "市住建局 孟望舒  剩 1 天 6 小时  明天 17:30" in wide
    monkeypatch.setenv("COLUMNS", "80")
    [line] = tiji("case", "list").stdout.splitlines()
    assert width(line) <= 80
    assert line.endswith("…")


def test_matters_are_listed_with_words(chinese: None, tiji: Run) -> None:
    listed = tiji("matters", "list").stdout
    assert re.search(r"● +petitions\.other +历史遗留 +其他信访积案", listed)
    assert "[" not in listed
    shown = tiji("matters", "show", "petitions.other").stdout
    assert re.search(r"id_number +身份证号 \*", shown)
    assert re.search(r"1 首问负责人 +姜婉仪（petitions_bureau_fio） +限 1 个工作日", shown)


def test_the_organisation_names_portfolios(chinese: None, tiji: Run) -> None:
    shown = tiji("org", "show").stdout
    assert re.search(r"蔡疏影（vice_mayor_2） +分管市自规局、市住建局", shown)
    assert re.search(r"武子衿（natural_resources_deputy1） +不动产登记科、用地管理科", shown)


def test_a_new_holder_is_told_by_a_code_and_shown_in_words(
    chinese: None, tiji: Run, case: Callable[..., Json], tmp_path: Path
) -> None:
    number = case("open")["number"]
    case("escalate", number)
    demo = Path(rules.__file__).parents[1] / "demo" / "yunchuan.yaml"
    lines = demo.read_text(encoding="utf-8").splitlines()
    changed = tmp_path / "changed.yaml"
    changed.write_text(
        "\n".join(line.replace("code: housing_head1", "code: housing_head9") for line in lines),
        encoding="utf-8",
    )
    tiji("org", "load", str(changed))
    detail = data(tiji("case", "show", number, "--json"))
    [event] = [e for e in detail["events"] if e["kind"] == "holder_changed"]
    assert event["data"]["reason"] == "post_changed"
    assert "事由：岗位换人" in tiji("case", "show", number).stdout


def test_data_keep_their_codes(chinese: None, tiji: Run, case: Callable[..., Json]) -> None:
    number = case("open")["number"]
    listed = data(tiji("case", "list", "--json"))["cases"][0]
    assert (listed["status"], listed["department"]) == ("open", "housing")
    assert data(tiji("case", "show", number, "--json"))["missing"] == ["id_number", "mobile", "way"]
    assert WORDS.keys() < rules.ALLOWED.keys()
