"""Ask the index of words."""

from __future__ import annotations

from sqlalchemy import text

from tiji.db import db
from tiji.runtime import runtime
from tiji.search.rules import fts5_query, normal, phrases, tsquery

#: So many of the newest matches are ranked: a page never costs what the archive holds.
CANDIDATES = 500
#: An id that no case reaches.
NEWEST = 2**63 - 1

_FIND = {
    "sqlite": text(
        "SELECT rowid FROM tj_search WHERE tj_search MATCH :query AND rowid < :before "
        "ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT case_id FROM tj_search WHERE grams @@ to_tsquery('simple', :query) "
        "AND case_id < :before ORDER BY case_id DESC LIMIT :most"
    ),
}


#: Conditions on a row of tj_case: that its words hold what ``:words`` asks for.
HOLDS = {
    "sqlite": text(
        "EXISTS (SELECT 1 FROM tj_search WHERE tj_search.rowid = tj_case.id "
        "AND tj_search MATCH :words)"
    ),
    "postgresql": text(
        "EXISTS (SELECT 1 FROM tj_search WHERE tj_search.case_id = tj_case.id "
        "AND tj_search.grams @@ to_tsquery('simple', :words))"
    ),
}


def dialect() -> str:
    """Name the database that is asked: each has a language of its own for words."""
    return db.session.get_bind().dialect.name


def asked(wanted: str) -> str:
    """Write what is wanted in the database's language; empty where no word is wanted."""
    if not phrases(wanted):
        return ""
    return fts5_query(wanted) if dialect() == "sqlite" else tsquery(wanted)


def matching_cases(wanted: str, most: int = CANDIDATES, before: int = NEWEST) -> list[int]:
    """Give the ids of the newest cases whose words hold all words of a text, below an id."""
    query = asked(wanted)
    if not query:
        return []
    values = {"query": query, "most": most, "before": before}
    found = db.session.execute(_FIND[dialect()], values)
    return list(found.scalars())


def name_key(name: str) -> str:
    """Index a whole name, so that a confidential client's case is found by no part of it."""
    return runtime().cipher.index("name", normal(name).strip())
