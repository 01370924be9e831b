"""What the plugin keeps beside the cases: estates, their households, and what blocks them.

Nothing here tells who lives there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.api import Model, UTCDateTime

_HELD = text("released_at is null")


class Estate(Model):
    """An estate (小区), called by name in ledgers and by the code of its id (XQ0001).

    Keys to it have names of their own: PostgreSQL allows 63 characters.
    """

    __tablename__ = "natural_resources_estate"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    developer: Mapped[str | None]
    credit_code: Mapped[str | None]
    address: Mapped[str | None]


class Household(Model):
    """A household, one row a case; ``blockers`` counts the open ones, ``unit`` may be empty.

    ``area`` is in square metres; ``heard`` is the newest event followed. The index carries all
    that an estate's progress is counted from.
    """

    __tablename__ = "natural_resources_household"
    __table_args__ = (
        Index(
            "ix_natural_resources_household_progress",
            *("estate_id", "building", "unit", "state", "blockers"),
        ),
    )

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tj_case.id"), primary_key=True, autoincrement=False
    )
    estate_id: Mapped[int] = mapped_column(
        ForeignKey("natural_resources_estate.id", name="fk_natural_resources_household_estate")
    )
    building: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    room: Mapped[str] = mapped_column(String(20))
    unit_code: Mapped[str | None] = mapped_column(String(28))
    area: Mapped[float | None] = mapped_column(Numeric(12, 2, asdecimal=False))
    state: Mapped[str] = mapped_column(String(12))
    blockers: Mapped[int]
    heard: Mapped[int]


class Blocker(Model):
    """What keeps households of one estate from their papers, called by its id's code (KD0001).

    ``kind`` is the problem that its title speaks of; ``solved_at`` is when its release began.
    """

    __tablename__ = "natural_resources_blocker"
    __table_args__ = (
        Index("uq_natural_resources_blocker_title", "estate_id", "title", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    estate_id: Mapped[int] = mapped_column(
        ForeignKey("natural_resources_estate.id", name="fk_natural_resources_blocker_estate")
    )
    title: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(32))
    solved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    solved_by: Mapped[str | None] = mapped_column(String(64))


class Hold(Model):
    """That a blocker holds a household, until ``released_at``."""

    __tablename__ = "natural_resources_hold"
    __table_args__ = (
        Index(
            "ix_natural_resources_hold_held",
            *("blocker_id", "case_id"),
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )

    case_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("natural_resources_household.case_id", name="fk_natural_resources_hold_case"),
        primary_key=True,
    )
    blocker_id: Mapped[int] = mapped_column(
        ForeignKey("natural_resources_blocker.id", name="fk_natural_resources_hold_blocker"),
        primary_key=True,
    )
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
