"""Publish the matter list with two persons: one proposes what has changed, another agrees (S9)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert

from tiji.cases.model import SettingRow
from tiji.clock import iso
from tiji.db import db, transaction
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.logs import Log
from tiji.matters.actions import Publication, publish_matters
from tiji.matters.drafts import Draft, drafts, fingerprint
from tiji.runtime import runtime

_NAME = "matters proposed"

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Say who proposed to publish which drafts when; ``drafts`` is their fingerprint."""

    by: str
    at: str
    drafts: str


def proposal() -> Proposal | None:
    """Give the proposal that waits for a second person, if the drafts are still the same."""
    found = db.session.get(SettingRow, _NAME)
    said = Proposal(**json.loads(found.value)) if found else None
    return said if said and said.drafts == fingerprint(drafts()) else None


def propose(by: str) -> None:
    """Propose to publish the drafts as they are now."""
    found = _drafts()
    said: dict[str, Any] = asdict(
        Proposal(by, iso(runtime().clock.now()) or "", fingerprint(found))
    )
    with transaction() as session:
        session.execute(delete(SettingRow).where(SettingRow.name == _NAME))
        session.execute(insert(SettingRow).values(name=_NAME, value=json.dumps(said)))
    log.info("matters proposed", drafts=len(found), by=by)


def agree(by: str) -> Publication:
    """Publish what another person proposed; cases keep the version that they were opened with.

    Raises RuleError where nothing is proposed, or by oneself.
    """
    waiting = proposal()
    if waiting is None:
        raise RuleError("not-proposed", _("Nothing is proposed, or the drafts changed since."),
                        _("Propose the drafts first."))  # fmt: skip
    if waiting.by == by:
        raise RuleError("second-person", _("Nobody agrees to their own proposal."),
                        _("Another administrator agrees."))  # fmt: skip
    done = publish_matters()
    with transaction() as session:
        session.execute(delete(SettingRow).where(SettingRow.name == _NAME))
    log.info("matters published", proposed_by=waiting.by, by=by)
    return done


def _drafts() -> list[Draft]:
    found = drafts()
    if not found:
        raise RuleError("no-drafts", _("Every matter is published as its bureau declares it."))
    return found
