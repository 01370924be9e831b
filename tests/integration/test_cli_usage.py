"""Wrong usage of the commands about cases: exit code 2, and nothing on stdout."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.cases import FIO
from tests.integration.cli import OPEN, WORDS, Json, Run, data, fails

WRONG = [
    ("case", "show", "TJ2026999999"),
    ("case", "show", ""),
    ("case", "take", "TJ2026999999", "--as", FIO),
    ("case", "list", "--after", "nonsense"),
    ("case", "list", "--after", "MjAyNi0wMS0wMSAx"),
    ("case", "list", "--department", "nowhere"),
    ("case", "list", "--status", "lost"),
    ("case", "list", "--station", "0"),
    ("case", "list", "--station", str(10**30)),
    ("case", "list", "--limit", "0"),
    ("case", "nonsense"),
    (*OPEN, "--as", "nobody"),
    OPEN,
    (*OPEN, "--as", FIO, "--data", "{"),
    (*OPEN, "--as", FIO, "--data", "[1]"),
    (*OPEN, "--as", FIO, "--data", '{"nonsense": 1}'),
    (*OPEN, "--as", FIO, "--client-kind", "dog"),
    (*OPEN, "--as", FIO, "--matter", "petitions.nonsense"),
    ("matters", "show", "petitions.nonsense"),
    ("calendar", "due", "nonsense", "1"),
    ("events", "nonsense"),
    ("sweep", "--nonsense"),
]


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_wrong_usage_exits_with_two_and_says_so(tiji: Run, args: tuple[str, ...]) -> None:
    result = tiji(*args, code=2)
    assert result.stdout == ""


@pytest.mark.parametrize("action", sorted(WORDS))
def test_every_action_refuses_wrong_usage(
    tiji: Run, case: Callable[..., Json], action: str
) -> None:
    number = case("open")["number"]
    tiji("case", action, number, *WORDS[action], code=2)
    tiji("case", action, "--as", FIO, *WORDS[action], code=2)
    tiji("case", action, number, "--as", "nobody", *WORDS[action], code=2)
    tiji("case", action, number, "--as", FIO, "--nonsense", *WORDS[action], code=2)
    tiji("case", action, number, "--as", FIO, "--version", "x", *WORDS[action], code=2)
    assert data(tiji("case", "show", number, "--json"))["version"] == 1


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("agree", ["--promised", "tomorrow"]),
        ("agree", ["--promised", "2026-02-30"]),
        ("complete", ["--outcome", "refused"]),
        ("escalate", ["--judgement", "no"]),
        ("decide", ["--decision", "maybe"]),
        ("pause", ["--reason", "holiday"]),
        ("pause", ["--until", "soon"]),
        ("extend", ["--days", "two"]),
        ("rate", ["--grade", "good"]),
    ],
)
def test_a_value_that_cannot_be_read_exits_with_two(
    tiji: Run, case: Callable[..., Json], action: str, wrong: list[str]
) -> None:
    fails(tiji, 2, action, case("open")["number"], FIO, *wrong)
