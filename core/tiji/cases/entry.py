"""What a case says of itself when it enters, and what of it is sealed, masked and found."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tiji.canonical import canonical
from tiji.crypto import commitment
from tiji.privacy import mask_text
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


def person_key(name: str, personal: Mapping[str, Any]) -> str | None:
    """Index a person by identity number, or by name and phone; nobody is known by name alone."""
    index = runtime().cipher.index
    if number := personal.get("id_number"):
        return index("identity", str(number))
    phone = personal.get("mobile") or personal.get("phone")
    return index("phone", normal(name).strip(), str(phone)) if phone else None
