"""A ledger of invented petitions of any length, as the demo city's petitions bureau keeps it."""

from __future__ import annotations

import csv
import random
from pathlib import Path

#: The ledger that such a file is of.
LEDGER = "petitions.backlog"
HEADER = [
    "序号",
    "信访人",
    "身份证号",
    "联系电话",
    "住址",
    "信访事项",
    "问题属地",
    "首次信访时间",
    "信访形式",
    "次数",
    "人数",
    "责任单位",
    "包案领导",
    "化解措施",
    "化解时限",
    "化解状态",
    "备注",
]
PLACES = ["幸福里二期", "滨江花园", "矿工新村", "铜都名苑", "老棉纺厂宿舍", "城北集贸市场"]
SUBJECTS = (
    "安置房未通过规划核实，二百余户无法办证",
    "征地补偿款差额至今未发放，原经办人员已调离",
    "两区交界道路路灯与排水无人管养，雨季多次内涝",
    "外摆经营申请因没有明确依据被多次退回",
)
OFFICES = ["自然资源局", "住建局", "人社局", "城管局", "市场监管局", "交通局"]


def write_ledger(path: Path, rows: int) -> None:
    """Write a ledger of invented petitions, the same for the same number of rows."""
    chance = random.Random(7)  # noqa: S311 - invented data, nothing secret
    lines = [_row(no, chance) for no in range(1, rows + 1)]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *lines])
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        for at, line in enumerate([HEADER, *lines]):
            sheet.write_row(at, 0, line)


def _row(no: int, chance: random.Random) -> list[str]:
    place = chance.choice(PLACES)
    return [
        str(no),
        f"{chance.choice('赵钱孙李周吴郑王')}某某",
        _identity(no),
        f"139{no % 100_000_000:08d}",
        f"铜官区{place}{no % 40 + 1}栋{no % 1800}室",
        f"{place}{chance.choice(SUBJECTS)}（第 {no} 号事项）",
        "铜官区",
        f"{chance.randint(2008, 2025)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        chance.choice(["来信", "来访", "网上", "电话"]),
        str(chance.randint(1, 40)),
        str(chance.choice([1, 1, 1, 3, 6])),
        chance.choice(OFFICES),
        "甲副市长",
        "召开协调会",
        "2027-09-08",
        chance.choice(["未化解", "化解中", "已化解", "反弹"]),
        "",
    ]


def _identity(no: int) -> str:
    """Give an identity number that nobody has (born in 1900), its check digit right."""
    digits = f"3407051900{no // 999 % 12 + 1:02d}{no % 28 + 1:02d}{no % 999:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]
