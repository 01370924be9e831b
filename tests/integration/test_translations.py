"""The Chinese catalogue holds every message, says the same, and is what people see."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner, Result

from tiji.cli import main
from tiji.i18n import LOCALE_VARIABLES

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "tiji"
#: Signs that Chinese text writes full-width after a Chinese character; click adds to "用法:".
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;?!(]|(?<!用)[\u4e00-\u9fff]:|[\u4e00-\u9fff]\.(?!\w)")


def _load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "scripts" / "catalogue.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = _load_script()


@pytest.fixture(scope="module", params=script.PACKAGES, ids=lambda package: package.name)
def package(request: pytest.FixtureRequest) -> Path:
    """Give core, and each plugin."""
    found: Path = request.param
    return found


@pytest.fixture(scope="module")
def chinese(package: Path) -> Catalog:
    with script.catalogue_of(package).open("rb") as file:
        return read_po(file, locale="zh_Hans")


@pytest.fixture(scope="module")
def sources(package: Path) -> list[Message]:
    found: list[Message] = script.messages(script.source_messages(package))
    assert len(found) > (400 if package == CORE else 10)
    return found


def test_a_text_is_said_in_one_way() -> None:
    """All catalogues are one for a page, and core's words win: no plugin's may differ from them."""
    said: dict[str, dict[str, str]] = {}
    for package in script.PACKAGES:
        with script.catalogue_of(package).open("rb") as file:
            for (form, *_plural), text in pairs(read_po(file, locale="zh_Hans")):
                said.setdefault(form, {})[package.name] = text
    assert {form: texts for form, texts in said.items() if len(set(texts.values())) > 1} == {}


def pairs(chinese: Catalog) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give each message's source text, with its plural if it has one, and the Chinese text."""
    for message in script.messages(chinese):
        [text] = script.texts(message, "string")
        yield tuple(script.texts(message, "id")), text


def test_every_message_has_a_translation(chinese: Catalog, sources: list[Message]) -> None:
    translated = {m.id for m in script.messages(chinese) if all(script.texts(m, "string"))}
    missing = [m.id for m in sources if m.id not in translated]
    assert not missing, "run scripts/translate, then translate what it lists"


def test_no_translation_is_obsolete_or_fuzzy(chinese: Catalog, sources: list[Message]) -> None:
    assert {m.id for m in script.messages(chinese)} == {m.id for m in sources}
    assert not chinese.obsolete
    assert not [m.id for m in chinese if m.id and m.fuzzy]


def _placeholders(text: str) -> set[str]:
    braces = {
        f"{name}!{conversion}:{form}"
        for _text, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    }
    return braces | set(re.findall(r"%\(\w+\)\w", text))


def test_translations_keep_the_placeholders(chinese: Catalog) -> None:
    for forms, text in pairs(chinese):
        assert _placeholders(text) in [_placeholders(form) for form in forms], text


def test_translations_keep_what_is_typed(chinese: Catalog) -> None:
    """Commands, options and example lines are typed as they stand, in either language."""
    for [form, *_plural], text in pairs(chinese):
        typed = re.findall(r"`[^`]+`", form) + re.findall(r"Example: (tiji .+)", form)
        assert [words for words in typed if words not in text] == [], text
        assert "Example: " not in text


def test_translations_are_chinese_with_full_width_signs(chinese: Catalog) -> None:
    for _forms, text in pairs(chinese):
        prose = re.sub(r"`[^`]+`|(?m:^\s*示例：.*$)", "", text)
        assert not HALF_WIDTH.search(prose), text
        prose = re.sub(r"\d{4}年(?:\d+月)?|12次", "", prose)  # as ledgers have them
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", prose), text


def test_translations_break_lines_between_paragraphs_only(chinese: Catalog) -> None:
    """A line that goes on gets a space where a terminal joins it, and Chinese has none there."""
    for _forms, text in pairs(chinese):
        assert not re.search(r"[\u4e00-\u9fff，。：；、）”]\n *(?!示例)[^\s]", text), text


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(part)


@pytest.mark.parametrize("package", script.PACKAGES[1:], ids=lambda package: package.name)
def test_matters_are_told_with_full_width_signs(package: Path) -> None:
    matters = tomllib.loads((package / "matters.toml").read_text(encoding="utf-8"))
    texts = list(_texts_in(matters))
    assert len(texts) > 40
    assert [text for text in texts if HALF_WIDTH.search(text)] == []


def test_compiled_catalogue_is_the_committed_one(chinese: Catalog, package: Path) -> None:
    with script.catalogue_of(package).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert dict(pairs(compiled)) == dict(pairs(chinese))


def _unreadable(source: str) -> list[int]:
    """Give the lines of ``_()`` and ``N_()`` that extraction cannot read.

    Each is given a plain text outside an f"", or ``_()`` the name of one that ``N_()`` marks.
    """
    tree = ast.parse(source)
    inside = {
        id(node) for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for node in ast.walk(f)
    }
    return [
        call.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in ("_", "N_")
        if len(call.args) != 1
        or not _is_readable(call.func.id, call.args[0], in_f_string=id(call) in inside)
    ]


