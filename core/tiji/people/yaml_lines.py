"""Read a YAML file and remember the line of every value, so that errors can name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tiji.errors import BadInputError
from tiji.i18n import _

#: Where a value stands: keys and list indexes from the top.
Place = tuple[str | int, ...]

MAX_BYTES = 20_000_000
MAX_DEPTH = 30
#: Values after aliases are written out; a metropolis has some hundred thousand.
MAX_VALUES = 1_000_000

#: The parser in C where PyYAML was built with it: the same result, some ten times faster.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

PLAIN = "tag:yaml.org,2002:"
AS_TEXT = frozenset({PLAIN + "str", PLAIN + "timestamp"})
AS_VALUE = frozenset({PLAIN + kind for kind in ("int", "float", "bool", "null")})


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what is wrong with the value at a place."""

    place: Place
    message: str


@dataclass(slots=True)
class Document:
    """Hold a file's value, the line of everything in it, and faults found while reading."""

    name: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def refuse(self) -> None:
        """Raise BadInputError with one line for each fault, in the file's order."""
        if not self.faults:
            return
        found = sorted({(self.line(fault.place), fault.message) for fault in self.faults})
        raise BadInputError("\n".join(_at(self.name, line, message) for line, message in found))


def read_yaml(path: Path) -> Document:
    """Read a YAML file into plain values; dates stay text.

    Raises BadInputError for a file that is missing, empty, too large, not UTF-8 or not YAML.
    Repeated keys and unusual tags are left as faults in the document.
    """
    text = _text(path)
    document = Document(path.name)
    try:
        _check_depth(path.name, text)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        reason = _("this is no valid YAML: {why}").format(why=error.problem or error.context)
        raise BadInputError(_at(path.name, line, reason)) from None
    except yaml.YAMLError as error:
        reason = _("this is no valid YAML: {why}").format(why=" ".join(str(error).split()))
        raise BadInputError(_at(path.name, 1, reason)) from None
    if node is None:
        raise BadInputError(_("{file} is empty.").format(file=path.name))
    document.value = _Values(document).read(node, (), node.start_mark.line + 1)
    return document


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInputError(
            _("{file} cannot be read: {why}").format(file=path, why=error.strerror)
        ) from None
    if len(content) > MAX_BYTES:
        raise BadInputError(
            _("{file} is larger than {limit} MB.").format(
                file=path.name, limit=MAX_BYTES // 1_000_000
            )
        )
    if not content.strip():
        raise BadInputError(_("{file} is empty.").format(file=path.name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadInputError(
            _at(path.name, line, _("this is no UTF-8 text; save the file as UTF-8"))
        ) from None


def _check_depth(name: str, text: str) -> None:
    # The composer calls itself for each level, so the depth is looked at before it runs.
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise BadInputError(_at(name, line, _("the file is nested too deeply")))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _at(name: str, line: int, message: str) -> str:
    return _("{file}, line {line}: {message}").format(file=name, line=line, message=message)


class _Values:
    """Turn nodes into values, counting them: an alias may stand for many."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0
        self.constructor = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, place: Place, line: int) -> Any:
        self.count += 1
        if self.count > MAX_VALUES or len(place) > MAX_DEPTH:
            raise BadInputError(
                _at(self.document.name, line, _("the aliases stand for too much; write it out"))
            )
        self.document.lines[place] = line
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read(item, (*place, no), item.start_mark.line + 1)
                for no, item in enumerate(node.value)
            ]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(place, line, _("a key must be a plain word"))
                continue
            key = self._scalar(key_node, place)
            if key in result:
                self._fault((*place, key), line, _("key {key!r} stands twice").format(key=key))
                continue
            result[key] = self.read(value_node, (*place, key), line)
        return result

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        if node.tag in AS_TEXT:
            return node.value
        line = node.start_mark.line + 1
        if node.tag not in AS_VALUE:
            tag = str(node.tag).removeprefix(PLAIN)
            self._fault(place, line, _("{tag!r} is not supported; write it out").format(tag=tag))
            return None
        try:
            return self.constructor.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._fault(place, line, _("{text!r} is no value").format(text=node.value))
            return None

    def _fault(self, place: Place, line: int, message: str) -> None:
        # A place of its own, so that the fault names this line and not the first one's.
        own = (*place, f"line {line}")
        self.document.lines[own] = line
        self.document.faults.append(Fault(own, message))
