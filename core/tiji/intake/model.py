"""Tables of imports, of ledgers that were uploaded for one, and of what was decided about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime


class ImportRow(Model):
    """One import that wrote cases, called by its number (DR-20261123-01), which they carry.

    ``imported`` and ``updated`` count with each transaction of the import, ``withdrawn`` with
    each of its withdrawal; ``last_at`` is when the import last wrote.
    """

    __tablename__ = "tj_import"
    __table_args__ = (Index("ix_tj_import_ledger", "ledger", "begun_at"),)

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    ledger: Mapped[str] = mapped_column(String(80))
    file: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    imported: Mapped[int]
    updated: Mapped[int]
    withdrawn: Mapped[int]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))


class UploadRow(Model):
    """A ledger that an officer uploaded; its file is gone once ``sha256`` is empty.

    ``layout`` says where each sheet has its columns, ``mapping`` what was decided about them,
    ``sample`` holds the first row, sealed. ``counts`` are those of the last check or run, ``done``
    the rows that the present one has read. ``turn`` numbers checks and runs.
    """

    __tablename__ = "tj_upload"
    __table_args__ = (
        Index("ix_tj_upload_department", "department", "id"),
        Index("ix_tj_upload_officer", "officer", "id"),
        Index("ix_tj_upload_file", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger: Mapped[str] = mapped_column(String(80))
    officer: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    layout: Mapped[dict[str, Any]] = mapped_column(JSON)
    signature: Mapped[str] = mapped_column(String(32))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    sample: Mapped[bytes | None] = mapped_column(LargeBinary)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    done: Mapped[int]
    turn: Mapped[int]
    error: Mapped[str | None]
    import_no: Mapped[str | None] = mapped_column(String(20))
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    touched_at: Mapped[datetime] = mapped_column(UTCDateTime)


class FoundRow(Model):
    """A row of an upload about which something is to be said; ``sealed`` holds its cells.

    ``no`` counts the rows that were found. ``left_out`` rows do not enter.
    """

    __tablename__ = "tj_upload_row"
    __table_args__ = (Index("ix_tj_upload_row_state", "upload", "state", "no"),)

    upload: Mapped[int] = mapped_column(ForeignKey("tj_upload.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sheet: Mapped[str] = mapped_column(String(255))
    row_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    left_out: Mapped[bool]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class MendRow(Model):
    """A cell of an upload that was mended; ``sealed`` holds what it said and what it says now."""

    __tablename__ = "tj_mend"
    __table_args__ = (UniqueConstraint("upload", "sheet", "row_no", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload: Mapped[int] = mapped_column(ForeignKey("tj_upload.id"))
    sheet: Mapped[str] = mapped_column(String(255))
    row_no: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    officer: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class MappingRow(Model):
    """What an officer decided about the columns of files with one header, for the next of them."""

    __tablename__ = "tj_mapping"
    __table_args__ = (UniqueConstraint("ledger", "signature", "officer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger: Mapped[str] = mapped_column(String(80))
    signature: Mapped[str] = mapped_column(String(32))
    officer: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(80))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
