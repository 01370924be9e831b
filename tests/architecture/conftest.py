"""Where the code stands, and what a Python file of it imports: read, never executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "tiji"


@dataclass(frozen=True)
class Source:
    """One Python file: its dotted name, and its tree."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def where(self) -> str:
        """Name the file as a reader finds it."""
        return self.path.relative_to(ROOT).as_posix()

    def imports(self, lazy: bool = True) -> Iterator[str]:
        """Give the modules and names imported at run time; ``lazy`` ones inside functions too."""
        left_out = {
            id(inner)
            for node in ast.walk(self.tree)
            if (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
            or (isinstance(node, ast.FunctionDef) and not lazy)
            for inner in ast.walk(node)
        }
        for node in ast.walk(self.tree):
            if id(node) in left_out:
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def read(folder: Path) -> tuple[Source, ...]:
    """Read every Python file below a folder; names begin with the folder's own."""
    return tuple(
        Source(
            path,
            ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(
                ".__init__"
            ),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for path in sorted(folder.rglob("*.py"))
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the repository."""
    return ROOT


@pytest.fixture(scope="session")
def plugin_folders() -> list[Path]:
    """Give the folder of every plugin's distribution."""
    return sorted(path.parent for path in (ROOT / "plugins").glob("*/setup.cfg"))


@pytest.fixture(scope="session")
def core() -> tuple[Source, ...]:
    """Give core's files."""
    return read(CORE)


@pytest.fixture(scope="session")
def packages(plugin_folders: list[Path]) -> list[Path]:
    """Give the packages that are shipped: core's, and each plugin's."""
    return [CORE, *(folder / f"tiji_{folder.name}" for folder in plugin_folders)]


@pytest.fixture(scope="session")
def shipped(packages: list[Path]) -> list[Source]:
    """Give every Python file that is shipped."""
    return [source for package in packages for source in read(package)]


@pytest.fixture(scope="session")
def read_folder() -> Callable[[Path], tuple[Source, ...]]:
    """Give the reader of a folder's Python files."""
    return read
