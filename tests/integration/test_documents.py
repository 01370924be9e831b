"""What the documents show is true: their files load, both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from tiji.cli import main
from tiji.crypto import make_key
from tiji.stations.calendar_files import read_overrides

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADMINISTRATION = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", ADMINISTRATION, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_organisation_file_of_the_guide_loads(tmp_path: Path, empty_home: Path) -> None:
    city = tmp_path / "city.yaml"
    city.write_text(_block("yaml"), encoding="utf-8")
    make_key(empty_home)
    env = {"TIJI_CLOCK": "2026-11-23T09:00"}
    assert CliRunner().invoke(main, ["init"], env=env).exit_code == 0
    loaded = CliRunner().invoke(main, ["org", "load", str(city)], env=env)
    assert loaded.exit_code == 0, loaded.output
    assert loaded.output.startswith("3 departments, 1 sections, 9 officers, 10 posts.")


def test_the_calendar_file_of_the_guide_is_read(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(_block("toml"), encoding="utf-8")
    overrides = read_overrides(tmp_path)
    assert overrides.years == {2027}
    assert len(overrides.days) == 10
    assert len(overrides.hours) == 1


def test_the_readme_says_the_same_in_both_languages() -> None:
    english, chinese = README.split("\n## 中文\n")
    shell = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    commands = [
        [re.sub(r"\s+#.*", "", line) for block in shell.findall(half) for line in block.split("\n")]
        for half in (english, chinese)
    ]
    assert commands[0] == commands[1]
    for level in ("### ", "](docs/"):
        assert english.count(level) == chinese.count(level)


def test_the_readme_names_every_setting() -> None:
    sources = [ROOT / "core" / "tiji" / name for name in ("config.py", "i18n.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r'"(TIJI_[A-Z_]+)"', source.read_text(encoding="utf-8"))
    }
    for half in README.split("\n## 中文\n"):
        assert set(re.findall(r"^\| `(TIJI_[A-Z_]+)`", half, re.MULTILINE)) == read
