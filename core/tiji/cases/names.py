"""What people read for officers, departments, matters and the fields of forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tiji.cases.labels import channels
from tiji.cases.words import listed, word
from tiji.forms.fields import Departments
from tiji.i18n import _, either
from tiji.runtime import runtime


@dataclass(frozen=True, slots=True)
class Names:
    """Name officers and offices by code; a code that nobody knows stays one."""

    officers: Mapping[str, str]
    offices: Mapping[str, str]

    def officer(self, code: str) -> str:
        """Name an officer."""
        return self.officers.get(code, code)

    def office(self, code: str) -> str:
        """Name a department or section."""
        return self.offices.get(code, code)


def names_of(codes: Iterable[str]) -> Names:
    """Look up the names that some codes have, as officers or as offices."""
    from tiji.people import queries as people

    return Names(*people.names_by_code(codes))


def short_names(codes: Iterable[str]) -> dict[str, str]:
    """Give departments' short names, for lists."""
    from tiji.people import queries as people

    wanted = set(codes)
    short = {
        found.code: found.aliases[0]
        for found in people.departments(runtime().clock.now())
        if found.code in wanted and found.aliases
    }
    return people.office_names(wanted - set(short)) | short


def matter_title(code: str) -> str:
    """Give a matter's title; the code of one that is not listed any more."""
    from tiji.errors import BadInputError
    from tiji.matters.queries import matter

    try:
        return matter(code).title
    except BadInputError:
        return code


def ledger_title(code: str) -> str:
    """Give a ledger's title while its plugin is active, else its code."""
    found = runtime().plugins.ledger(code)
    return found.title if found else code


def channel_title(code: str) -> str:
    """Give the title of the channel by which a case came, else its code."""
    bureaus = runtime().plugins.bureaus().values()
    titles = {channel.code: channel.title for bureau in bureaus for channel in bureau.channels}
    return titles.get(code) or word(channels(), code)


class FormWords:
    """Name a matter's fields and write their values; where its plugin is not active, as stored."""

    def __init__(self, matter: str, names: Names | None = None, title: str | None = None) -> None:
        declared = runtime().plugins.matter(matter)
        self._fields = declared.form().fields if declared and declared.form else {}
        self._matter, self._names, self._title = matter, names, title

    def matter(self, code: str) -> str:
        """Name a matter: mostly the form's own, whose title may be known."""
        return self._title if self._title and code == self._matter else matter_title(code)

    def label(self, name: str) -> str:
        """Give a field's label in the caller's language; a ledger's own column is its own."""
        field = self._fields.get(name)
        label = field.metadata.get("label") if field else None
        if not label:
            return name
        english = field.metadata.get("label_en", label) if field else label
        return either({"zh": str(label), "en": str(english)})

    def place(self, name: str) -> int:
        """Give a field's place in the form; a ledger's own columns follow."""
        names = list(self._fields)
        return names.index(name) if name in names else len(names)

    def labels(self, names: Iterable[str]) -> str:
        """List fields by their labels."""
        return listed(map(self.label, names))

    def value(self, name: str, value: Any) -> str:
        """Write a field's value: departments by name, several things in one line."""
        if isinstance(value, list) and isinstance(self._fields.get(name), Departments):
            names = self._names or names_of(map(str, value))
            return listed(map(names.office, map(str, value)))
        return written(value)


def written(value: Any, say: Callable[[Any], str] = str) -> str:
    """Write a plain value as people do: yes and no, lists and mappings in one line."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(written(item, say) for item in value)
    if isinstance(value, dict):
        pair = _("{name}: {value}")
        return listed(pair.format(name=k, value=written(v, say)) for k, v in value.items())
    return "—" if value is None else say(value)
