"""The tables of events and of their witness: rows are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime


class EventRow(Model):
    """One entry of a case's log; (case_id, seq) is unique, so nobody can write an entry twice."""

    __tablename__ = "tj_event"

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[str] = mapped_column(String(27))
    actor: Mapped[str] = mapped_column(String(64))
    data: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text)
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class WitnessRow(Model):
    """A leaf of the witness: that case ``case_id`` had ``seq`` events, the last with ``hash``.

    Numbered from 1 without a gap, in the order in which they were committed.
    """

    __tablename__ = "tj_witness"

    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class CheckpointRow(Model):
    """The root over the first ``size`` leaves; the next one goes on from its ``frontier``."""

    __tablename__ = "tj_checkpoint"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    frontier: Mapped[list[str]] = mapped_column(JSON)
