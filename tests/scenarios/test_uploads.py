"""A worker that dies amid an import in the browser leaves it to another, which ends the same."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.scenarios.processes import Child, Place, check_whole, looking, write_ledger

from tiji.accounts.rules import Viewer
from tiji.db import db
from tiji.intake import uploads
from tiji.intake.model import ImportRow, UploadRow
from tiji.intake.rules import CHECKED, DONE
from tiji.people.queries import seats_of
from tiji.testing.pytest_plugin import START

ROWS, BATCH = 240, 80
#: The other worker comes when the lease of the dead one is over.
LATER = START + timedelta(minutes=1)


def viewer() -> Viewer:
    """Give the officer who uploads."""
    seats = tuple(seats_of("petitions_bureau_fio", START))
    return Viewer("petitions_bureau_fio", "", "petitions_bureau", seats=seats)


def uploaded(place: Place, ledger: Path) -> None:
    with looking(place, START):
        file = io.BytesIO(ledger.read_bytes())
        assert uploads.take_in(viewer(), "petitions.backlog", file, "积案.csv") == 1


def begun(place: Place) -> None:
    with looking(place, START):
        assert upload()["state"] == CHECKED
        assert upload()["counts"]["imported"] == ROWS - ROWS // 50
        uploads.begin(viewer(), 1)


def upload() -> dict[str, Any]:
    return dict(db.session.execute(select(UploadRow.__table__)).mappings().one())


# The claim is the first commit of a worker that has work; each check and each import has four.
@pytest.mark.parametrize(("check", "run"), [(4, 6)])
def test_an_upload_survives_its_workers(place: Place, tmp_path: Path, check: int, run: int) -> None:
    uploaded(place, write_ledger(tmp_path / "积案.csv", ROWS))
    for nth, ready in ((check, begun), (run, lambda _place: None)):
        with Child(place, START, BATCH) as child:
            child.order("work", die=["before", nth])
            assert child.hear() is None, "it was to die"
        with Child(place, LATER, BATCH) as child:
            child.order("work")
            assert child.hear()["done"] is True
        ready(place)
    with looking(place, LATER):
        found = upload()
        assert found["state"] == DONE
        counts = {name: found["counts"][name] for name in ("read", "entered", "unchanged")}
        assert counts == {"read": ROWS, "entered": ROWS - ROWS // 50, "unchanged": 0}
        (book,) = db.session.execute(select(ImportRow.number, ImportRow.imported)).all()
        assert book == (found["import_no"], ROWS - ROWS // 50)
    check_whole(place, LATER, every=100)
