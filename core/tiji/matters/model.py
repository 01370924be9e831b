"""Tables of the matter list and of the ladders that cases stand on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime


class MatterRow(Model):
    """One version of a matter; the current one of each code says what may be opened.

    ``reason`` names the missing post while a matter is not active. ``digest`` tells a changed
    declaration from an unchanged one.
    """

    __tablename__ = "tj_matter"
    __table_args__ = (
        Index(
            "uq_tj_matter_current",
            "code",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )

    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    current: Mapped[bool]
    active: Mapped[bool]
    reason: Mapped[str]
    plugin: Mapped[str] = mapped_column(String(40))
    title: Mapped[str]
    department: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str | None] = mapped_column(String(24))
    audience: Mapped[list[str]] = mapped_column(JSON)
    fields_concerned: Mapped[list[str]] = mapped_column(JSON)
    pain_points: Mapped[list[list[str]]] = mapped_column(JSON)
    guidance: Mapped[dict[str, str]] = mapped_column(JSON)
    ladder: Mapped[dict[str, Any]] = mapped_column(JSON)
    routine: Mapped[bool]
    confidential: Mapped[bool]
    count_repeats: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class LadderRow(Model):
    """A ladder as cases stand on it, by the hash of its content: never changed, only added."""

    __tablename__ = "tj_ladder"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    ladder: Mapped[dict[str, Any]] = mapped_column(JSON)
