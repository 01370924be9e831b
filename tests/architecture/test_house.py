"""The house rules that a reader relies on: size, names, docstrings, one clock, bound SQL."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

LONGEST = 400
#: Words that say nothing about what a module holds.
EMPTY_NAMES = re.compile(r"util|helper|manager|common|misc|^base$")
NOW = re.compile(r"\b(datetime\.(now|today|utcnow)|date\.today|time\.(time|localtime))\(")
#: A text that begins one of these calls is SQL.
SQL_CALLS = {"text", "execute", "executemany", "executescript", "exec_driver_sql"}
#: PRAGMA takes no bound values; the house's own are constants.
FIXED_SQL = ("PRAGMA ",)
#: Words at the start of a docstring that describe instead of telling what is done.
DESCRIBES = re.compile(r"(?:The|A|An|This|It|Returns?s|Gets|Gives|Makes|Checks|Reads|Codes)\b")
NOT_ENDING_IN_S = re.compile(r"(?:Pass|Process|Guess|Express|Address|Compress|Focus|Discuss)\b")

#: Tests of the file itself: that it is copied, damaged, moved away, locked.
OF_THE_FILE = {
    "tests/integration/test_database_copy.py",
    "tests/integration/test_doctor.py",
    "tests/scenarios/test_sqlite_clients.py",
    "tests/web/test_serve.py",
    "tests/web/test_status.py",
}

#: What belongs to somebody's machine or to a way of working, not to the project.
FOREIGN = re.compile(
    r"/(?:home|Users|root|work)/[\w.]+|[A-Z]:\\\\Users|"
    r"\b(?:this|last|next|an? earlier|the previous) session\b|"
    r"\b(?:Claude|ChatGPT|Copilot|language model)\b",
)
TEXT = {".py", ".md", ".toml", ".cfg", ".txt", ".yaml", ".yml", ".svg", ".html", ".sh", ".mako", ""}


def test_files_stay_under_400_lines(shipped: Iterable[Source]) -> None:
    long = {
        source.where: lines
        for source in shipped
        if (lines := source.path.read_text("utf-8").count("\n")) >= LONGEST
        and source.path.parent.name != "versions"  # a revision is written by a program, and stays
    }
    assert long == {}


def test_test_files_stay_readable_too(root: Path) -> None:
    files = [*(root / "tests").rglob("*.py"), *(root / "plugins").glob("*/tests/*.py")]
    long = [
        path.relative_to(root).as_posix()
        for path in files
        if path.read_text("utf-8").count("\n") >= 2 * LONGEST
    ]
    assert long == []


def test_module_names_say_what_is_inside(shipped: Iterable[Source]) -> None:
    assert [s.where for s in shipped if EMPTY_NAMES.search(s.name.rpartition(".")[2])] == []


def test_every_folder_with_code_is_a_package(packages: list[Path]) -> None:
    folders = {path.parent for package in packages for path in package.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_module_says_in_one_sentence_what_it_is(shipped: Iterable[Source]) -> None:
    wrong = []
    for source in shipped:
        first = (ast.get_docstring(source.tree) or "").partition("\n\n")[0]
        if not first.endswith(".") or re.search(r"\. [A-Z]", first):
            wrong.append(f"{source.where}: {first or 'no docstring'}")
    assert wrong == []


def test_every_public_name_says_in_one_line_what_it_does(shipped: Iterable[Source]) -> None:
    wrong = []
    for source in shipped:
        for node in _public(source.tree):
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            if not first.endswith("."):
                wrong.append(f"{source.where}: {node.name}: {first or 'no docstring'}")
    assert wrong == []


def test_functions_are_described_in_the_imperative(shipped: Iterable[Source]) -> None:
    wrong = []
    for source in shipped:
        for node in _public(source.tree):
            if isinstance(node, ast.ClassDef) or _is_property(node):
                continue
            word = (ast.get_docstring(node) or "").partition(" ")[0]
            third_person = word.endswith("s") and not NOT_ENDING_IN_S.match(word)
            if DESCRIBES.match(word) or third_person:
                wrong.append(f"{source.where}: {node.name}: {word}")
    assert wrong == []


def _public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Give the public functions and classes, and the public methods of these."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            if child.name == "Meta":  # marshmallow's options
                continue
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def _is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_only_the_clock_asks_the_time(shipped: Iterable[Source]) -> None:
    wrong = [
        source.where
        for source in shipped
        if source.name != "tiji.clock"
        and any(NOW.search(ast.unparse(n)) for n in ast.walk(source.tree) if _is_call(n))
    ]
    assert wrong == []


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def test_values_are_bound_never_written_into_sql(shipped: Iterable[Source]) -> None:
    wrong = []
    for source in shipped:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in SQL_CALLS:
                text = ast.unparse(node.args[0])
                if _is_made_up(node.args[0]) and not text.lstrip("f'\"").startswith(FIXED_SQL):
                    wrong.append(f"{source.where}:{node.lineno}: {text[:60]}")
    assert wrong == []


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _is_made_up(text: ast.expr) -> bool:
    """Tell whether a text is put together: f-string, ``%``, ``+`` or ``.format``."""
    if isinstance(text, ast.BinOp):
        parts = (text.left, text.right)
        return any(isinstance(part, ast.Constant | ast.JoinedStr | ast.BinOp) for part in parts)
    if isinstance(text, ast.Call):
        return _name(text.func) in ("format", "join")
    return isinstance(text, ast.JoinedStr)


def test_tables_carry_their_owners_prefix(packages: list[Path], read_folder) -> None:
    wrong = []
    for package in packages:
        prefix = "tj_" if package.name == "tiji" else package.name.removeprefix("tiji_") + "_"
        for source in read_folder(package):
            wrong += [f"{source.where}: {t}" for t in _tables(source) if not t.startswith(prefix)]
    assert wrong == []


def _tables(source: Source) -> Iterator[str]:
    """Give the names of tables that models map and revisions create."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__tablename__":
            assert isinstance(node.value, ast.Constant)
            yield str(node.value.value)
        elif isinstance(node, ast.Call) and _name(node.func) == "create_table":
            assert isinstance(node.args[0], ast.Constant)
            yield str(node.args[0].value)


def test_no_test_names_a_database_but_those_of_its_file(root: Path) -> None:
    """A test that did would not run on PostgreSQL, and nobody would notice."""
    named = re.compile(r"sqlite:///\{|/ .tiji\.db.|create_app\(Settings\(|sqlite3\.connect\([^\":]")
    marked = {
        path.relative_to(root).as_posix()
        for folder in (root / "tests", *(root / "plugins").glob("*/tests"))
        for path in folder.rglob("*.py")
        if path != Path(__file__) and named.search(path.read_text(encoding="utf-8"))
    }
    assert marked <= OF_THE_FILE, "ask the fixture `databases`"


def test_nothing_tells_of_a_machine_or_of_how_it_was_written(root: Path) -> None:
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        pytest.skip("needs git and a checkout, to know which files belong to the project")
    command = [git, "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    wrong = []
    for name in filter(None, names.split("\0")):
        path = root / name
        if path == Path(__file__) or path.suffix not in TEXT or not path.is_file():
            continue
        wrong += [f"{name}: {m[0]}" for m in FOREIGN.finditer(path.read_text(encoding="utf-8"))]
    assert wrong == []
