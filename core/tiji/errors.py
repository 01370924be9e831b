"""The errors that a caller can act on, each with the exit code of the command line."""

from __future__ import annotations


class TijiError(Exception):
    """Say what went wrong and what to do next; never shown with a traceback."""

    exit_code = 1


class BadInputError(TijiError):
    """Report a value that cannot be read, or a name that nobody knows."""

    exit_code = 2


class AbsentError(BadInputError):
    """Report what is not there for who asks: it does not exist, or may not be seen."""


class RuleError(TijiError):
    """Report a rule that forbids the action: which rule, and what to do instead.

    ``rule`` is a short stable name (for tests and the web), ``instead`` the advice.
    """

    exit_code = 4

    def __init__(self, rule: str, message: str, instead: str = "") -> None:
        self.rule = rule
        self.message = message
        self.instead = instead
        # After a full-width stop no space follows.
        between = "" if message.endswith(("。", "！", "？")) else " "
        super().__init__(f"{message}{between}{instead}".strip())


class ConflictError(TijiError):
    """Report that somebody else moved the case first, and who did what."""

    exit_code = 5


class RefusedFileError(TijiError):
    """Report a file of which nothing enters: why and where."""

    exit_code = 1
