"""Take checkpoints: witness what grew, hash it into the tree, write what an outsider keeps."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tiji.cases.model import CaseRow, SequenceRow
from tiji.cases.queries import count_cases
from tiji.db import db, transaction
from tiji.errors import TijiError
from tiji.events.checkpoints import Checkpoint, write_checkpoint
from tiji.events.merkle import Tree
from tiji.events.model import CheckpointRow, WitnessRow
from tiji.events.rules import stamp
from tiji.events.witness import leaf_text, read_leaves
from tiji.i18n import _
from tiji.runtime import runtime

_CASE = cast(Table, CaseRow.__table__)
#: So many cases are witnessed in one transaction.
BATCH = 1000
#: The counter that numbers the leaves; whoever counts on holds it until the commit.
COUNTER = "witness"


def take_checkpoint() -> Checkpoint:
    """Give the root over all leaves, after every case that grew since has got its own.

    It costs what grew. Two at once, or one killed anywhere, lose and double nothing: leaves that no
    checkpoint covers yet are covered by the next. A case that is being changed at this moment is
    due again.
    """
    after: int | None = 0
    while after is not None:
        with transaction() as session:
            after = _witness(session, after)
    tree = _grown_tree()
    cases = count_cases()
    db.session.rollback()
    at = stamp(runtime().clock.now())
    return Checkpoint(at=at, leaves=tree.size, root=tree.root(), cases=cases)


def write_checkpoint_into(folder: Path) -> Path:
    """Take a checkpoint and write it into a folder, named by its time; return the file.

    For a periodic job, hourly into the folder that TIJI_CHECKPOINTS names. Raises TijiError where
    the folder is not there, as when its mount is gone: it is never made, or evidence would pile
    up where nobody outside looks.
    """
    if not folder.is_dir():
        raise TijiError(
            _("The folder of checkpoints, {path}, is not there: mount it, or make it once.").format(
                path=folder
            )
        )
    return write_checkpoint(take_checkpoint(), folder)


def _witness(session: Session, after: int) -> int | None:
    """Append a leaf for each of the next cases that grew; give the last id, None at the end.

    Cases that another transaction holds are passed over: waiting for them in this order, while
    an officer's action holds others, could block both for ever.
    """
    grown = session.execute(
        select(_CASE.c.id, _CASE.c.version, _CASE.c.head)
        .where(_CASE.c.witnessed != _CASE.c.version, _CASE.c.id > after)
        .order_by(_CASE.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not grown:
        return None
    last = _count_on(session, len(grown))
    leaves = [
        {"n": n, "case_id": id_, "seq": version, "hash": head}
        for n, (id_, version, head) in enumerate(grown, start=last - len(grown) + 1)
    ]
    connection = session.connection()
    connection.execute(insert(WitnessRow), leaves)
    ids = [leaf["case_id"] for leaf in leaves]
    connection.execute(update(_CASE).where(_CASE.c.id.in_(ids)).values(witnessed=_CASE.c.version))
    return cast(int, ids[-1])


def _count_on(session: Session, count: int) -> int:
    """Number the next leaves: in the order of commits and without a gap, whoever else does."""
    counted = session.execute(
        update(SequenceRow)
        .where(SequenceRow.name == COUNTER)
        .values(value=SequenceRow.value + count)
        .returning(SequenceRow.value)
    )
    return counted.scalar_one()


def _grown_tree() -> Tree:
    """Go on from the last checkpoint with the leaves since; remember the new one."""
    size = db.session.scalar(select(func.max(WitnessRow.n))) or 0
    last = db.session.execute(
        select(CheckpointRow.size, CheckpointRow.frontier)
        .where(CheckpointRow.size <= size)
        .order_by(CheckpointRow.size.desc())
        .limit(1)
    ).first()
    db.session.rollback()
    tree = Tree.going_on(last.size, last.frontier) if last else Tree()
    if tree.size == size:
        return tree
    for _n, case_id, seq, digest in read_leaves(tree.size, size):
        tree.add(leaf_text(case_id, seq, digest))
    row = {"size": tree.size, "root": tree.root(), "at": runtime().clock.now()}
    with transaction() as session:
        connection = session.connection()
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        # Another process may have come to the same size: then it came to the same root.
        remember = dialect.insert(CheckpointRow).on_conflict_do_nothing()
        connection.execute(remember, [{**row, "frontier": tree.kept()}])
    return tree
