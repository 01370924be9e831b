"""The connector: a folder into which the message platform puts its exports."""

from __future__ import annotations

import json
from pathlib import Path

from tiji.api import BadInputError, RefusedFileError, import_ledger, runtime
from tiji_data_bureau.ledgers import MESSAGES

EVERY_S = 60
KINDS = frozenset({".xlsx", ".xls", ".ods", ".csv"})


def folder() -> Path:
    """Give the folder that is looked into; it need not exist."""
    return runtime().settings.home / "inbox" / "data_bureau"


def take_in() -> None:
    """Import each file of the inbox, oldest name first, and move it to ``done`` or ``refused``.

    Beside it stand a report and, where rows were rejected, a workbook of them. A file that is
    taken in twice, for a worker died before it could move it, changes nothing. Names that begin
    with a dot or end otherwise are left alone: a platform writes under such a name and renames.
    """
    inbox = folder()
    found = inbox.iterdir() if inbox.is_dir() else ()
    for path in sorted(found):
        if path.is_file() and path.suffix.lower() in KINDS and not path.name.startswith("."):
            _take(path)


def _take(path: Path) -> None:
    done, refused = path.parent / "done", path.parent / "refused"
    done.mkdir(exist_ok=True)
    refused.mkdir(exist_ok=True)
    rejects = done / f"{path.stem}.rejects.xlsx"
    try:
        report = import_ledger(MESSAGES.code, path, rejects=rejects).to_json()
    except (RefusedFileError, BadInputError) as error:
        (refused / f"{path.name}.txt").write_text(f"{error}\n", encoding="utf-8")
        path.replace(refused / path.name)
        return
    told = json.dumps(report, ensure_ascii=False, indent=2)
    (done / f"{path.name}.json").write_text(told, encoding="utf-8")
    path.replace(done / path.name)
