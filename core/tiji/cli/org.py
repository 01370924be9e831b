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
#: The names of departments and of officers by code.
Names = tuple[dict[str, str], dict[str, str]]


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
    offices = {d["code"]: next(iter(d["aliases"]), d["name"]) for d in data["departments"]}
    officers = {officer["code"]: officer["name"] for officer in data["officers"]}
    return "\n".join(_branch(below, seats, (offices, officers), None, ""))


def _branch(
    below: dict[str | None, list[Json]],
    seats: dict[str, list[tuple[Json, Json]]],
    names: Names,
    parent: str | None,
    indent: str,
) -> Iterator[str]:
    for department in below[parent]:
        yield indent + _heading(department, indent)
        yield from _seated(department, seats[department["code"]], names, indent + "  ")
        yield from _branch(below, seats, names, department["code"], indent + "    ")


def _heading(department: Json, indent: str) -> str:
    """Name a department, and what else it is called as far as there is room."""
    from tiji.cases.words import named
    from tiji.cli.columns import fit, room, width

    heading = named(department["code"], department["name"])
    others = "  ".join(department["aliases"])
    return fit(f"{heading}  {others}", max(room() - len(indent), width(heading))).rstrip()


def _seated(
    department: Json, seats: list[tuple[Json, Json]], names: Names, indent: str
) -> list[str]:
    """Write who sits in a department, the highest first; one post is one line."""
    from tiji.cli.columns import aligned

    sections = {section["code"]: section["name"] for section in department["sections"]}
    posts: dict[tuple[str, ...], list[str]] = {}
    for officer, post in sorted(seats, key=lambda seat: -seat[1]["station"]):
        held = posts.setdefault(_post(officer, post, names), [])
        held += [sections[post["section"]]] if post["section"] in sections else []
    rows = [(*post[:3], _section_names(held), post[3]) for post, held in posts.items()]
    return aligned(rows, indent)


def _section_names(sections: list[str]) -> str:
    from tiji.cases.words import listed

    return listed(sections)


def _post(officer: Json, post: Json, names: Names) -> tuple[str, ...]:
    from tiji.cases.words import listed, named
    from tiji.stations.rules import DEFAULT_LADDER, station_title

    offices, officers = names
    remarks = [
        *([_("on duty")] if post.get("duty") else []),
        *([_("acting head")] if post.get("acting") else []),
        *(
            [
                _("in charge of {portfolio}").format(
                    portfolio=listed(offices.get(code, code) for code in post["portfolio"])
                )
            ]
            if post.get("portfolio")
            else []
        ),
        *([_("default")] if post.get("default") else []),
        *([_("until {day}").format(day=post["until"])] if post.get("until") else []),
        *([_leave(officer["leave"], officers)] if officer["leave"] else []),
    ]
    return (
        str(post["station"]),
        station_title(DEFAULT_LADDER.station(post["station"]).title),
        named(officer["code"], officer["name"]),
        _("; ").join(remarks),
    )


def _leave(leave: Json, officers: dict[str, str]) -> str:
    from tiji.cases.words import named

    acting = leave["acting"]
    text = (
        _("on leave until {day}, {acting} acts") if leave["acting"] else _("on leave until {day}")
    )
    return text.format(day=leave["until"], acting=named(acting, officers.get(acting or "")))
