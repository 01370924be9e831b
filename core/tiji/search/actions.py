"""Keep the index of words, in the transaction that writes the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from tiji.db import transaction
from tiji.search.rules import grams

_INSERT = {
    "sqlite": text("INSERT INTO tj_search (rowid, grams) VALUES (:id, :grams)"),
    "postgresql": text(
        "INSERT INTO tj_search (case_id, grams) VALUES (:id, to_tsvector('simple', :grams))"
    ),
}
_DELETE = {
    "sqlite": text("DELETE FROM tj_search WHERE rowid = :id"),
    "postgresql": text("DELETE FROM tj_search WHERE case_id = :id"),
}


_MERGE = text("INSERT INTO tj_search (tj_search, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
#: So many pages of the index are merged in one transaction.
PAGES = 200


def index_new(session: Session, words: Mapping[int, Iterable[str]]) -> None:
    """Index the words of new cases, by case id."""
    index_grams(session, {case_id: grams(texts) for case_id, texts in words.items()})


def index_grams(session: Session, words: Mapping[int, str]) -> None:
    """Index the words of new cases, by case id, written as tokens already."""
    if words:
        connection = session.connection()
        rows = [{"id": case_id, "grams": text} for case_id, text in words.items()]
        connection.execute(_INSERT[connection.dialect.name], rows)


def index_again(session: Session, words: Mapping[int, Iterable[str]]) -> None:
    """Replace what the index knows of cases whose words changed."""
    if words:
        connection = session.connection()
        connection.execute(_DELETE[connection.dialect.name], [{"id": id_} for id_ in words])
        index_new(session, words)


def forget(session: Session, case_ids: Iterable[int]) -> None:
    """Let cases be found by no word any more."""
    if gone := [{"id": case_id} for case_id in case_ids]:
        connection = session.connection()
        connection.execute(_DELETE[connection.dialect.name], gone)


def drop_deleted_words() -> None:
    """Drop what SQLite's index still holds of words that were deleted.

    It keeps them until it merges. A step a transaction, so that nobody waits. PostgreSQL does it
    when it vacuums.
    """
    pages, changed = -PAGES, 2  # a negative number begins to merge all there is
    while changed >= 2:  # a step that found nothing to do changes one row, its own
        with transaction() as session:
            connection = session.connection()
            if connection.dialect.name != "sqlite":
                return
            before = connection.scalar(_CHANGES) or 0
            connection.execute(_MERGE, {"pages": pages})
            changed = (connection.scalar(_CHANGES) or 0) - before
        pages = PAGES
