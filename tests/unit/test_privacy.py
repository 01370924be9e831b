"""What is masked in texts, names and values."""

from __future__ import annotations

import pytest

from tiji.privacy import mask_name, mask_text, mask_value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("+8613812345678", "+86138****5678"),
        ("86 138 1234 5678", "86 138****5678"),
        ("138-1234-5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("34070519000101000X", "340*************0X"),
        ("共３件", "共３件"),
        ("单号20261123138123456781", "单号20261123138123456781"),
    ],
)
def test_numbers_of_persons_are_masked_inside_texts(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("沈一鸣", "citizen", "沈某某"),
        ("陈某某等", "citizen", "陈某某"),
        ("张三、李四五", "citizen", "张某、李某某"),
        ("示例铜材公司", "enterprise", "示例铜材公司"),
        ("匿名", "citizen", "匿名"),
    ],
)
def test_of_a_citizen_the_family_name_stays(name: str, kind: str, shown: str) -> None:
    assert mask_name(name, kind) == shown


def test_of_a_value_nothing_telling_stays() -> None:
    assert mask_value("0562-2880000") == "056*****0000"
    assert mask_value("沈一鸣同志您好") == "***"
    assert mask_value("铜官区滨江花园1栋", keep=3) == "铜官区***"
