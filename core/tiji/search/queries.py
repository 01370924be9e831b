"""Ask the index of words."""

from __future__ import annotations

from sqlalchemy import text

from tiji.db import db
from tiji.runtime import runtime
from tiji.search.rules import fts5_query, normal, phrases, tsquery

#: So many of the newest matches are ranked: a page never costs what the archive holds.
CANDIDATES = 500

_FIND = {
    "sqlite": text(
        "SELECT rowid FROM tj_search WHERE tj_search MATCH :query ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT case_id FROM tj_search WHERE grams @@ to_tsquery('simple', :query) "
        "ORDER BY case_id DESC LIMIT :most"
    ),
}


def matching_cases(wanted: str, most: int = CANDIDATES) -> list[int]:
    """Give the ids of the newest cases whose words hold all words of a text."""
    if not phrases(wanted):
        return []
    dialect = db.session.connection().dialect.name
    query = fts5_query(wanted) if dialect == "sqlite" else tsquery(wanted)
    found = db.session.execute(_FIND[dialect], {"query": query, "most": most})
    return list(found.scalars())


def name_key(name: str) -> str:
    """Index a whole name, so that a confidential client's case is found by no part of it."""
    return runtime().cipher.index("name", normal(name).strip())
