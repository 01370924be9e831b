"""Tables of cases and their stays (a stay is one visit of one case to one station)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime

#: Statuses that lists show alone; a query that says so too is answered by their index.
WAITING = "status in ('paused', 'answered')"


def _partial(name: str, columns: str, where: str) -> Index:
    return Index(name, *columns.split(), sqlite_where=text(where), postgresql_where=text(where))


class CaseRow(Model):
    """A case as it stands now; what it says of itself can be replayed from its events.

    ``order_at`` is the due time, or the end of days for a case that owes nothing: lists page
    over it. ``amber_at`` is when the light of a running case turns amber: what lists need, computed
    from the rest. ``wake_at`` is the next moment at which the sweep has something to do with it.
    ``pauses`` is the ledger of stopped time: pairs of UTC stamps. ``sealed`` holds personal data.
    ``merged_into`` is the id of the case that took this one in, ``grouped_with`` that of the case
    whose answer is this one's too. ``witnessed`` is the version that the last checkpoint saw;
    an erased case has neither name nor ``salt``.
    """

    __tablename__ = "tj_case"
    __table_args__ = (
        UniqueConstraint("number"),
        _partial("ix_tj_case_wake", "wake_at", "wake_at is not null"),
        _partial("ix_tj_case_provisional", "id", "provisional"),
        _partial("ix_tj_case_quarantined", "id", "quarantined is not null"),
        _partial("ix_tj_case_witness", "id", "witnessed <> version"),
        Index(
            "uq_tj_case_source",
            "ledger",
            "source_key",
            unique=True,
            sqlite_where=text("ledger is not null"),
            postgresql_where=text("ledger is not null"),
        ),
        _partial("ix_tj_case_import", "import_no", "import_no is not null"),
        _partial("ix_tj_case_merged", "merged_into", "merged_into is not null"),
        _partial("ix_tj_case_grouped", "grouped_with", "grouped_with is not null"),
        _partial("ix_tj_case_answered", "answered_at", "answered_at is not null"),
        _partial("ix_tj_case_person", "person_key", "person_key is not null"),
        Index("ix_tj_case_name", "name_key", "id"),
        # Lists read these; with the light in them, lights are counted without the cases.
        Index("ix_tj_case_order", "order_at", "id", "amber_at"),
        Index("ix_tj_case_department", "department", "order_at", "id", "amber_at"),
        _partial("ix_tj_case_holder", "holder order_at id amber_at", "holder is not null"),
        _partial("ix_tj_case_station", "station order_at id", "station is not null"),
        _partial("ix_tj_case_amber", "amber_at order_at id", "amber_at is not null"),
        _partial("ix_tj_case_waiting", "status order_at id department", WAITING),
        _partial("ix_tj_case_over", "fio id", "holder is null"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    matter: Mapped[str] = mapped_column(String(80))
    matter_version: Mapped[int]
    category: Mapped[str] = mapped_column(String(20))
    ladder: Mapped[str] = mapped_column(ForeignKey("tj_ladder.digest"))
    title: Mapped[str]
    content: Mapped[str]
    client_kind: Mapped[str] = mapped_column(String(10))
    client_name: Mapped[str]
    confidential: Mapped[bool]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[str] = mapped_column(String(32))
    person_key: Mapped[str | None] = mapped_column(String(32))
    name_key: Mapped[str | None] = mapped_column(String(32))
    form: Mapped[dict[str, Any]] = mapped_column(JSON)
    missing: Mapped[list[str]] = mapped_column(JSON)
    channel: Mapped[str] = mapped_column(String(40))
    first_at: Mapped[date | None]

    status: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(16))
    department: Mapped[str] = mapped_column(String(40))
    section: Mapped[str | None] = mapped_column(String(40))
    fio: Mapped[str] = mapped_column(String(64))
    fio_department: Mapped[str] = mapped_column(String(40))
    stay: Mapped[int]
    station: Mapped[int | None]
    holder: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    client_from: Mapped[datetime] = mapped_column(UTCDateTime)
    client_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    client_missed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    order_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wake_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    amber_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    provisional: Mapped[bool]
    pauses: Mapped[list[list[str]]] = mapped_column(JSON)
    paused_from: Mapped[str | None] = mapped_column(String(12))
    pause_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    guided_to: Mapped[str | None] = mapped_column(String(40))
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answered_station: Mapped[int | None]
    close_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    grade: Mapped[int | None]
    reopen_requested: Mapped[bool]
    reopened: Mapped[int]
    returns: Mapped[int]
    repeats: Mapped[int]
    quarantined: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    grouped_with: Mapped[int | None] = mapped_column(BigInteger)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    witnessed: Mapped[int] = mapped_column(server_default="0")

    ledger: Mapped[str | None] = mapped_column(String(80))
    source_key: Mapped[str | None] = mapped_column(String(64))
    source_digest: Mapped[str | None] = mapped_column(String(32))
    source_version: Mapped[int | None]
    import_no: Mapped[str | None] = mapped_column(String(20))


class StayRow(Model):
    """One visit of one case to one station; ``limit_min`` counts working minutes.

    Its limit is ``limit_days`` working days after entry, or the day that was promised.
    """

    __tablename__ = "tj_stay"

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tj_case.id"), primary_key=True, autoincrement=False
    )
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    station: Mapped[int]
    department: Mapped[str] = mapped_column(String(40))
    section: Mapped[str | None] = mapped_column(String(40))
    holder: Mapped[str | None] = mapped_column(String(64))
    acting_for: Mapped[str | None] = mapped_column(String(64))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    limit_days: Mapped[int]
    promised_on: Mapped[date | None]
    promised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    extra_days: Mapped[int]
    limit_min: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    missed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_min: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    judgement: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None]
    note_public: Mapped[str | None]


class ClientWordRow(Model):
    """What a client wrote to a case after it was opened; ``sealed`` holds the text, encrypted."""

    __tablename__ = "tj_client_word"
    __table_args__ = (Index("ix_tj_client_word_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tj_case.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class SequenceRow(Model):
    """A counter of case numbers: one for each year."""

    __tablename__ = "tj_sequence"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int]


class SettingRow(Model):
    """A fact that the program keeps about this database, such as the calendar last used."""

    __tablename__ = "tj_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]


class GuidanceRow(Model):
    """A routine matter, answered with guidance and no case (requirement 8)."""

    __tablename__ = "tj_guidance"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    officer: Mapped[str] = mapped_column(String(64))
    matter: Mapped[str] = mapped_column(String(80))
    client_kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    guidance: Mapped[dict[str, str]] = mapped_column(JSON)


class ReadingRow(Model):
    """That an officer read a case's personal data unmasked, and for what (S39)."""

    __tablename__ = "tj_reading"
    __table_args__ = (
        Index("ix_tj_reading_officer", "officer", "id"),
        Index("ix_tj_reading_case", "case_id", "id"),
        Index("ix_tj_reading_at", "at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    officer: Mapped[str] = mapped_column(String(64), ForeignKey("tj_officer.code"))
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tj_case.id"))
    why: Mapped[str] = mapped_column(String(200))
