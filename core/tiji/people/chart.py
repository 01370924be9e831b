"""The whole organisation at a moment, as `tiji org show` prints it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tiji.clock import local
from tiji.db import db, rows
from tiji.people.model import Leave, Officer, Post, Section
from tiji.people.queries import departments

Json = dict[str, Any]


def chart(at: datetime) -> Json:
    """Return departments and officers in force with their posts.

    A deputy with several sections has one entry in ``posts`` for each.
    """
    sections: dict[str, list[Json]] = defaultdict(list)
    for row in rows(db.session.execute(select(Section.__table__).where(Section.in_force(at)))):
        sections[row["department"]].append({"code": row["code"], "name": row["name"]})
    return {
        "departments": [
            {
                "code": found.code,
                "name": found.name,
                "aliases": list(found.aliases),
                "parent": found.parent,
                "kind": found.kind,
                "until": _day(found.until),
                "sections": sections[found.code],
            }
            for found in departments(at)
        ],
        "officers": _officers(at),
    }


def _officers(at: datetime) -> list[Json]:
    posts: dict[str, list[Json]] = defaultdict(list)
    held = select(Post.__table__).where(Post.in_force(at)).order_by(Post.station.desc(), Post.id)
    for row in rows(db.session.execute(held)):
        posts[row["officer"]] += [_post(row, section) for section in row["sections"] or [None]]
    away = {
        row["officer"]: {"until": _day(row["ends_at"]), "acting": row["acting"]}
        for row in rows(db.session.execute(select(Leave.__table__).where(Leave.in_force(at))))
    }
    known = select(Officer.__table__).where(Officer.in_force(at)).order_by(Officer.code)
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "department": row["department"],
            "posts": posts[row["code"]],
            "leave": away.get(row["code"]),
        }
        for row in rows(db.session.execute(known))
    ]


def _post(row: Json, section: str | None) -> Json:
    shown = {"station": row["station"], "section": section, "department": row["department"]}
    for key, value in (
        ("duty", row["duty"]),
        ("acting", row["acting"]),
        ("portfolio", row["portfolio"]),
        ("default", row["default_leader"]),
        ("until", _day(row["ends_at"])),
    ):
        if value:
            shown[key] = value
    return shown


def _day(ends_at: datetime | None) -> str | None:
    """Give the last day on which something counts, as the file writes it."""
    if ends_at is None:
        return None
    return local(ends_at - timedelta(microseconds=1)).date().isoformat()


def staff(department: str, at: datetime) -> Json:
    """Return a department as who keeps it needs it: sections, officers, posts with their ids.

    A post of several sections is one; leaves count from now on.
    """
    own = Officer.department == department
    known = select(Officer.__table__).where(own, Officer.in_force(at)).order_by(Officer.code)
    held = (
        select(Post.__table__, Officer.name)
        .join(Officer, Officer.code == Post.officer)
        .where(Post.department == department, Post.in_force(at))
        .order_by(Post.station.desc(), Post.id)
    )
    away = (
        select(Leave.__table__, Officer.name)
        .join(Officer, Officer.code == Leave.officer)
        .where(own, Leave.in_force(at))
        .order_by(Leave.id)
    )
    parts = select(Section.code, Section.name).where(
        Section.department == department, Section.in_force(at)
    )
    return {
        "sections": {row.code: row.name for row in db.session.execute(parts)},
        "officers": {row["code"]: row["name"] for row in rows(db.session.execute(known))},
        "posts": rows(db.session.execute(held)),
        "leaves": [
            {**row, "until": _day(row["ends_at"])} for row in rows(db.session.execute(away))
        ],
    }
