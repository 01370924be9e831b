"""What an examination says: how something stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tiji.errors import TijiError
from tiji.i18n import _
from tiji.logs import fault

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say how one thing stands; ``advice`` is what to do, and empty where all is well."""

    check: str
    state: State
    what: str
    advice: str = ""


def well(check: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(check, "ok", what)


def doubtful(check: str, what: str, advice: str) -> Finding:
    """Say what should be looked at."""
    return Finding(check, "warning", what, advice)


def wrong(check: str, what: str, advice: str) -> Finding:
    """Say what does not work, or loses something."""
    return Finding(check, "error", what, advice)


def report(findings: Iterable[Finding]) -> dict[str, Any]:
    """Give findings as plain data; ``ok`` tells that none is an error."""
    given = list(findings)
    return {
        "ok": all(finding.state != "error" for finding in given),
        "findings": [asdict(finding) for finding in given],
    }


def guarded(check: str, examine: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Let one examination that fails hold up no other: it is a finding of its own."""
    try:
        yield from list(examine())
    except Exception as error:
        why = str(error) if isinstance(error, TijiError) else named(error)
        yield wrong(check, why, _("Mend this first, then run `tiji doctor` again."))


def named(error: Exception) -> str:
    """Name an error by its type and the database's own name of it; its text may hold more."""
    said = fault(error)
    return " ".join(said[name] for name in ("error", "code") if name in said)
