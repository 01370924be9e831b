"""Tell how each action went: a log line and a count for done, refused, conflict, failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from tiji import metrics
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.logs import Log, bound

log = Log(__name__)


@dataclass(slots=True)
class Told:
    """Hold what is known of the case only once the action is done."""

    case: str | None = None
    station: int | None = None


@contextmanager
def telling(action: str, officer: str, case: str | None = None) -> Iterator[Told]:
    """Tell how the action inside went, and bind case and officer to every line of it (S39).

    An input that cannot be read is neither logged nor counted: it may hold anything.
    """
    begun, seen = perf_counter(), Told(case)
    told = {"officer": officer} if case is None else {"officer": officer, "case": case}
    with bound(**told):
        try:
            yield seen
        except BadInputError:
            raise
        except RuleError as error:
            _tell(begun, seen, action, "refused", rule=error.rule)
            raise
        except ConflictError:
            _tell(begun, seen, action, "conflict")
            raise
        except Exception as error:
            metrics.acted(action, "failed")
            log.error("action failed", action=action, error=error)
            raise
        _tell(begun, seen, action, "done")


def _tell(begun: float, seen: Told, action: str, outcome: str, **more: str) -> None:
    metrics.acted(action, outcome)
    fields: dict[str, object] = {"action": action, **more}
    if seen.case is not None:
        fields["case"] = seen.case
    if seen.station is not None:
        fields["station"] = seen.station
    log.info(f"action {outcome}", **fields, ms=round((perf_counter() - begun) * 1000, 1))
