"""Let a bureau record an event of its own in a case's log, with its own rows, in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tiji.cases.moving import moving
from tiji.plugins.types import CaseView


@contextmanager
def recording(number: str, actor: str, kind: str, **data: Any) -> Iterator[CaseView]:
    """Open the transaction in which a plugin writes its own rows, and record the event in it.

    ``kind`` and the names in ``data`` are those that the plugin's bureau declares as ``events``.
    The case itself does not change. Raises what every action raises: BadInputError,
    ConflictError, RuleError.
    """
    with moving(number, "record", actor) as move:
        yield move.view()
        move.record(kind, actor, **data)
