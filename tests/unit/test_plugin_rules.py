"""What a bureau says of its channels and of its ledgers' groups is checked when it loads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tiji.errors import BadInputError
from tiji.forms.fields import LedgerText
from tiji.plugins.rules import check_bureau
from tiji.plugins.types import Bureau, Channel, Column, ImportedCase, Ledger


def _no_case(_values: object) -> ImportedCase:
    raise NotImplementedError


LEDGER = Ledger(
    code="messages.all",
    title="留言台账",
    to_case=_no_case,
    columns=(
        Column("编号", "no", LedgerText()),
        Column("主题", "topic", LedgerText()),
        Column("详情", "details", LedgerText()),
    ),
    number="no",
    one_of=(("topic", "details"),),
)
CHANNEL = Channel("messages.board", "留言板", "data_bureau")
BUREAU = Bureau("messages", "数据局", "data_bureau", ledgers=(LEDGER,), channels=(CHANNEL,))


def test_a_right_bureau_passes() -> None:
    assert check_bureau("messages", BUREAU) is BUREAU


@pytest.mark.parametrize(
    ("channels", "reason"),
    [
        ((replace(CHANNEL, code="board"),), "'board' must be messages"),
        ((CHANNEL, CHANNEL), "given twice"),
        ((replace(CHANNEL, title=" "),), "channel messages.board: its title is missing"),
        ((replace(CHANNEL, department=""),), "its department is missing"),
        (("messages.board",), "Channel"),
        ("messages.board", "Channel"),
    ],
)
def test_a_bad_channel_is_named(channels: Any, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        check_bureau("messages", replace(BUREAU, channels=channels))


@pytest.mark.parametrize(
    ("one_of", "reason"),
    [((("topic", "text"),), "no column 'text'"), (("topic", "details"), "one_of")],
)
def test_a_bad_group_of_columns_is_named(one_of: Any, reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        check_bureau("messages", replace(BUREAU, ledgers=(replace(LEDGER, one_of=one_of),)))
