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
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tiji.testing.pytest_plugin import START

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "plugin-guide.md"
FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORM = {"building": "翠湖花园3栋", "households": 12, "agreed": 3}


class Installed:
    """The guide's plugin beside Tiji in an environment of its own, and a city to use it in."""

    def __init__(self, source: Path, site: Path, home: Path) -> None:
        self.source = source
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(site),
            "TIJI_HOME": str(home),
            "TIJI_CLOCK": START.isoformat(),
            "TIJI_LANG": "en",
            "TIJI_STRICT": "1",
        }

    def run(self, *command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run Python in the environment; fail with what it printed on another exit code."""
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            cwd=self.source,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def tiji(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run ``tiji``."""
        return self.run("-c", "from tiji.cli import main; main()", *words, code=code)

    def json(self, *words: str, code: int = 0) -> Any:
        """Run ``tiji`` and read the JSON that it prints."""
        return json.loads(self.tiji(*words, "--json", code=code).stdout)


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
    if importlib.util.find_spec("setuptools"):
        copy = shutil.copytree(source, tmp_path_factory.mktemp("build") / "elevators")
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
        pip = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(copy)]
        subprocess.run(pip, check=True, capture_output=True)
        return target
    # Without a build backend at hand: what an installer would leave there.
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
def prepared(source: Path, site: Path, template_home: Path, tmp_path_factory: Any) -> Path:
    """Bring a city that ran without the plugin up to date with it."""
    home = Path(shutil.copytree(template_home, tmp_path_factory.mktemp("city") / "home"))
    city = Installed(source, site, home)
    assert [step["owner"] for step in city.json("db", "pending")["pending"]] == ["elevators"]
    city.tiji("init")
    return home


@pytest.fixture
def installed(source: Path, site: Path, prepared: Path, tmp_path: Path) -> Installed:
    """Give a copy of that city, with the plugin."""
    return Installed(source, site, Path(shutil.copytree(prepared, tmp_path / "city")))


def _open(city: Installed) -> Any:
    matter = ("--matter", "elevators.objection", "--title", "翠湖花园3栋加装电梯")
    client = ("--content", "一楼反对", "--client-name", "张某某", "--client-kind", "citizen")
    form = ("--data", json.dumps(FORM))
    return city.json("case", "open", *matter, *client, *form, "--as", "housing_fio")


def test_the_plugin_is_active_with_its_matters_and_ledger(installed: Installed) -> None:
    states = {p["name"]: p for p in installed.json("plugins", "list")["plugins"]}
    assert states["elevators"] == {
        "name": "elevators", "version": "0.1.0", "state": "active", "reason": "",
    }  # fmt: skip
    assert states["petitions"]["state"] == "active"
    matters = {m["code"]: m for m in installed.json("matters", "list")["matters"]}
    own = {code for code, matter in matters.items() if matter["plugin"] == "elevators"}
    assert own == {"elevators.objection", "elevators.no_rule", "elevators.other"}
    assert all(matters[code]["active"] for code in own)
    assert [step["limit"] for step in matters["elevators.no_rule"]["ladder"]] == [2, 1, 2, 3, 5]
    assert "elevators.requests" in {led["code"] for led in installed.json("ledgers")["ledgers"]}


def test_a_case_shows_its_panel_and_is_guarded_until_the_command_lifts_it(
    installed: Installed,
) -> None:
    case = _open(installed)
    assert case["department"] == "housing"
    assert [panel["facts"] for panel in case["panels"]] == [{"Consent": "3/12"}]
    complete = ("case", "complete", case["number"], "--as", "housing_fio", "--outcome", "done")
    answer = ("--result", "已竣工", "--feedback", "已告知")
    assert "two thirds" in installed.tiji(*complete, *answer, code=4).stderr
    consent = ("elevators", "consent", case["number"], "--as", "housing_fio", "--agreed", "9")
    assert installed.json(*consent)["agreed"] == 9
    done = installed.json(*complete, *answer)
    assert (done["status"], done["panels"][0]["facts"]) == ("answered", {"Consent": "9/12"})


def test_its_ledger_is_imported_with_what_the_plugin_keeps(
    installed: Installed, tmp_path: Path
) -> None:
    path = tmp_path / "申请台账.xlsx"
    installed.tiji("ledgers", "template", "elevators.requests", str(path))
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
    report = installed.json("import", "elevators.requests", str(path), code=3)
    assert (report["read"], report["imported"]) == (3, 2)
    assert [(entry["row"], entry["column"]) for entry in report["rejected"]] == [(3, "总户数")]
    cases = installed.json("case", "list")["cases"]
    mine = next(case for case in cases if "矿工新村2栋" in case["title"])
    panels = installed.json("case", "show", mine["number"])["panels"]
    assert [panel["facts"] for panel in panels] == [{"Consent": "0/18"}]


def test_its_own_tests_pass(installed: Installed) -> None:
    installed.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests")


def test_it_goes_and_its_cases_stay(installed: Installed) -> None:
    number = _open(installed)["number"]
    installed.tiji("db", "downgrade", "elevators", "--yes")
    gone = Installed(installed.source, installed.source / "nowhere", Path())
    gone.environment["TIJI_HOME"] = installed.environment["TIJI_HOME"]
    assert [p["name"] for p in gone.json("plugins", "list")["plugins"]] == ["petitions"]
    assert gone.json("case", "show", number)["title"] == "翠湖花园3栋加装电梯"
    assert gone.json("events", "verify")["bad"] == []
