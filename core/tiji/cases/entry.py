"""What a case says of itself when it enters, and what of it is sealed, masked and found."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tiji.canonical import canonical
from tiji.cases.form import impersonal
from tiji.crypto import commitment
from tiji.privacy import SEVERAL, mask_name, mask_places, mask_text, mask_value
from tiji.runtime import runtime
from tiji.search.queries import name_key
from tiji.search.rules import normal


@dataclass
class Intake:
    """What a case says of itself when it enters; the personal part is sealed and committed to."""

    matter: str
    matter_version: int
    category: str
    confidential: bool
    ladder: str
    title: str
    content: str
    client_kind: str
    client_name: str
    personal: Mapping[str, Any]
    form: Mapping[str, Any]
    missing: list[str]
    channel: str
    person_key: str | None = None
    searched: Sequence[str] = ()
    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def commitment(self) -> str:
        """Hash all that must be erasable, salted, for the event log."""
        texts = (self.title, self.content, self.client_name, self._personal_text)
        return commitment(self.salt, *texts, canonical(self.form))

    @cached_property
    def _personal_text(self) -> str:
        return canonical(self.personal)

    def words(self, number: str) -> list[str]:
        """Give what the case is found by; a confidential client's name is not among it."""
        name = [] if self.confidential else [self.client_name]
        title = [] if self.title in self.content else [mask_text(self.title)]
        return [number, *title, mask_text(self.content), *name, *self.searched]

    def columns(self) -> dict[str, Any]:
        """Give the columns of the case row; numbers inside texts are masked and sealed."""
        title, content = mask_text(self.title), mask_text(self.content)
        form = {n: mask_text(v) if isinstance(v, str) else v for n, v in self.form.items()}
        masked = {name: said for name, said in self.form.items() if form[name] != said}
        if (title, content) != (self.title, self.content):
            masked |= {"title": self.title, "content": self.content}
        return {
            "matter": self.matter,
            "matter_version": self.matter_version,
            "category": self.category,
            "ladder": self.ladder,
            "title": title,
            "content": content,
            "client_kind": self.client_kind,
            "client_name": self.client_name,
            "confidential": self.confidential,
            "sealed": self._sealed(masked),
            "salt": self.salt,
            "person_key": self.person_key,
            "name_key": name_key(self.client_name),
            "form": form,
            "missing": self.missing,
            "channel": self.channel,
            "first_at": None,
            "ledger": None,
            "source_key": None,
            "source_digest": None,
            "source_version": None,
            **self.source,
        }

    def _sealed(self, masked: Mapping[str, Any]) -> bytes | None:
        """Encrypt what is personal, and the original of what was masked."""
        if masked:
            return runtime().cipher.seal({**self.personal, **masked})
        return runtime().cipher.seal_text(self._personal_text) if self.personal else None


def erased(case: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns of a case's row after which nothing of it tells who its client was.

    Title and content stay in their masked form, without the client's name, what else is sealed,
    and the numbers of doors. The salt goes too: without it nobody can ever try what the log's
    commitment hid.
    """
    gone = list(_masks(case))
    title, content = (_without(case[name], gone) for name in ("title", "content"))
    return {
        "title": title,
        "content": content,
        "client_name": "",
        "sealed": None,
        "salt": "",
        "person_key": None,
        "name_key": None,
        "form": impersonal(case["matter"], case["form"]),
        "source_digest": None,
    }


def _masks(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what must not stand in a text, and how it is masked: names, and sealed values."""
    if case["client_kind"] == "citizen":
        for name in SEVERAL.split(case["client_name"]):
            if len(name.strip()) > 1:
                yield name.strip(), mask_name(name.strip())
    personal = runtime().cipher.open(case["sealed"])
    originals = {"title", "content", "columns"}
    values = [value for name, value in personal.items() if name not in originals]
    for value in (*values, *personal.get("columns", {}).values()):
        if isinstance(value, str) and len(value) > 3:
            yield value, mask_value(value)


def _without(text: str, masks: Iterable[tuple[str, str]]) -> str:
    for said, masked in masks:
        text = text.replace(said, masked)
    return mask_places(text)


def person_key(name: str, personal: Mapping[str, Any]) -> str | None:
    """Index a person by identity number, or by name and phone; nobody is known by name alone."""
    index = runtime().cipher.index
    if number := personal.get("id_number"):
        return index("identity", str(number))
    phone = personal.get("mobile") or personal.get("phone")
    return index("phone", normal(name).strip(), str(phone)) if phone else None
