"""What must be whole: plugins, hooks, the help of every command, and what a wheel carries."""

from __future__ import annotations

import importlib.util
import inspect
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import click
import pytest

from tiji.cli import main
from tiji.plugins import specs
from tiji.plugins.loader import GROUP, HOOKS, Plugins


def _plugin_modules(folders: list[Path]) -> list[ModuleType]:
    """Import the bureaus' plugins that are installed; another test says which are not."""
    names = {folder.name for folder in folders}
    return [entry.load() for entry in entry_points(group=GROUP) if entry.name in names]


def _signature(hook: str) -> str:
    """Write a hook as the guide's heading shows it."""
    return hook + str(inspect.signature(getattr(specs, hook))).replace("'", "")


def test_every_plugin_is_listed_installed_and_loads(root: Path, plugin_folders: list[Path]) -> None:
    listed = (root / "requirements.txt").read_text(encoding="utf-8").split("\n")
    installed = {entry.name for entry in entry_points(group=GROUP)}
    names = [folder.name for folder in plugin_folders]
    assert names
    assert [name for name in names if f"-e ./plugins/{name}" not in listed] == []
    assert [name for name in names if name not in installed] == []
    assert Plugins.load(tuple(names), strict=True).active == tuple(names)


def test_every_plugin_folder_holds_what_a_distribution_needs(plugin_folders: list[Path]) -> None:
    needed = ("setup.cfg", "pyproject.toml", "README.md", "tests", "tiji_{}/plugin.py",
              "tiji_{}/matters.toml", "tiji_{}/py.typed")  # fmt: skip
    missing = [
        f"{folder.name}/{name.format(folder.name)}"
        for folder in plugin_folders
        for name in needed
        if not (folder / name.format(folder.name)).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_is_documented_used_and_tested(
    hook: str, root: Path, plugin_folders: list[Path]
) -> None:
    guide = (root / "docs" / "plugin-guide.md").read_text(encoding="utf-8")
    assert f"### `{_signature(hook)}`\n" in guide
    assert any(hasattr(module, hook) for module in _plugin_modules(plugin_folders))
    tests = [path for path in (root / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(re.search(rf"\b{hook}\b", path.read_text(encoding="utf-8")) for path in tests)


def _commands(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group, info_name=path[-1])
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command, f"{name} is listed, but is no command"
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


@pytest.mark.usefixtures("home")
def test_every_command_has_help_with_an_example() -> None:
    silent = [
        " ".join(path)
        for path, command in [(("tiji",), main), *_commands(main, ("tiji",))]
        if f"{' '.join(path)} " not in f"{command.help} ".replace("\n", " ")
    ]
    assert silent == []


@pytest.mark.usefixtures("home")
def test_every_option_that_is_no_word_of_the_action_is_explained() -> None:
    bare = [
        f"{' '.join(path)} {option.opts[0]}"
        for path, command in _commands(main, ("tiji",))
        for option in command.params
        if isinstance(option, click.Option) and option.is_flag and not option.help
    ]
    assert bare == []


def _distributions(root: Path) -> list[tuple[Path, Path]]:
    """Give each distribution's folder and the package in it."""
    plugins = sorted(path.parent for path in (root / "plugins").glob("*/setup.cfg"))
    return [(root, root / "core" / "tiji"), *((p, p / f"tiji_{p.name}") for p in plugins)]


@pytest.fixture
def build(tmp_path: Path) -> Callable[[Path, Path], Path]:
    """Build the wheel of a copy of a distribution, without network."""
    if not (importlib.util.find_spec("setuptools") and importlib.util.find_spec("wheel")):
        pytest.skip("needs setuptools and wheel in this environment")
    unwanted = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "build", "dist")

    def run(folder: Path, package: Path) -> Path:
        source, wheels = tmp_path / "source", tmp_path / "wheels"
        inside = package.relative_to(folder)
        shutil.copytree(package, source / inside, ignore=unwanted)
        for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
            if (folder / name).exists():
                shutil.copy(folder / name, source / name)
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
        command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(wheels), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (wheel,) = wheels.glob("*.whl")
        return wheel

    return run


@pytest.mark.parametrize("index", range(len(_distributions(Path(__file__).parents[2]))))
def test_a_wheel_holds_the_trees_files(
    index: int, root: Path, build: Callable[[Path, Path], Path]
) -> None:
    folder, package = _distributions(root)[index]
    with zipfile.ZipFile(build(folder, package)) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    tree = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.parts[-1][0] != "."
    }
    tree = {name for name in tree if not any(p.startswith(".") for p in name.split("/"))}
    assert packed == tree
