"""Tables of the public's door: by what a client finds a case, and how often somebody tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime


class ReceiptRow(Model):
    """By what its client finds a case: keyed hashes of the query code and of a phone's last digits.

    ``token_hash`` tells a form that was sent twice; what it is made from finds nothing.
    """

    __tablename__ = "tj_receipt"

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tj_case.id"), primary_key=True, autoincrement=False
    )
    code_hash: Mapped[str] = mapped_column(String(32))
    phone_key: Mapped[str | None] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TryRow(Model):
    """How often somebody tried something since a moment; ``key`` is a keyed hash of who or what."""

    __tablename__ = "tj_try"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    count: Mapped[int]
