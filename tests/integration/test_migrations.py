"""Each owner's tables go their own way: core and plugins upgrade, leave and come back."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from tiji.cli import main
from tiji.clock import SystemClock
from tiji.config import Settings
from tiji.db import connected, db, prepare_engine
from tiji.errors import BadInputError, TijiError
from tiji.plugins import migrate
from tiji.plugins.loader import Plugins
from tiji.runtime import Runtime
from tiji.testing.databases import Databases

REVISION = '''
"""{message}."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = {revision!r}, {down!r}

def upgrade():
    {up}

def downgrade():
    {down_do}
'''

PLUGIN = """
from datetime import datetime
from pathlib import Path
from typing import Any
from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from tiji.api import *

class Leader(Model):
    __tablename__ = "fake_leader"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    notes: Mapped[dict[str, Any]] = mapped_column(JSON)

class Duty(Model):
    __tablename__ = "fake_duty"
    id: Mapped[int] = mapped_column(primary_key=True)
    leader: Mapped[int] = mapped_column(ForeignKey("fake_leader.id", ondelete="CASCADE"))

@hookimpl
def tiji_bureau():
    return Bureau("fake", "信访局", "XFJ", migrations=Path(__file__).parent / "fake_migrations")
"""


def _write(folder: Path, revision: str, down: str | None, up: str, down_do: str = "pass") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{revision}.py").write_text(
        REVISION.format(
            message=f"about {revision}", revision=revision, down=down, up=up, down_do=down_do
        )
    )


def _create(table: str) -> str:
    return f'op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))'


def _drop(table: str) -> str:
    return f'op.drop_table("{table}")'


@pytest.fixture(autouse=True)
def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a core with one revision, and return the folder of its revisions."""
    monkeypatch.setenv("TIJI_LANG", "en")
    scripts = tmp_path / "core 100%"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("versions"))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    _write(scripts / "versions", "c1", None, _create("tj_first"), _drop("tj_first"))
    return scripts / "versions"


@pytest.fixture
def bare_app(databases: Databases, empty_home: Path) -> Iterator[Flask]:
    empty_home.mkdir()
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = databases.url(empty_home)
    db.init_app(app)
    with app.app_context(), connected():
        prepare_engine(db.engine)
        yield app


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the installed plugin ``fake``; its models live once in a process."""
    site = tmp_path_factory.mktemp("site")
    info = site / "fake-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: fake\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tiji.plugins]\nfake = fake_bureau_plugin\n")
    (site / "fake_bureau_plugin.py").write_text(PLUGIN, encoding="utf-8")
    return site


@pytest.fixture
def fake(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the plugin without revisions yet; return their folder."""
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    shutil.rmtree(site / "fake_migrations", ignore_errors=True)
    versions = site / "fake_migrations" / "versions"
    versions.mkdir(parents=True)
    return versions


def _with_tables(fake: Path) -> Plugins:
    """Give the plugin a hand-written revision in place of its models."""
    _write(fake, "f1", None, _create("fake_one"), _drop("fake_one"))
    return Plugins.load(("fake",), strict=True)


def _tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


NOBODY = Plugins()


def test_upgrade_applies_core_then_plugins_once(bare_app: Flask, fake: Path, core: Path) -> None:
    _write(core, "c2", "c1", _create("tj_second"), _drop("tj_second"))
    plugins = _with_tables(fake)
    expected = [
        migrate.Pending("core", "c1", "about c1."),
        migrate.Pending("core", "c2", "about c2."),
        migrate.Pending("fake", "f1", "about f1."),
    ]
    assert migrate.pending(plugins) == expected
    assert _tables() == set()
    assert migrate.upgrade(plugins) == expected
    assert migrate.pending(plugins) == []
    assert migrate.upgrade(plugins) == []
    assert migrate.current(plugins) == {"core": "c2", "fake": "f1"}
    own = {"tj_first", "tj_second", "fake_one"}
    assert _tables() == own | {"tj_alembic_version", "fake_alembic_version"}


def test_only_one_plugin_still_needs_core(bare_app: Flask, fake: Path) -> None:
    plugins = _with_tables(fake)
    assert [p.owner for p in migrate.upgrade(plugins, only="core")] == ["core"]
    assert [p.owner for p in migrate.upgrade(plugins, only="fake")] == ["fake"]
    with pytest.raises(BadInputError, match="nobody"):
        migrate.upgrade(plugins, only="nobody")


def test_an_uninstalled_plugin_blocks_nothing_and_comes_back(
    bare_app: Flask, fake: Path, core: Path
) -> None:
    plugins = _with_tables(fake)
    migrate.upgrade(plugins)
    with db.engine.begin() as connection:
        connection.execute(sa.text("insert into fake_one values (7)"))

    _write(core, "c2", "c1", _create("tj_second"))
    assert [p.revision for p in migrate.upgrade(NOBODY)] == ["c2"]
    assert {"fake_one", "fake_alembic_version"} <= _tables()

    _write(fake, "f2", "f1", _create("fake_two"))
    assert [p.revision for p in migrate.upgrade(plugins)] == ["f2"]
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("select id from fake_one")) == 7


def test_downgrade_takes_one_plugins_tables_and_nothing_else(bare_app: Flask, fake: Path) -> None:
    plugins = _with_tables(fake)
    migrate.upgrade(plugins)
    migrate.downgrade(plugins, "fake")
    assert _tables() == {"tj_first", "tj_alembic_version"}
    assert [p.owner for p in migrate.pending(plugins)] == ["fake"]
    for name in ("core", "elsewhere"):
        with pytest.raises(BadInputError):
            migrate.downgrade(plugins, name)
    assert "tj_first" in _tables()


@pytest.mark.parametrize("fault", ["raise ValueError('no')", "raise SystemExit(0)"])
def test_a_failing_revision_leaves_no_half_of_its_owner(
    bare_app: Flask, fake: Path, fault: str
) -> None:
    plugins = _with_tables(fake)
    _write(fake, "f2", "f1", f"{_create('fake_two')}; {fault}")
    with pytest.raises(TijiError, match="fake"):
        migrate.upgrade(plugins)
    assert _tables() == {"tj_first", "tj_alembic_version"}
    _write(fake, "f2", "f1", _create("fake_two"))
    assert [p.revision for p in migrate.upgrade(plugins)] == ["f1", "f2"]


def test_a_database_of_a_newer_version_is_named(bare_app: Flask, core: Path) -> None:
    _write(core, "c2", "c1", _create("tj_second"))
    migrate.upgrade(NOBODY)
    (core / "c2.py").unlink()
    with pytest.raises(TijiError, match=r"core.*c2"):
        migrate.upgrade(NOBODY)


REBUILD = """
    with op.batch_alter_table("fake_leader") as batch:
        batch.alter_column("name", type_=sa.String(80), nullable=True)
"""


def test_rebuilding_a_table_keeps_the_rows_that_point_to_it(bare_app: Flask, fake: Path) -> None:
    plugins = Plugins.load(("fake",), strict=True)
    migrate.revision(plugins, "fake", "first")
    migrate.upgrade(plugins)
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into fake_leader values (1, '张某某', '2026-03-02 01:00:00', '{}')"
        )
        connection.exec_driver_sql("insert into fake_duty values (1, 1)")
    _write(fake, "f2", str(migrate.current(plugins)["fake"]), REBUILD)
    migrate.upgrade(plugins)
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from fake_duty")) == 1
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("insert into fake_duty values (2, 99)")


def test_an_upgrade_that_orphans_rows_is_undone(bare_app: Flask, fake: Path) -> None:
    plugins = Plugins.load(("fake",), strict=True)
    migrate.revision(plugins, "fake", "first")
    migrate.upgrade(plugins)
    orphan = "op.execute('insert into fake_duty values (1, 99)')"
    _write(fake, "f2", str(migrate.current(plugins)["fake"]), orphan)
    with pytest.raises(TijiError, match=r"point nowhere|violates foreign key"):
        migrate.upgrade(plugins)
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from fake_duty")) == 0


def test_a_revision_holds_the_plugins_tables_only_and_is_complete(
    bare_app: Flask, fake: Path
) -> None:
    plugins = Plugins.load(("fake",), strict=True)
    text = migrate.revision(plugins, "fake", "first tables").read_text(encoding="utf-8")
    assert text.startswith('"""first tables."""')
    assert "sa.DateTime(timezone=True)" in text
    assert "sa.JSON()" in text
    assert "tiji" not in text
    migrate.upgrade(plugins)
    assert {"fake_leader", "fake_duty", "tj_first"} <= _tables()
    again = migrate.revision(plugins, "fake", "nothing more").read_text(encoding="utf-8")
    assert again.count("pass") == 2
    migrate.upgrade(plugins)
    migrate.downgrade(plugins, "fake")
    assert _tables() == {"tj_first", "tj_alembic_version"}


@pytest.mark.parametrize(
    ("table", "owner"),
    [("tj_case", "core"), ("fake_x", "fake"), ("fake_land_x", "fake_land"), ("queues", None)],
)
def test_a_table_belongs_to_the_longest_prefix(table: str, owner: str | None) -> None:
    assert migrate.owner_of(table, {"core": 0, "fake": 0, "fake_land": 0}) == owner


@pytest.fixture
def run(
    bare_app: Flask, fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Run ``tiji`` with the plugin installed."""
    unused = cast(Any, None)
    settings = Settings(tmp_path, "")
    plugins = _with_tables(fake)
    bare_app.extensions["tiji"] = Runtime(settings, SystemClock(), unused, unused, plugins)
    stub = SimpleNamespace(create_app=lambda: bare_app)
    monkeypatch.setitem(sys.modules, "tiji.app", cast(Any, stub))
    return lambda *args, **more: CliRunner().invoke(main, args, **more)


def test_db_commands_upgrade_and_list(run: Callable[..., Result]) -> None:
    listed = json.loads(run("db", "pending", "--json").stdout)
    assert [step["owner"] for step in listed["pending"]] == ["core", "fake"]
    assert "f1" in run("db", "upgrade").stdout
    assert "up to date" in run("db", "pending").stdout
    assert json.loads(run("db", "pending", "--json").stdout) == {"pending": []}


def test_db_downgrade_asks_first(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "upgrade")
    silent = run("db", "downgrade", "fake")
    assert (silent.exit_code, "--yes" in silent.stderr) == (2, True)
    monkeypatch.setattr("tiji.cli.database._interactive", lambda: True)
    assert run("db", "downgrade", "fake", input="n\n").exit_code == 1
    assert "fake_one" in _tables()
    assert run("db", "downgrade", "fake", input="y\n").exit_code == 0
    assert "fake_one" not in _tables()


def test_db_downgrade_never_takes_core(run: Callable[..., Result]) -> None:
    run("db", "upgrade")
    refused = run("db", "downgrade", "core", "--yes")
    assert (refused.exit_code, "every case" in refused.stderr) == (2, True)
    assert run("db", "downgrade", "nobody", "--yes").exit_code == 2
    assert "tj_first" in _tables()


def test_plugins_list_shows_state_and_reason(run: Callable[..., Result], bare_app: Flask) -> None:
    bare_app.extensions["tiji"].plugins = Plugins.load(("fake", "nowhere"))
    listed = json.loads(run("plugins", "list", "--json").stdout)["plugins"]
    assert listed[0] == {
        "name": "fake", "version": "1.0", "state": "active", "reason": "", "without_pages": "",
    }  # fmt: skip
    assert (listed[1]["state"], "not installed" in listed[1]["reason"]) == ("set aside", True)
    first = run("plugins", "list").stdout.splitlines()[0]
    assert first.split() == ["fake", "1.0", "active", "信访局"]


@pytest.mark.parametrize("group", ["db", "plugins"])
def test_every_command_has_an_example(group: str) -> None:
    found = main.get_command(click.Context(main), group)
    assert isinstance(found, click.Group)
    for command in (found, *found.commands.values()):
        assert "Example: tiji" in (command.help or "")
