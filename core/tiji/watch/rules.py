"""Judge what was found: pure, so that each case of it can be tested."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tiji.clock import iso
from tiji.i18n import _
from tiji.watch.findings import Finding, doubtful, well, wrong

GIGABYTE = 10**9
#: Below one of these two a disk is nearly full.
LEAST_FREE, LEAST_SHARE = 1 * GIGABYTE, 0.1
#: A database on one of these may be corrupted: their locks do not hold.
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "fuse.rclone"}
)
#: What tests read, and no installation.
FOR_TESTS = "TIJI_TEST_"
CLOCKS_APART = timedelta(seconds=2)
CLOCKS_WRONG = timedelta(seconds=60)
SWEEP_LATE = timedelta(minutes=5)
DELIVERY_LATE = timedelta(minutes=15)
CHECKPOINT_LATE = timedelta(hours=3)
#: The State Council publishes a year's list in the November before it.
LIST_EXPECTED_BY = 12


def variables(given: Iterable[str], known: Iterable[str]) -> Iterable[Finding]:
    """Name the TIJI_ variables that nobody reads, with the closest that somebody does."""
    unknown = sorted(
        name
        for name in given
        if name.startswith("TIJI_") and not name.startswith(FOR_TESTS) and name not in set(known)
    )
    for name in unknown:
        close = difflib.get_close_matches(name, list(known), 1)
        advice = _("Did you mean {name}?").format(name=close[0]) if close else _("Remove it.")
        yield doubtful("settings", _("Nobody reads {name}.").format(name=name), advice)
    if not unknown:
        yield well("settings", _("Every TIJI_ variable is known."))


def library(name: str, version: str | None, wanted: str) -> Finding | None:
    """Compare an installed version with a range such as ``>=1.2,<2``; None where it fits."""
    if version is not None and all(_holds(version, limit) for limit in wanted.split(",")):
        return None
    return wrong(
        "libraries",
        _("{name} is {version}; {wanted} is needed.").format(
            name=name, version=version or _("not installed"), wanted=wanted
        ),
        _("Install what constraints.txt names: pip install -c constraints.txt {name}").format(
            name=name
        ),
    )


def _holds(version: str, limit: str) -> bool:
    match = re.match(r"\s*(>=|<)\s*(.+)", limit)
    if match is None:
        return True
    have, bound = _numbers(version), _numbers(match[2])
    return have >= bound if match[1] == ">=" else have < bound


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def file_system(folder: Path, mounts: Mapping[str, str]) -> Finding | None:
    """Refuse a network file system below a SQLite file; ``mounts`` maps places to types."""
    above = [place for place in mounts if folder.is_relative_to(place)]
    kind = mounts[max(above, key=len)] if above else ""
    if kind not in NETWORK_FILE_SYSTEMS:
        return None
    return wrong(
        "disk",
        _("SQLite lies on a network file system ({kind}): it will be corrupted.").format(kind=kind),
        _("Move TIJI_HOME to a local disk, or use PostgreSQL."),
    )


def disk(folder: Path, free: int, total: int) -> Finding:
    """Warn of a disk that is nearly full."""
    said = _("{folder}: {free:.1f} GB of {total:.1f} GB are free.").format(
        folder=folder, free=free / GIGABYTE, total=total / GIGABYTE
    )
    if free < LEAST_FREE or free < total * LEAST_SHARE:
        return doubtful("disk", said, _("Make room before writing fails."))
    return well("disk", said)


def clocks(apart: timedelta) -> Finding:
    """Compare the application's clock with the database server's."""
    seconds = abs(apart).total_seconds()
    said = _("The clock is {seconds:.1f} s from the database server's.").format(seconds=seconds)
    advice = _("Let both machines follow one time server (chrony).")
    if abs(apart) > CLOCKS_WRONG:
        return wrong("clock", said, advice)
    return doubtful("clock", said, advice) if abs(apart) > CLOCKS_APART else well("clock", said)


def calendar(today: datetime, published: Mapping[int, bool], provisional: int) -> list[Finding]:
    """Judge whether the lists of rest days of this year and the next are known."""
    found = []
    for year in (today.year, today.year + 1):
        if published[year]:
            found.append(well("calendar", _("The list of {year} is known.").format(year=year)))
            continue
        said = _("The State Council's list for {year} is not known here.").format(year=year)
        if provisional:
            said += " " + _("Cases with provisional times: {count}.").format(
                count=capped(provisional)
            )
        advice = _(
            "Put it into calendars/cn-{year}.toml in TIJI_HOME, or update the library `holidays`."
        ).format(year=year)
        if year == today.year:
            found.append(wrong("calendar", said, advice))
        elif today.month >= LIST_EXPECTED_BY or provisional:
            found.append(doubtful("calendar", said, advice))
        else:
            found.append(well("calendar", said))
    return found


def capped(count: int, cap: int = 1001) -> str:
    """Write a count that ends at a cap."""
    return f"{cap - 1}+" if count >= cap else str(count)


def sweeping(now: datetime, last: datetime | None, oldest: datetime | None) -> Finding:
    """Judge whether somebody sweeps: when a worker last did, and what waits for it longest.

    ``last`` is None where no worker swept, as with cron; ``oldest`` where nothing waits.
    """
    if oldest is not None and now - oldest > SWEEP_LATE:
        return wrong(
            "sweep",
            _("Nobody sweeps: a case has waited since {at}.").format(at=iso(oldest)),
            _("Run `tiji worker`, or `tiji sweep` every minute."),
        )
    if last is not None and now - last > SWEEP_LATE:
        return doubtful(
            "sweep",
            _("The last sweep by a worker was at {at}.").format(at=iso(last)),
            _("Run `tiji worker`, or `tiji sweep` every minute."),
        )
    if last is None:
        return well("sweep", _("Nothing waits for a sweep."))
    return well("sweep", _("Last sweep at {at}.").format(at=iso(last)))


def working(workers: int, delivers_here: bool) -> Finding:
    """Judge whether a worker lives; whoever acts may deliver, but nobody else tries again."""
    if workers:
        return well("worker", _("Workers alive: {count}.").format(count=workers))
    advice = _("Run `tiji worker`; see docs/administration.md.")
    if delivers_here:
        said = _("No worker is alive: what failed is tried again by nobody.")
        return doubtful("worker", said, advice)
    return wrong("worker", _("No worker is alive: nothing is delivered."), advice)


def deliveries(now: datetime, parked: int, held: int, oldest: datetime | None) -> list[Finding]:
    """Judge what did not arrive."""
    found = []
    for count, said in (
        (parked, _("Deliveries that failed for good: {count}.")),
        (held, _("Deliveries held back since a restore: {count}.")),
    ):
        if count:
            advice = _("See `tiji events failed`; then `tiji events retry`.")
            found.append(doubtful("deliveries", said.format(count=capped(count)), advice))
    if oldest is not None and now - oldest > DELIVERY_LATE:
        said = _("A delivery has waited since {at}.").format(at=iso(oldest))
        found.append(doubtful("deliveries", said, _("See `tiji events failed` and the worker.")))
    return found or [well("deliveries", _("Everything arrived, or is on its way."))]


def checkpoint(now: datetime, folder: Path, last: datetime | None) -> Finding:
    """Judge the age of the newest checkpoint in its folder; None where there is none."""
    if last is None:
        said = _("There is no checkpoint in {folder}.").format(folder=folder)
    else:
        said = _("Last checkpoint at {at}.").format(at=iso(last))
        if now - last <= CHECKPOINT_LATE:
            return well("checkpoints", said)
    advice = _("Run `tiji worker`, which writes one each hour; see `tiji events failed`.")
    return doubtful("checkpoints", said, advice)
