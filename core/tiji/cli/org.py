"""``tiji org``: load the organisation file, show who stands where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tiji.cli.context import json_option, show, with_app
from tiji.i18n import _

if TYPE_CHECKING:
    from tiji.people.actions import LoadResult

Json = dict[str, Any]


@click.group(
    help=_(
        """Load and show departments, officers and posts.

        Example: tiji org show
        """
    ),
)
def org() -> None:
    """Group the commands of the organisation."""


@org.command(
    help=_(
        """Replace the organisation by FILE (YAML); what it no longer lists ends now.

        A file with faults changes nothing; each fault is shown with its line.

        Example: tiji org load yunchuan.yaml
        """
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@with_app
def load(file: Path, as_json: bool) -> None:
    """Load an organisation file."""
    from tiji.organisation import adopt_organisation

    result = adopt_organisation(file).load
    show(load_json(result), as_json, lambda: load_text(result))


@org.command(
    "show",
    help=_(
        """Show departments, officers and posts as they are now.

        Example: tiji org show --json
        """
    ),
)
@json_option
@with_app
def show_(as_json: bool) -> None:
    """Show the organisation."""
    from tiji.people.chart import chart
    from tiji.runtime import runtime

    data = chart(runtime().clock.now())
    show(data, as_json, lambda: chart_text(data))


def load_json(result: LoadResult) -> Json:
    """Give what a load found and changed as plain data."""
    return {
        "departments": result.departments,
        "sections": result.sections,
        "officers": result.officers,
        "posts": result.posts,
        "leaves": result.leaves,
        "changes": [
            {"kind": change.kind, "code": change.code, "change": change.what}
            for change in result.changes
        ],
        "off_duty": list(result.off_duty),
    }


def load_text(result: LoadResult) -> str:
    """Say what a load found and changed; a first load is not listed line by line."""
    lines = [
        _(
            "{departments} departments, {sections} sections, {officers} officers, {posts} posts."
        ).format(
            departments=result.departments,
            sections=result.sections,
            officers=result.officers,
            posts=result.posts,
        )
    ]
    if not result.changes:
        lines.append(_("Nothing changed."))
    elif all(change.what == "added" for change in result.changes):
        lines.append(_("All that is new was added."))
    else:
        words = {"added": _("added"), "changed": _("changed"), "ended": _("ended")}
        kinds = {
            "department": _("department"),
            "section": _("section"),
            "officer": _("officer"),
            "post": _("post"),
            "leave": _("leave"),
        }
        lines += [f"  {words[c.what]}: {kinds[c.kind]} {c.code}" for c in result.changes]
    lines += [
        _("Warning: no first-inquiry officer of {department} is on duty; set `duty: true`.").format(
            department=code
        )
        for code in result.off_duty
    ]
    return "\n".join(lines)


def chart_text(data: Json) -> str:
    """Draw the tree of departments, each with its officers by station, the highest first."""
    if not data["departments"]:
        return _("There is no organisation yet; load one with `tiji org load FILE`.")
    below: dict[str | None, list[Json]] = defaultdict(list)
    listed = {department["code"] for department in data["departments"]}
    for department in data["departments"]:
        parent = department["parent"]
        below[parent if parent in listed else None].append(department)
    seats: dict[str, list[tuple[Json, Json]]] = defaultdict(list)
    for officer in data["officers"]:
        for post in officer["posts"]:
            seats[post["department"]].append((officer, post))
    return "\n".join(_branch(below, seats, None, ""))


def _branch(
    below: dict[str | None, list[Json]],
    seats: dict[str, list[tuple[Json, Json]]],
    parent: str | None,
    indent: str,
) -> Iterator[str]:
    for department in below[parent]:
        code = department["code"]
        others = " ".join(department["aliases"])
        yield f"{indent}{department['name']} ({code}) {others}".rstrip()
        sections = {section["code"]: section["name"] for section in department["sections"]}
        for officer, post in sorted(seats[code], key=lambda seat: -seat[1]["station"]):
            yield f"{indent}  {_seat(officer, post, sections)}"
        yield from _branch(below, seats, code, indent + "    ")


def _seat(officer: Json, post: Json, sections: dict[str, str]) -> str:
    from tiji.stations.rules import DEFAULT_LADDER

    remarks = [
        *([_("on duty")] if post.get("duty") else []),
        *([_("acting head")] if post.get("acting") else []),
        *(
            [_("in charge of {portfolio}").format(portfolio=" ".join(post["portfolio"]))]
            if post.get("portfolio")
            else []
        ),
        *([_("default")] if post.get("default") else []),
        *([_("until {day}").format(day=post["until"])] if post.get("until") else []),
        *([_leave(officer["leave"])] if officer["leave"] else []),
    ]
    title = DEFAULT_LADDER.station(post["station"]).title
    parts = [
        str(post["station"]),
        title,
        sections.get(post["section"] or "", ""),
        f"{officer['name']} ({officer['code']})",
        "; ".join(remarks),
    ]
    return "  ".join(part for part in parts if part)


def _leave(leave: Json) -> str:
    text = (
        _("on leave until {day}, {acting} acts") if leave["acting"] else _("on leave until {day}")
    )
    return text.format(day=leave["until"], acting=leave["acting"])
