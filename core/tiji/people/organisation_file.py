"""Read the organisation file: every entry and every fault, with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import Schema

from tiji.people.organisation import (
    DepartmentEntry,
    LeaveEntry,
    OfficerEntry,
    Organisation,
    PostEntry,
    SectionEntry,
    faults,
)
from tiji.people.schemas import (
    DepartmentSchema,
    FileSchema,
    LeaveSchema,
    OfficerSchema,
    PostSchema,
    SectionSchema,
    load_entry,
)
from tiji.people.yaml_lines import Document, Place, read_yaml

Values = dict[str, Any]


def read_organisation(path: Path) -> Organisation:
    """Read and check an organisation file.

    Raises BadInputError with one line for every fault: file, line, what is wrong.
    """
    document = read_yaml(path)
    organisation = _Reader(document).read()
    document.faults.extend(faults(organisation))
    document.refuse()
    return organisation


class _Reader:
    """Walk the document; entries with faults are left out, their codes stay known."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.organisation = Organisation()
        self.file_schema = FileSchema()
        self.department_schema = DepartmentSchema()
        self.section_schema = SectionSchema()
        self.officer_schema = OfficerSchema()
        self.post_schema = PostSchema()
        self.leave_schema = LeaveSchema()

    def read(self) -> Organisation:
        organisation, top = self.organisation, self.document.value
        if values := self._load(self.file_schema, top, ()):
            organisation.city = values["city"]
        for place, raw, found in self._entries(top, "departments", self.department_schema, ()):
            self._department(place, raw, found)
        for place, _raw, leave in self._entries(top, "leave", self.leave_schema, ()):
            if leave is not None:
                organisation.leaves.append(LeaveEntry(place=place, **leave))
        return organisation

    def _department(self, place: Place, raw: Any, values: Values | None) -> None:
        code = _code_of(raw)
        self.organisation.known_departments.add(code)
        if values is not None:
            del values["sections"], values["officers"]
            for key in ("short_names", "aliases"):
                values[key] = tuple(values[key] or ())
            values["overrides"] = values["overrides"] or {}
            self.organisation.departments.append(DepartmentEntry(place=place, **values))
        for where, item, section in self._entries(raw, "sections", self.section_schema, place):
            self.organisation.known_sections.add((code, _code_of(item)))
            if section is not None:
                self.organisation.sections.append(
                    SectionEntry(place=where, department=code, **section)
                )
        for where, item, officer in self._entries(raw, "officers", self.officer_schema, place):
            self._officer(where, item, officer, code)

    def _officer(self, place: Place, raw: Any, values: Values | None, department: str) -> None:
        code = _code_of(raw)
        self.organisation.known_officers.add(code)
        if values is not None:
            del values["posts"]
            self.organisation.officers.append(
                OfficerEntry(place=place, department=department, **values)
            )
        for where, _item, post in self._entries(raw, "posts", self.post_schema, place):
            if post is not None:
                section = post.pop("section", None)
                sections = [section] if section else post["sections"] or ()
                post["sections"] = tuple(dict.fromkeys(sections))
                post["portfolio"] = tuple(dict.fromkeys(post["portfolio"] or ()))
                post.setdefault("department", department)
                self.organisation.posts.append(PostEntry(place=where, officer=code, **post))

    def _entries(
        self, raw: Any, key: str, schema: Schema, place: Place
    ) -> Iterator[tuple[Place, Any, Values | None]]:
        # A list of the wrong type is the fault of the entry around it, found there.
        items = raw.get(key) if isinstance(raw, dict) else None
        for no, item in enumerate(items if isinstance(items, list) else ()):
            where = (*place, key, no)
            yield where, item, self._load(schema, item, where)

    def _load(self, schema: Schema, raw: Any, place: Place) -> Values | None:
        found = load_entry(schema, raw, place)
        if isinstance(found, dict):
            return found
        self.document.faults.extend(found)
        return None


def _code_of(raw: Any) -> str:
    return str(raw.get("code", "")) if isinstance(raw, dict) else ""
