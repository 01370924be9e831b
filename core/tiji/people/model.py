"""The organisation's tables: rows are ended by date, never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, or_
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime

CODE = String(64)
NAME = String(100)

#: A file may name a parent or successor further down, so these two are checked at the commit.
LATER: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}


class Effective:
    """In force from ``starts_at`` (None: always) until just before ``ends_at`` (None: open)."""

    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @classmethod
    def in_force(cls, at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
        """Select the rows that count at a moment."""
        started = or_(cls.starts_at.is_(None), cls.starts_at <= at)
        return started & or_(cls.ends_at.is_(None), cls.ends_at > at)


class Department(Effective, Model):
    """A department; ``overrides`` holds its own limits, titles and guidance by matter code."""

    __tablename__ = "tj_department"

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    short_names: Mapped[list[str]] = mapped_column(JSON)
    aliases: Mapped[list[str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(20))
    parent: Mapped[str | None] = mapped_column(ForeignKey("tj_department.code", **LATER))
    successor: Mapped[str | None] = mapped_column(ForeignKey("tj_department.code", **LATER))
    overrides: Mapped[dict[str, Any]] = mapped_column(JSON)
    position: Mapped[int]


class Section(Effective, Model):
    """A section (科室) of a department."""

    __tablename__ = "tj_section"

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    department: Mapped[str] = mapped_column(ForeignKey("tj_department.code"), index=True)
    name: Mapped[str] = mapped_column(NAME)


class Officer(Effective, Model):
    """An officer and the department he or she belongs to."""

    __tablename__ = "tj_officer"

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    department: Mapped[str] = mapped_column(ForeignKey("tj_department.code"), index=True)


class Post(Effective, Model):
    """An officer's seat at a station; no sections means all of the department.

    ``acting`` marks an acting head (代理). ``portfolio`` and ``default_leader`` belong to the
    city's leaders. A post that changes is ended and a new one begun.
    """

    __tablename__ = "tj_post"
    # Station first: the leaders' seats are looked for by station alone.
    __table_args__ = (Index("ix_tj_post_station_department", "station", "department"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("tj_officer.code"), index=True)
    department: Mapped[str] = mapped_column(ForeignKey("tj_department.code"))
    station: Mapped[int]
    sections: Mapped[list[str]] = mapped_column(JSON)
    duty: Mapped[bool]
    acting: Mapped[bool]
    portfolio: Mapped[list[str]] = mapped_column(JSON)
    default_leader: Mapped[bool]


class Leave(Effective, Model):
    """An officer's leave, and who acts meanwhile (None: nobody, the seat is vacant)."""

    __tablename__ = "tj_leave"

    id: Mapped[int] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("tj_officer.code"), index=True)
    acting: Mapped[str | None] = mapped_column(ForeignKey("tj_officer.code"), index=True)
