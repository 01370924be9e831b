"""Build and change the tables: core's first, then each plugin's, a version table for each owner.

With a table of versions for each, a plugin can be uninstalled and the core still upgrades; its
tables and their version wait untouched until it is installed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command, context
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.types import TypeDecorator

from tiji.db import db, prepare_engine
from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.plugins.loader import Plugins

CORE = "core"
SCRIPTS = Path(__file__).parent.parent / "migrations"


@dataclass(frozen=True, slots=True)
class Pending:
    """Name a revision that an owner (core or a plugin) has and the database has not."""

    owner: str
    revision: str
    message: str


def upgrade(plugins: Plugins, only: str | None = None) -> list[Pending]:
    """Bring core's tables up to date, then each plugin's; return what was applied.

    Each owner's upgrade is one transaction. ``only`` names one plugin, or ``core``; core goes
    first even so, for plugins' tables point to it. A plugin that fails is undone and does not
    keep the others back; TijiError names it in the end.
    """
    owners = _owners(plugins)
    if only is not None:
        owners = {CORE: owners[CORE], only: _folder(owners, only)}
    applied, failed = [], []
    for owner in owners:
        try:
            applied += _upgrade(db.engine, owners, owner)
        except TijiError as error:
            if owner == CORE:
                raise
            failed.append(str(error))
    if failed:
        raise TijiError("\n".join(failed))
    return applied


def pending(plugins: Plugins) -> list[Pending]:
    """List the revisions that an upgrade would apply, in its order."""
    owners = _owners(plugins)
    with db.engine.connect() as connection:
        return [step for owner in owners for step in _pending(connection, owners, owner)]


def current(plugins: Plugins) -> dict[str, str | None]:
    """Return each owner's revision in the database; None before the first."""
    with db.engine.connect() as connection:
        return {owner: _version(connection, owner) for owner in _owners(plugins)}


def check_removable(plugins: Plugins, plugin: str) -> None:
    """Raise BadInputError for core, and for a plugin whose tables cannot be removed now."""
    if plugin == CORE:
        raise BadInputError(_("Core's tables hold every case; they cannot be removed."))
    _folder(_owners(plugins), plugin)


def downgrade(plugins: Plugins, plugin: str) -> None:
    """Remove a plugin's tables, its version table included; its cases stay.

    Raises BadInputError as :func:`check_removable`.
    """
    check_removable(plugins, plugin)
    with _writing(db.engine) as connection:
        _run(_owners(plugins), plugin, connection, command.downgrade, "base")
        sa.Table(version_table(plugin), sa.MetaData()).drop(connection, checkfirst=True)
        settings = sa.table("tj_setting", sa.column("name"))
        if sa.inspect(connection).has_table("tj_setting"):
            connection.execute(sa.delete(settings).where(settings.c.name == f"restored.{plugin}"))


def revision(plugins: Plugins, owner: str, message: str) -> Path:
    """Write an owner's next revision: what its models have and its revisions have not.

    Compares with a fresh database in memory that all revisions built; needs no other.
    """
    owners = _owners(plugins)
    versions = _folder(owners, owner)
    versions.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    prepare_engine(engine)
    for earlier in dict.fromkeys((CORE, owner)):
        _upgrade(engine, owners, earlier)
    with engine.connect() as connection:
        made = _run(
            owners,
            owner,
            connection,
            command.revision,
            message,
            autogenerate=True,
            version_path=str(versions),
        )
    engine.dispose()
    return Path(made.path)


def version_table(owner: str) -> str:
    """Name the table that keeps an owner's revision."""
    return f"{_prefix(owner)}alembic_version"


def run_environment() -> None:
    """Run what Alembic was asked to do, for the one owner that its config names."""
    given = context.config.attributes
    owner: str = given["owner"]
    owners: Mapping[str, Path] = given["owners"]

    def is_own(item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        table = name if kind == "table" else item.table.name
        # The index of words is no table of the models: each database makes its own kind.
        return owner_of(str(table), owners) == owner and not str(table).startswith("tj_search")

    context.configure(
        connection=given["connection"],
        target_metadata=db.metadata,
        version_table=version_table(owner),
        include_object=is_own,
        render_item=_render_item,
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


def owner_of(table: str, owners: Mapping[str, Any]) -> str | None:
    """Tell whose table this is: the owner with the longest prefix that fits, or nobody's."""
    fitting = [owner for owner in owners if table.startswith(_prefix(owner))]
    return max(fitting, key=len, default=None)


def _prefix(owner: str) -> str:
    return "tj_" if owner == CORE else f"{owner}_"


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what the database keeps: a revision outlives our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _owners(plugins: Plugins) -> dict[str, Path]:
    """Map core and each plugin that has tables to the folder of its revisions."""
    folders = {CORE: SCRIPTS / "versions"}
    for name, bureau in plugins.bureaus().items():
        if bureau.migrations is not None:
            folders[name] = bureau.migrations / "versions"
    return folders


def _folder(owners: Mapping[str, Path], owner: str) -> Path:
    if owner not in owners:
        raise BadInputError(
            _("No active plugin {name} has tables; see `tiji plugins list`.").format(name=owner)
        )
    return owners[owner]


def _upgrade(engine: Engine, owners: Mapping[str, Path], owner: str) -> list[Pending]:
    with engine.connect() as connection:
        if not _pending(connection, owners, owner):
            return []
    try:
        with _writing(engine) as connection:
            # Read again under SQLite's lock: another process may have upgraded in between.
            if steps := _pending(connection, owners, owner):
                _run(owners, owner, connection, command.upgrade, "heads")
        return steps
    except TijiError:
        # PostgreSQL lets two try at once, and the slower one fail.
        with engine.connect() as connection:
            if not _pending(connection, owners, owner):
                return []
        raise


def _pending(connection: Connection, owners: Mapping[str, Path], owner: str) -> list[Pending]:
    """List an owner's missing revisions, the oldest first."""
    with _named(owner):
        script = ScriptDirectory.from_config(_config(owners, owner))
        steps = list(script.iterate_revisions("heads", _version(connection, owner) or "base"))
    return [Pending(owner, step.revision, step.doc) for step in reversed(steps)]


def _version(connection: Connection, owner: str) -> str | None:
    options = {"version_table": version_table(owner)}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _config(owners: Mapping[str, Path], owner: str, connection: Any = None) -> Config:
    attributes = {"owner": owner, "owners": owners, "connection": connection}
    config = Config(attributes=attributes)
    for option, value in (
        ("script_location", str(SCRIPTS)),
        ("version_locations", str(owners[owner])),
        ("path_separator", "newline"),
    ):
        config.set_main_option(option, value.replace("%", "%%"))
    return config


def _run(
    owners: Mapping[str, Path],
    owner: str,
    connection: Connection,
    do: Callable[..., Any],
    *args: str,
    **options: Any,
) -> Any:
    with _named(owner):
        return do(_config(owners, owner, connection), *args, **options)


@contextmanager
def _named(owner: str) -> Iterator[None]:
    """Say whose revisions fail; ``sys.exit`` in a revision counts as a failure."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise TijiError(
            _("The revisions of {owner} failed; none of them was applied: {error}").format(
                owner=owner, error=f"{type(error).__name__}: {error}".splitlines()[0]
            )
        ) from error


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one writing transaction in which SQLite lets tables be rebuilt.

    SQLite rebuilds a table by copying it, which foreign keys would take for a deletion. They can
    be turned off only outside a transaction, and are checked before the commit instead.
    """
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(tiji_write=True) as connection:
        driver: Any = connection.connection.driver_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise TijiError(_("The upgrade would leave rows that point nowhere."))
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")
