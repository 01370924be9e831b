"""Write estates, households and blockers in bulk: a few statements for a batch, none for a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tiji.api import Model, db, runtime
from tiji_natural_resources.facts import Facts
from tiji_natural_resources.models import Blocker, Estate, Hold, Household
from tiji_natural_resources.rules import problem_of

_ABOUT = ("developer", "credit_code", "address")
_PLACE = ("estate_id", "building", "unit", "room", "unit_code", "area", "state", "blockers")
_UPDATE_HOUSEHOLD = (
    update(Household)
    .where(Household.case_id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _PLACE})
)
_UPDATE_ESTATE = (
    update(Estate)
    .where(Estate.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _ABOUT})
)
_RELEASE_NONE = delete(Hold).where(
    Hold.case_id == bindparam("of_case"), Hold.blocker_id == bindparam("of_blocker")
)

Pair = tuple[int, int]


def write(batch: Sequence[Facts]) -> None:
    """Bring a batch's estates, households and blockers up to date, in the caller's transaction.

    A blocker that a household no longer names holds it no more. One that is solved already holds
    nobody who names it afterwards.
    """
    if not batch:
        return
    connection = db.session.connection()
    estates = _estates(connection, batch)
    blockers = _blockers(connection, batch, estates)
    wanted = {
        (facts.case_id, blockers[estates[facts.estate], title]["id"])
        for facts in batch
        for title in facts.blockers
    }
    known = _holds(connection, batch)
    solved = {found["id"]: found["solved_at"] for found in blockers.values()}
    now = runtime().clock.now()
    added = {pair: now if solved[pair[1]] else None for pair in sorted(wanted) if pair not in known}
    held = {pair for pair, released_at in known.items() if not released_at}
    open_now = (held & wanted) | {pair for pair, released_at in added.items() if not released_at}
    _households(connection, batch, estates, [case_id for case_id, _blocker in open_now])
    _link(connection, added, held - wanted)


def _link(connection: Connection, added: Mapping[Pair, Any], gone: Iterable[Pair]) -> None:
    if added:
        rows = [
            {"case_id": case_id, "blocker_id": blocker_id, "released_at": released_at}
            for (case_id, blocker_id), released_at in added.items()
        ]
        connection.execute(insert(Hold), rows)
    if dropped := [{"of_case": case, "of_blocker": blocker} for case, blocker in sorted(gone)]:
        connection.execute(_RELEASE_NONE, dropped)


def _estates(connection: Connection, batch: Sequence[Facts]) -> dict[str, int]:
    """Give the ids of the batch's estates by name; what a later row says of one stands."""
    about: dict[str, dict[str, str]] = {}
    for facts in batch:
        about.setdefault(facts.estate, {}).update(facts.about)
    found = _known_estates(connection, about)
    if new := [name for name in about if name not in found]:
        blank = dict.fromkeys(_ABOUT)
        _insert_new(connection, Estate, [{"name": name, **blank, **about[name]} for name in new])
        found |= _known_estates(connection, new)
    before = {name: {key: row[key] for key in _ABOUT} for name, row in found.items()}
    changed = [
        {"of_id": found[name]["id"], **before[name], **said}
        for name, said in about.items()
        if {**before[name], **said} != before[name]
    ]
    if changed:
        connection.execute(_UPDATE_ESTATE, changed)
    return {name: row["id"] for name, row in found.items()}


def _known_estates(connection: Connection, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    found = connection.execute(select(Estate.__table__).where(Estate.name.in_(list(names))))
    return {row["name"]: dict(row) for row in found.mappings()}


def _blockers(
    connection: Connection, batch: Sequence[Facts], estates: Mapping[str, int]
) -> dict[tuple[int, str], dict[str, Any]]:
    """Give the batch's blockers by estate and title; new ones are made."""
    wanted = dict.fromkeys(
        (estates[facts.estate], title) for facts in batch for title in facts.blockers
    )
    if not wanted:
        return {}
    found = _known_blockers(connection, wanted)
    if new := [key for key in wanted if key not in found]:
        unsolved = {"solved_at": None, "solved_by": None}
        rows = [
            {"estate_id": estate_id, "title": title, "kind": problem_of(title), **unsolved}
            for estate_id, title in new
        ]
        _insert_new(connection, Blocker, rows)
        found |= _known_blockers(connection, new)
    return found


def _known_blockers(
    connection: Connection, keys: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], dict[str, Any]]:
    estate_ids, titles = map(set, zip(*keys, strict=True))
    found = connection.execute(
        select(Blocker.id, Blocker.estate_id, Blocker.title, Blocker.solved_at).where(
            Blocker.estate_id.in_(estate_ids), Blocker.title.in_(titles)
        )
    )
    return {(row["estate_id"], row["title"]): dict(row) for row in found.mappings()}


def _holds(connection: Connection, batch: Sequence[Facts]) -> dict[Pair, Any]:
    columns = (Hold.case_id, Hold.blocker_id, Hold.released_at)
    found = connection.execute(
        select(*columns).where(Hold.case_id.in_([facts.case_id for facts in batch]))
    )
    return {(row.case_id, row.blocker_id): row.released_at for row in found}


def _households(
    connection: Connection,
    batch: Sequence[Facts],
    estates: Mapping[str, int],
    held: Sequence[int],
) -> None:
    open_blockers: dict[int, int] = {}
    for case_id in held:
        open_blockers[case_id] = open_blockers.get(case_id, 0) + 1
    found = connection.execute(
        select(Household.case_id).where(Household.case_id.in_([facts.case_id for facts in batch]))
    )
    known = set(found.scalars())
    new, changed = [], []
    for facts in batch:
        own = {
            "estate_id": estates[facts.estate],
            "blockers": open_blockers.get(facts.case_id, 0),
            **{name: getattr(facts, name) for name in _PLACE if name not in _COUNTED},
        }
        if facts.case_id in known:
            changed.append({"of_id": facts.case_id, **own})
        else:
            new.append({"case_id": facts.case_id, "heard": 0, **own})
    if new:
        connection.execute(insert(Household), new)
    if changed:
        connection.execute(_UPDATE_HOUSEHOLD, changed)


_COUNTED = ("estate_id", "blockers")


def _insert_new(connection: Connection, model: type[Model], rows: list[dict[str, Any]]) -> None:
    """Insert what two imports may both find missing at the same moment."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(model).on_conflict_do_nothing(), rows)
