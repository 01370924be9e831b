"""The plugin guide is true: its files build, install and work as it says."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from tiji.testing.databases import Databases
from tiji.testing.postgres import GIVEN
from tiji.testing.pytest_plugin import START

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "plugin-guide.md"
FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORM = {"building": "翠湖花园3栋", "households": 12, "agreed": 3}


#: Runs commands one after the other in one process, as a shell's user does in several.
DRIVER = """
import json, sys
from click.testing import CliRunner
from tiji.cli import main
for words in json.load(sys.stdin):
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    print(json.dumps([done.exit_code, done.stdout, done.stderr]))
"""


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Read the JSON that the command printed."""
        assert self.code in (0, 3), self.err
        return json.loads(self.out)


class Installed:
    """The guide's plugin beside Tiji in an environment of its own, and a city to use it in."""

    def __init__(self, source: Path, site: Path, place: dict[str, str]) -> None:
        self.source = source
        self.place = place
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            **place,
            "TIJI_CLOCK": START.isoformat(),
            "TIJI_LANG": "en",
            "TIJI_STRICT": "1",
        }

    def python(self, *words: str, given: str = "") -> str:
        """Run Python in the environment and return what it prints."""
        done = subprocess.run(
            [sys.executable, *words],
            env=self.environment,
            cwd=self.source,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tiji(self, *commands: tuple[str, ...]) -> list[Answer]:
        """Run ``tiji`` with these words, one command after the other."""
        printed = self.python("-c", DRIVER, given=json.dumps(commands))
        return [Answer(*json.loads(line)) for line in printed.splitlines()]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of the guide, and nothing else, into a folder."""
    folder = tmp_path_factory.mktemp("elevators")
    for name, content in FILE.findall(GUIDE.read_text(encoding="utf-8")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the distribution into a folder, without network."""
    target = tmp_path_factory.mktemp("site")
    # Older setuptools builds a wheel only beside the distribution `wheel`; without a build
    # backend at hand the files are laid where an installer would leave them.
    if importlib.util.find_spec("setuptools") and importlib.util.find_spec("wheel"):
        copy = shutil.copytree(source, tmp_path_factory.mktemp("build") / "elevators")
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
        pip = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(copy)]
        subprocess.run(pip, check=True, capture_output=True)
        return target
    config = configparser.ConfigParser()
    config.read(source / "setup.cfg", encoding="utf-8")
    shutil.copytree(source / "tiji_elevators", target / "tiji_elevators")
    info = target / "tiji_elevators-0.1.0.dist-info"
    info.mkdir()
    metadata = "Metadata-Version: 2.1\nName: tiji-elevators\nVersion: 0.1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    entry = config["options.entry_points"]["tiji.plugins"].strip()
    (info / "entry_points.txt").write_text(f"[tiji.plugins]\n{entry}\n", encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def prepared(
    source: Path,
    site: Path,
    databases: Databases,
    template_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Bring a city that ran without the plugin up to date with it."""
    home = databases.copy_home(template_home, tmp_path_factory.mktemp("city") / "home")
    place = databases.environment(home)
    pending, done = Installed(source, site, place).tiji(("db", "pending", "--json"), ("init",))
    assert [step["owner"] for step in pending.data["pending"]] == ["elevators"]
    assert done.code == 0, done.err
    return home


@pytest.fixture
def installed(
    source: Path, site: Path, databases: Databases, prepared: Path, tmp_path: Path
) -> Iterator[Installed]:
    """Give a copy of that city, with the plugin."""
    home = databases.copy_home(prepared, tmp_path / "city")
    yield Installed(source, site, databases.environment(home))
    databases.drop(home)


NUMBER = "TJ2026000001"
OPEN = (
    *("case", "open", "--matter", "elevators.objection", "--title", "翠湖花园3栋加装电梯"),
    *("--content", "一楼反对", "--client-name", "张某某", "--client-kind", "citizen"),
    *("--data", json.dumps(FORM), "--as", "housing_fio", "--json"),
)
COMPLETE = (
    *("case", "complete", NUMBER, "--as", "housing_fio", "--outcome", "done"),
    *("--result", "已竣工", "--feedback", "已告知", "--json"),
)


def test_the_plugin_is_active_with_its_matters_and_ledger(installed: Installed) -> None:
    listed, matters, ledgers = installed.tiji(
        ("plugins", "list", "--json"), ("matters", "list", "--json"), ("ledgers", "--json")
    )
    states = {plugin["name"]: plugin for plugin in listed.data["plugins"]}
    assert states["elevators"] == {
        "name": "elevators", "version": "0.1.0", "state": "active", "reason": "",
        "without_pages": "",
    }  # fmt: skip
    assert states.keys() > {folder.parent.name for folder in ROOT.glob("plugins/*/setup.cfg")}
    assert {plugin["state"] for plugin in states.values()} == {"active"}
    own = {m["code"]: m for m in matters.data["matters"] if m["plugin"] == "elevators"}
    assert set(own) == {"elevators.objection", "elevators.no_rule", "elevators.other"}
    assert all(matter["active"] for matter in own.values())
    assert [step["limit"] for step in own["elevators.no_rule"]["ladder"]] == [2, 1, 2, 3, 5]
    assert "elevators.requests" in {ledger["code"] for ledger in ledgers.data["ledgers"]}


def test_a_case_shows_its_panel_and_is_guarded_until_the_command_lifts_it(
    installed: Installed,
) -> None:
    consent = ("elevators", "consent", NUMBER, "--as", "housing_fio", "--agreed", "9", "--json")
    opened, denied, agreed, done = installed.tiji(OPEN, COMPLETE, consent, COMPLETE)
    assert (opened.data["number"], opened.data["department"]) == (NUMBER, "housing")
    assert [panel["facts"] for panel in opened.data["panels"]] == [{"Consent": "3/12"}]
    assert denied.code == 4
    assert "two thirds" in denied.err
    assert agreed.data["agreed"] == 9
    assert done.data["status"] == "answered"
    kinds = [event["kind"] for event in done.data["events"]]
    assert kinds == ["case_opened", "elevators.consent_recorded", "case_answered"]
    assert [panel["facts"] for panel in done.data["panels"]] == [{"Consent": "9/12"}]


def test_its_ledger_is_imported_with_what_the_plugin_keeps(
    installed: Installed, tmp_path: Path
) -> None:
    path = tmp_path / "申请台账.xlsx"
    installed.tiji(("ledgers", "template", "elevators.requests", str(path)))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = [str(cell.value) for cell in sheet[1]]
    lines = (("李某某", "铜都名苑5栋", "十八户"), ("王某", "矿工新村2栋", "１８户"))
    for line, (who, building, count) in enumerate(lines, 3):
        for name, value in {
            "申请编号": f"JZ-00{line}", "申请人": who, "小区楼栋": building, "总户数": count,
        }.items():  # fmt: skip
            column = next(n for n, text in enumerate(headings, 1) if text.startswith(name))
            sheet.cell(line, column, value)
    book.save(path)
    imported, first, second = installed.tiji(
        ("import", "elevators.requests", str(path), "--json"),
        ("case", "show", NUMBER, "--json"),
        ("case", "show", "TJ2026000002", "--json"),
    )
    assert (imported.code, imported.data["read"], imported.data["imported"]) == (3, 3, 2)
    assert [(e["row"], e["column"]) for e in imported.data["rejected"]] == [(3, "总户数")]
    assert [first.data["title"], second.data["title"]] == [
        "翠湖花园3栋加装电梯",
        "矿工新村2栋加装电梯",
    ]
    assert [panel["facts"] for panel in second.data["panels"]] == [{"Consent": "0/18"}]


def test_its_own_tests_pass(installed: Installed, pytestconfig: pytest.Config) -> None:
    installed.environment[GIVEN] = installed.place.get("TIJI_DATABASE_URL", "")
    database = ("--database", pytestconfig.getoption("--database"))
    told = installed.python("-m", "pytest", "-v", "-p", "no:cacheprovider", *database, "tests")
    assert "TestContract::test_removing_it_leaves_its_cases_readable PASSED" in told


def test_it_goes_and_its_cases_stay_until_it_comes_back(
    installed: Installed, tmp_path: Path
) -> None:
    installed.tiji(OPEN)
    (removed,) = installed.tiji(("db", "downgrade", "elevators", "--yes"))
    assert removed.code == 0, removed.err
    without = Installed(installed.source, tmp_path / "nothing-installed", installed.place)
    listed, shown, verified = without.tiji(
        ("plugins", "list", "--json"), ("case", "show", NUMBER, "--json"),
        ("events", "verify", "--json"),
    )  # fmt: skip
    assert "elevators" not in {plugin["name"] for plugin in listed.data["plugins"]}
    assert shown.data["title"] == "翠湖花园3栋加装电梯"
    assert verified.data["bad"] == []
    upgraded, back = installed.tiji(("db", "upgrade"), ("case", "show", NUMBER, "--json"))
    assert "1 case" in upgraded.out
    assert [panel["facts"] for panel in back.data["panels"]] == [{"Consent": "3/12"}]
