"""The table of drafts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime


class DraftRow(Model):
    """What somebody typed into one form; ``sealed`` holds its fields, encrypted.

    ``key`` names the form: a case's number and the action, as ``TJ2026000001/escalate``.
    ``seen`` is the version of the case that its writer saw.
    """

    __tablename__ = "tj_draft"

    owner: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    seen: Mapped[int | None]
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
