"""Read the messages of core, of click and of each plugin, merge them into the Chinese catalogues.

Run it as ``scripts/translate``. Click asks for its own words in the core's catalogue
(``tiji.i18n.translate_click``), so they are extracted too; a plugin's words are in its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core" / "tiji"
LOCALE = "zh_Hans"
#: Whatever has messages of its own: core, and each plugin's package.
PACKAGES = (CORE, *sorted(plugin.parent for plugin in ROOT.glob("plugins/*/*/plugin.py")))
HEADER = "# Chinese messages of Tiji; scripts/translate keeps it in step with the source texts."
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def catalogue_of(package: Path = CORE) -> Path:
    """Give where a package's Chinese catalogue is."""
    return package / "translations" / LOCALE / "LC_MESSAGES" / "tiji.po"


def source_messages(package: Path = CORE) -> Catalog:
    """Collect every message of a package's source, without the places where it stands."""
    found = Catalog(project="Tiji")
    folders = (package, Path(click.__file__).parent) if package == CORE else (package,)
    for folder in folders:
        for _file, _line, message, _comments, context in extract_from_dir(
            folder, method_map=METHODS, comment_tags=()
        ):
            found.add(message, context=context)
    return found


def merged(package: Path = CORE) -> Catalog:
    """Give the stored catalogue with the source's messages: new ones empty, old ones gone."""
    if catalogue_of(package).exists():
        with catalogue_of(package).open("rb") as file:
            catalogue = read_po(file, locale=LOCALE, ignore_obsolete=True)
    else:
        catalogue = Catalog(LOCALE, header_comment=HEADER, project="Tiji", fuzzy=False)
    catalogue.update(source_messages(package), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in messages(catalogue):
        if message.fuzzy:
            message.flags.discard("fuzzy")
            message.string = ""
    return catalogue


def messages(catalogue: Catalog) -> list[Message]:
    """Give a catalogue's messages without its header."""
    return [message for message in catalogue if message.id]


def texts(message: Message, of: str) -> list[str]:
    """Give a message's ``id`` or ``string`` as the list of its forms."""
    value = getattr(message, of)
    return list(value) if isinstance(value, tuple | list) else [value or ""]


def update(package: Path) -> Iterator[Message]:
    """Update and compile a package's catalogue; give what is not translated."""
    catalogue = merged(package)
    if not messages(catalogue):
        return
    path = catalogue_of(package)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, ignore_obsolete=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    yield from (m for m in messages(catalogue) if not all(texts(m, "string")))


def main() -> int:
    """Update and compile all catalogues; return 1 and list what is not translated."""
    gaps = [(package.name, message) for package in PACKAGES for message in update(package)]
    for owner, message in gaps:
        print(f"{owner}: not translated: {texts(message, 'id')[0]!r}", file=sys.stderr)
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
