"""Insert many rows of one table: what they share is bound once, the driver does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, Table, insert


class BulkInsert:
    """Insert rows given as mappings of column names, all with the same columns.

    Values go through :meth:`bind` first, which turns them into what the driver keeps; what many
    rows share is bound once and merged into each of them.
    """

    def __init__(self, connection: Connection, table: FromClause, names: Iterable[str]) -> None:
        assert isinstance(table, Table)
        self._connection = connection
        statement = insert(table).compile(dialect=connection.dialect, column_keys=list(names))
        self._sql = str(statement)
        self._order = statement.positiontup
        self._bind: dict[str, Callable[[Any], Any]] = {}
        for column in table.columns:
            impl = column.type.dialect_impl(connection.dialect)
            if processor := impl.bind_processor(connection.dialect):
                self._bind[column.name] = processor

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Turn values into what the driver keeps."""
        bind = self._bind
        return {n: bind[n](v) if n in bind else v for n, v in values.items()}

    def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of bound values."""
        if not rows:
            return
        order = self._order
        parameters: Any = [tuple(row[n] for n in order) for row in rows] if order else list(rows)
        self._connection.exec_driver_sql(self._sql, parameters)
