"""Log lines: what was done, on which case and by whom, and no word that a person said."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO

from tiji.clock import LOCAL

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger, ProcessorFormatter

LEVELS = ("debug", "info", "warning", "error")
STYLES = ("json", "text")

#: A case's number or an officer's code; what else was typed in their place may be anything.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_CODED = ("case", "officer")

Line = MutableMapping[str, Any]

_context: ContextVar[Mapping[str, object]] = ContextVar("tiji_log", default=MappingProxyType({}))


@contextmanager
def bound(**known: object) -> Iterator[None]:
    """Put a case, an officer or more beside every line that is written inside."""
    token = _context.set({**_context.get(), **known})
    try:
        yield
    finally:
        _context.reset(token)


class Log:
    """Write lines under a module's name; structlog is imported with the first that is wanted.

    A line is a short fixed text and fields of codes and figures. ``error=`` takes an exception,
    of which only the type and the place in our own code are written: its message may quote what
    a person said (S36).
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Write what only a search for a fault needs."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what was done."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what somebody should look at."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what failed."""
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: Mapping[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            _structured(self._logger.name).log(level, event, **fields)


def start(level: str, style: str | None = None, *, again: bool = True) -> None:
    """Write this process's lines on stderr from now on.

    ``style`` is ``json`` or ``text``; without one a terminal gets text, all else JSON. With
    ``again=False`` a process that writes lines already stays as it is.
    """
    root = logging.getLogger()
    started = [handler for handler in root.handlers if isinstance(handler, _Stderr)]
    if started and not again:
        return
    for handler in started:
        root.removeHandler(handler)
    handler = _Stderr()
    handler.setFormatter(_Lines(style or ("text" if sys.stderr.isatty() else "json")))
    root.addHandler(handler)
    logging.getLogger("tiji").setLevel(level.upper())


class _Stderr(logging.StreamHandler[TextIO]):
    """Write to what is stderr at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Lines(logging.Formatter):
    """Write every record of the process alike, those of libraries too."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._lines = style

    def format(self, record: logging.LogRecord) -> str:
        return _formatter(self._lines).format(record)


@cache
def _structured(name: str) -> BoundLogger:
    import structlog

    wrapped: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            _with_context,
            _without_words,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
    )
    return wrapped


@cache
def _formatter(style: str) -> ProcessorFormatter:
    import structlog

    if style == "text":
        written: Any = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and sys.platform != "win32", timestamp_key="time"
        )
    else:
        written = structlog.processors.JSONRenderer(ensure_ascii=False)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_with_context, _without_words],
        processors=[_with_moment, remove_meta, written],
    )


def _with_context(_logger: object, _method: str, line: Line) -> Line:
    return {**_context.get(), **line}


def _without_words(_logger: object, _method: str, line: Line) -> Line:
    """Write an exception as its type and place, and no code that is none."""
    raised = line.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else line.get("error")
    if isinstance(error, BaseException):
        line.update(fault(error))
    for name in _CODED:
        if name in line and not _CODE.fullmatch(str(line[name])):
            line[name] = "?"
    return line


def fault(error: BaseException) -> dict[str, str]:
    """Give the type of an error, the database's own name of it, and where our code was."""
    said = {"error": type(error).__name__}
    original = getattr(error, "orig", None)
    name = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    if name:
        said["code"] = str(name)
    place, trace = "", error.__traceback__
    while trace:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0].startswith("tiji"):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return {**said, "at": place} if place else said


def _with_moment(_logger: object, _method: str, line: Line) -> Line:
    """Begin with the machine's time (a fixed TIJI_CLOCK would hide when it was), and the level."""
    record = line["_record"]
    moment = datetime.fromtimestamp(record.created, LOCAL).isoformat(timespec="milliseconds")
    begins = {"time": moment, "level": record.levelname.lower(), "event": line.pop("event")}
    return {**begins, "logger": record.name, **line}
