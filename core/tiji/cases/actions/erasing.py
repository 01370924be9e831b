"""Erase what tells who a case's client was; its log stays whole (PIPL art. 47; S35)."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tiji.attachments.model import ERASED, AttachmentRow
from tiji.cases.entry import erased
from tiji.cases.model import CaseRow, ClientWordRow
from tiji.cases.move import Move
from tiji.cases.moving import moving, require_seat
from tiji.cases.rules import require_words
from tiji.db import rows
from tiji.drafts.actions import forget_drafts
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.portal.model import ReceiptRow
from tiji.search.actions import drop_deleted_words, index_again


def erase(number: str, actor: str, *, why: str, seen: int | None = None) -> None:
    """Erase the personal data of a case that is over, for good, as its department's principal.

    Name, sealed data, keys by which the person is found, free words of the form and the salt of
    the log's commitment go; plugins hear ``personal_erased`` and erase their own. What officers
    wrote in the log stays. Raises RuleError for a case that is not over, or erased already.
    """
    require_words(_("erasing gives its reason"), why=why)
    with moving(number, "erase", actor, seen) as move:
        if move.state.erased_at:
            raise RuleError(
                "erased", _("The personal data of {case} are erased.").format(case=move.number)
            )
        _require_principal(move, actor)
        move.state.erased_at = move.now
        move.record("personal_erased", actor, reason=why)
        own, session = CaseRow.id == move.id, move.desk.session
        columns = erased(rows(session.execute(select(CaseRow.__table__).where(own)))[0])
        _erase_beside(session, move)
        session.execute(update(CaseRow).where(own).values(columns))
        index_again(session, {move.id: (move.number, columns["title"], columns["content"])})
    drop_deleted_words()


def _erase_beside(session: Session, move: Move) -> None:
    """Take the names of its files, which go themselves within the hour, drafts about it, what its
    client wrote, and the receipt by which nobody finds it any more."""
    files = update(AttachmentRow).where(AttachmentRow.case_id == move.id)
    session.execute(files.values(name=ERASED, removed_at=move.now))
    forget_drafts(session, move.number)
    session.execute(delete(ClientWordRow).where(ClientWordRow.case_id == move.id))
    session.execute(delete(ReceiptRow).where(ReceiptRow.case_id == move.id))


def _require_principal(move: Move, actor: str) -> None:
    stations = [station.no for station in move.ladder.stations if station.role == "principal"]
    message = _("Only the principal of {department} erases personal data.")
    require_seat(
        move, actor, stations, "not-principal", message.format(department=move.state.department)
    )
