"""A plugin that misbehaves in every way, and a database whose answers get lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

ROGUE = """
    import sys
    from sqlalchemy import update
    from tiji.api import Bureau, Deny, Guidance, Matter, Subscriber, db, hookimpl

    MODE = "quiet"
    KINDS = frozenset({
        "case_opened", "case_escalated", "case_agreed", "case_answered", "case_refused",
        "deadline_missed", "case_commented", "case_resumed", "case_closed",
    })

    def misbehave(*args, **kwargs):
        if MODE == "raise":
            raise RuntimeError("receiver")
        if MODE == "exit":
            sys.exit(3)
        if MODE == "dirty":
            from tiji.cases.model import CaseRow
            db.session.execute(update(CaseRow).values(status="closed", holder="nobody"))

    @hookimpl
    def tiji_bureau():
        guidance = Guidance("物业科", "政务中心", "电话")
        other = Matter("rogue.other", "其他", "housing", ("people",), "no_precedent", guidance)
        return Bureau("rogue", "坏插件", "housing", (other,))

    @hookimpl
    def tiji_subscribers():
        return [Subscriber("first", KINDS, misbehave), Subscriber("second", KINDS, misbehave)]

    @hookimpl
    def tiji_decide(actor, action, case):
        if MODE == "wrong":
            return "yes"
        misbehave()
"""


def install_rogue(folder: Path) -> None:
    """Install the plugin in a folder that stands on the path."""
    (folder / "rogue_bureau.py").write_text(dedent(ROGUE), encoding="utf-8")
    about = folder / "rogue_bureau-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rogue-bureau\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tiji.plugins]\nrogue = rogue_bureau\n")


@contextmanager
def losing_answers() -> Iterator[None]:
    """Commit, and then lose the database's answer."""
    commit = Session.commit

    def commit_and_break(self: Session) -> None:
        writes = self.connection().get_execution_options().get("tiji_write")
        commit(self)
        if writes:
            raise OperationalError("COMMIT", {}, ConnectionError("the answer was lost"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "commit", commit_and_break)
        yield