def _is_readable(by: str, given: ast.expr, *, in_f_string: bool) -> bool:
    if by == "_":
        if isinstance(given, ast.Call):  # a look-up in a table, or a text that is Any
            return ast.unparse(given.func) == "str" or ast.unparse(given.func).endswith(".get")
        if isinstance(given, ast.Name | ast.Attribute | ast.Subscript):
            return True
    return isinstance(given, ast.Constant) and isinstance(given.value, str) and not in_f_string


@pytest.mark.parametrize(
    "source",
    [
        *('_(f"no {x}")', 'f"{_("no")}"', "_('no' + x)", "_('no {x}'.format(x=x))"),
        *("_(choose(x))", "N_(text)", "N_('no' + x)", "_(1)"),
    ],
)
def test_texts_that_cannot_be_extracted_are_found(source: str) -> None:
    source = source.replace('{_("no")}', "{_('no')}")
    assert _unreadable(source) == [1]


@pytest.mark.parametrize(
    "source", ["_('no')", "N_('no')", "_(text)", "_(texts.get(x))", "_(a.text)"]
)
def test_texts_that_are_marked_elsewhere_may_be_named(source: str) -> None:
    assert _unreadable(source) == []


def test_messages_are_plain_texts(package: Path) -> None:
    files = {path: _unreadable(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")}
    assert {path: lines for path, lines in files.items() if lines} == {}


@pytest.mark.parametrize(
    ("folder", "message"),
    [("tiji", "What is the trouble?"), ("tiji_natural_resources", "No estate has this name.")],
)
def test_templates_messages_are_extracted(folder: str, message: str) -> None:
    [package] = [package for package in script.PACKAGES if package.name == folder]
    assert message in {m.id for m in script.messages(script.source_messages(package))}
    assert not any(message in path.read_text(encoding="utf-8") for path in package.rglob("*.py"))


def _tiji(locale: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own: it writes help in one language."""
    kept = {k: v for k, v in os.environ.items() if k not in (*LOCALE_VARIABLES, "LANGUAGE")}
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments],
        env=kept | {"PYTHONUTF8": "1"} | locale,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [(), ("case", "refuse"), ("import",)])
def test_help_is_in_the_readers_language(arguments: tuple[str, ...]) -> None:
    chinese = _tiji({"TIJI_LANG": "zh"}, *arguments, "--help").stdout
    english = _tiji({"TIJI_LANG": "en", "LANG": "zh_CN.UTF-8"}, *arguments, "--help")
    assert "用法: " in chinese
    assert "示例：tiji" in chinese
    assert "显示这段说明后退出。" in chinese
    assert not re.search(r"Usage|Options:|Example|Show|Print", chinese)
    assert "Usage: " in english.stdout
    assert "Show this message and exit." in english.stdout
    assert not re.search("用法|选项|示例|显示", english.stdout)


REFUSE = (
    *("case", "refuse", "TJ2026000001", "--as", "housing_fio", "--reasons", "未满五年"),
    *("--basis", "某办法第三条", "--way-forward", "满五年再申请 :: 李科长", "--feedback", "已告知"),
)


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a way to run commands on the demo city, as somebody with a locale does."""
    monkeypatch.setenv("TIJI_CLOCK", "2026-11-23T09:00")

    def run(locale: dict[str, str], *arguments: str) -> Result:
        for name in LOCALE_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in locale.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, arguments)

    return run


def test_a_case_and_its_rules_speak_the_readers_language(run: Callable[..., Result]) -> None:
    opened = run(
        {},
        *("case", "open", "--matter", "petitions.other", "--title", "电梯", "--content", "无"),
        *("--client-name", "张某某", "--client-kind", "citizen", "--as", "housing_fio"),
    )
    assert opened.exit_code == 0, opened.output
    assert re.search(r"状态 +待办\n", opened.stdout)
    assert "孟望舒  登记  渠道：首问登记；" in opened.stdout
    chinese: list[dict[str, str]] = [{"LANG": "zh_CN.UTF-8"}, {"LANG": "C"}, {"LC_ALL": "C"}, {}]
    for locale in chinese:
        refused = run(locale, *REFUSE)
        assert refused.exit_code == 4
        assert "第 1 站（首问负责人）不说“不”" in refused.stderr
    refused = run({"LANG": "en_US.UTF-8"}, *REFUSE)
    assert refused.exit_code == 4
    assert "never says no" in refused.stderr

    english = run({"TIJI_LANG": "en"}, "case", "show", "TJ2026000001")
    assert re.search(r"status +open\n", english.stdout)
    for code in ("zh", "en"):
        shown = json.loads(
            run({"TIJI_LANG": code}, "case", "show", "TJ2026000001", "--json").stdout
        )
        assert (shown["status"], shown["events"][0]["kind"]) == ("open", "case_opened")


def test_wrong_usage_is_told_in_chinese() -> None:
    wrong = _tiji({}, "case", "take")
    assert wrong.returncode == 2
    assert "错误：缺少参数 'NUMBER'" in wrong.stderr
