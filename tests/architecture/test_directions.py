"""Imports run one way: features stand on features below them, plugins on the public API."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

#: Core from the bottom to the top: a module imports from its own line or from lines above it
#: in this table, that is from below. The longest name that fits decides.
LAYERS = (
    ("tiji", "tiji.errors", "tiji.i18n", "tiji.clock", "tiji.config", "tiji.crypto",
     "tiji.privacy", "tiji.signals", "tiji.runtime", "tiji.bulk", "tiji.canonical",
     "tiji.logs", "tiji.metrics", "tiji.cursor"),
    ("tiji.stations",),
    ("tiji.forms",),
    ("tiji.db",),
    ("tiji.plugins.types", "tiji.plugins.specs"),
    ("tiji.jobs",),
    ("tiji.events",),
    ("tiji.search",),
    ("tiji.people",),
    ("tiji.accounts",),
    ("tiji.drafts",),
    ("tiji.matters",),
    ("tiji.attachments.model", "tiji.portal.model"),
    ("tiji.plugins",),
    ("tiji.cases",),
    ("tiji.attachments",),
    ("tiji.notices",),
    ("tiji.portal",),
    ("tiji.intake",),
    ("tiji.organisation", "tiji.publishing", "tiji.duties"),
    ("tiji.app", "tiji.migrations"),
    ("tiji.watch",),
    ("tiji.backup",),
    ("tiji.demo",),
    ("tiji.web", "tiji.bench"),
    ("tiji.cli",),
    ("tiji.api",),
    ("tiji.testing",),
)  # fmt: skip
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

#: The one import that runs up, inside a function: a commit announces what it holds.
UPWARDS = {("tiji.db", "tiji.events.dispatch")}

#: What each room of a feature folder must not import.
CLOSED = {
    "rules": ("flask", "sqlalchemy", "tiji.db", "tiji.runtime", ".model", ".queries", ".actions"),
    "model": (".queries", ".actions"),
    "queries": (".actions",),
}
FEATURES = (
    *("stations", "search", "people", "accounts", "drafts", "matters", "jobs", "events", "cases"),
    *("attachments", "notices", "portal", "intake"),
)

#: The bureaus of the demo city and their plugins: core works in a city that has none of them.
BUREAUS = (
    *("petitions", "natural_resources", "data_bureau", "housing", "human_resources"),
    *("urban_management", "market_regulation", "private_economy", "信访", "自然资源", "住建"),
)
#: `tiji init --demo` names the ledger that the demo city keeps.
DEMO_LINE = ("tiji.cli.start", "petitions.backlog")


def _level(name: str) -> int:
    if name == "tiji.__version__":
        return 0
    found = name
    while found not in LEVEL:
        found = found.rpartition(".")[0]
    assert found != "tiji" or name == "tiji", f"{name} stands in no layer: add it to LAYERS"
    return LEVEL[found]


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_imports_in_core_run_down(core: Iterable[Source]) -> None:
    wrong = [
        f"{source.where} imports {name}"
        for source in core
        for name in source.imports()
        if _within(name, "tiji")
        and _level(name) > _level(source.name)
        and (source.name, name) not in UPWARDS
    ]
    assert wrong == []


def test_no_modules_of_core_import_each_other_in_a_circle(core: Iterable[Source]) -> None:
    modules = {source.name for source in core}

    def module_of(name: str) -> str:
        return name if name in modules else name.rpartition(".")[0]

    graph = {
        source.name: {
            module_of(name) for name in source.imports(lazy=False) if _within(name, "tiji")
        }
        - {source.name}
        for source in core
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None


def test_rules_know_no_database_and_rooms_import_only_rooms_below(core: Iterable[Source]) -> None:
    wrong = []
    for source in core:
        parts = source.name.split(".")
        if len(parts) < 3 or parts[1] not in FEATURES:
            continue
        for name in source.imports():
            for closed in CLOSED.get(parts[2], ()):
                room = f"tiji.{parts[1]}{closed}" if closed.startswith(".") else closed
                if _within(name, room):
                    wrong.append(f"{source.where} imports {name}")
    assert wrong == []


def test_only_the_faces_know_the_command_line(core: Iterable[Source]) -> None:
    faces = ("tiji.cli", "tiji.api", "tiji.testing")
    wrong = [
        f"{source.where} imports {name}"
        for source in core
        if not source.name.startswith(faces)
        for name in source.imports()
        if _within(name, "tiji.cli") or _within(name, "click")
        if source.name != "tiji.plugins.loader" or not name.startswith("click")
    ]
    assert wrong == []


def test_a_plugin_imports_the_public_api_and_no_other_plugin(
    plugin_folders: list[Path], read_folder
) -> None:
    wrong = []
    for folder in plugin_folders:
        own = f"tiji_{folder.name}"
        for source in (*read_folder(folder / own), *read_folder(folder / "tests")):
            allowed = ["tiji.api", own, *(["tiji.testing"] if "tests" in source.name else [])]
            wrong += [
                f"{source.where} imports {name}"
                for name in source.imports()
                if name.startswith("tiji") and not any(_within(name, one) for one in allowed)
            ]
    assert wrong == []


def test_core_names_no_bureau(core: Iterable[Source]) -> None:
    wrong = []
    for source in core:
        if _within(source.name, "tiji.demo"):  # the demo city has bureaus, and names them
            continue
        documents = _documents(source.tree)
        for node in ast.walk(source.tree):
            text = _text(node)
            is_help = "Example: " in text or text.startswith("--")
            if isinstance(node, ast.Constant) and (id(node) in documents or is_help):
                continue  # what people read may show a bureau; what runs may not
            if (source.name, text) == DEMO_LINE:
                continue
            wrong += [f"{source.where}: {text[:60]}" for name in BUREAUS if name in text]
    assert wrong == []


def _documents(tree: ast.Module) -> set[int]:
    """Find the docstrings."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.ImportFrom):
        return f"{node.module}.{node.names[0].name}"
    return str(getattr(node, "id", getattr(node, "name", getattr(node, "attr", ""))) or "")
