"""A matter list that breaks a rule is refused with its file, matter and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from marshmallow import Schema

from tiji.api import load_matters
from tiji.errors import BadInputError
from tiji.plugins.types import Guidance

MATTER = """
[[matter]]
code = "petitions.land"
title = "征地补偿信访积案"
department = "XFJ"
audience = ["people"]
category = "legacy"
cause = "policy_change"
guidance = { who = "信访局", where = "一楼", contact = "0562-0000000" }
"""

LADDER = """
entry = 2
[[matter.ladder]]
role = "first"
title = "窗口"
limit_days = 1
[[matter.ladder]]
role = "principal"
title = "局长"
limit_days = 4
may_refuse = true
on_timeout = "alarm"
"""


class LandForm(Schema):
    """Stand for a plugin's form."""


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_LANG", "en")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "matters.toml"


def test_a_full_entry_becomes_a_matter(path: Path) -> None:
    path.write_text(
        MATTER
        + """
        form = "LandForm"
        fields_concerned = ["XFJ", "ZGJ"]
        pain_points = [{ kind = "gap", text = "档案缺失" }]
        confidential = true
        count_repeats = true
        limits = { 1 = 2, client = 15 }
        titles = { 4 = "局长" }
        """,
        encoding="utf-8",
    )
    (matter,) = load_matters(path, {"LandForm": LandForm})
    assert (matter.code, matter.audience, matter.cause) == (
        "petitions.land",
        ("people",),
        "policy_change",
    )
    assert matter.guidance == Guidance("信访局", "一楼", "0562-0000000")
    assert matter.form is LandForm
    assert matter.pain_points == (("gap", "档案缺失"),)
    assert (matter.confidential, matter.count_repeats, matter.routine) == (True, True, False)
    assert [s.limit_days for s in matter.ladder.stations] == [2, 1, 2, 3, 5]
    assert matter.ladder.station(4).title == "局长"
    assert matter.ladder.client_limit_days == 15


def test_a_ladder_of_its_own(path: Path) -> None:
    path.write_text(MATTER + LADDER, encoding="utf-8")
    (matter,) = load_matters(path)
    assert [(s.no, s.role, s.may_refuse) for s in matter.ladder.stations] == [
        (1, "first", False),
        (2, "principal", True),
    ]
    assert matter.ladder.entry == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MATTER.replace('category = "legacy"\n', ""), "matter petitions.land: category"),
        (MATTER.replace('"legacy"', '"hard"'), "category: must be one of legacy, cross"),
        (MATTER.replace('cause = "policy_change"\n', ""), "cause: must be one of"),
        (MATTER.replace('"policy_change"', '"bad_luck"'), "cause: must be one of"),
        (MATTER.replace('"legacy"', '"no_precedent"'), "cause: only a legacy matter"),
        (
            MATTER.replace('"legacy"', '"cross_department"').replace("cause =", "form =")
            + 'fields_concerned = ["XFJ", "XFJ"]',
            "form: there is no form policy_change",
        ),
        (
            MATTER.replace('"legacy"\ncause = "policy_change"', '"cross_department"')
            + 'fields_concerned = ["XFJ", "XFJ"]',
            "fields_concerned: a cross-department matter names two",
        ),
        (MATTER.replace('["people"]', '["cats"]'), "audience: must be one of enterprise, people"),
        (MATTER.replace('["people"]', "[]"), "audience: must be one of"),
        (MATTER.replace('where = "一楼"', 'where = " "'), "guidance.where: must be a text"),
        (MATTER.replace('where = "一楼", ', ""), "guidance.where: "),
        (MATTER.replace('"征地补偿信访积案"', "7"), "title: "),
        (MATTER + "colour = 1", "colour: "),
        (MATTER + 'pain_points = [{ kind = "itch", text = "x" }]', "pain_points: must be one of"),
        (MATTER + "limits = { 1 = 0 }", "ladder: "),
        (MATTER + "limits = { first = 2 }", "limits: "),
        (MATTER + "titles = { 9 = '局长' }", "ladder: "),
        (MATTER + LADDER.replace("may_refuse = true", ""), "ladder: This ladder is against"),
        (MATTER + LADDER.replace('"principal"', '"king"'), "ladder.1.role: "),
        ("matter = 1", "must hold [[matter]] tables"),
        (MATTER.replace("[[matter]]", "[[matters]]"), "must hold [[matter]] tables"),
        ("[[matter", "cannot be read"),
    ],
)
def test_a_fault_names_file_matter_and_key(path: Path, text: str, message: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        load_matters(path)
    assert str(caught.value).startswith("matters.toml")
    assert message in str(caught.value)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(BadInputError, match=r"matters\.toml"):
        load_matters(path)
