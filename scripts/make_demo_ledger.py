"""Write the demo's ledger: an invented backlog, kept as untidily as a bureau really keeps one.

Run it from a checkout: ``python scripts/make_demo_ledger.py``. The same file comes out each
time. Persons are of the style 张某某, their identity numbers have serial 000 and were born in
1900, so that nobody has them; places and cases are invented.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

TARGET = Path(__file__).parent.parent / "core" / "tiji" / "demo" / "backlog.xlsx"
AS_OF = date(2026, 10, 31)
#: Day 0 of a spreadsheet's serial numbers.
EPOCH = date(1899, 12, 30)

Row = dict[str, Any]

AREAS = {"铜官区": "340705", "义安区": "340706", "郊区": "340711", "枞阳县": "340722"}
FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
PLACES = (
    *("翠湖花园", "铜都名苑", "老棉纺厂宿舍", "滨江花园", "矿工新村", "幸福里二期"),
    *("城北集贸市场", "开发区标准厂房", "长江路安置小区", "五松新城", "官塘小区", "朝阳文化里"),
)
WAYS = ("来访", "来访", "来信", "网上", "电话")
STATES = (*["未化解"] * 6, *["化解中"] * 9, "反弹", *["已化解"] * 3)
BATCHES = ("第一批", "第二批", "市级督办", "省交办", None)

#: Each unit as ledgers call it, its leaders in charge, and what people ask of it.
UNITS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("自然资源局", "市自规局", "市自然资源和规划局", "自然资源和规划局"),
        ("蔡疏影副市长", "雷南乔局长"),
        (
            "{p}开发单位已注销，{n}户入住多年无法办理不动产权证",
            "{p}集资建房手续不全，房款票据遗失，办证被拒",
            "{p}安置房未通过规划核实，{n}户无法办证",
            "{p}房产证与土地证登记面积不一致，老政策与新政策衔接不上",
            "{p}征地补偿款差额至今未发放，原经办人员已调离",
            "{p}房屋加建阳光房登记没有先例，多次退回",
        ),
    ),
    (
        ("住建局", "市住建局", "市住房和城乡建设局", "住房城乡建设局"),
        ("蔡疏影副市长", "陆牧之局长"),
        (
            "{p}外墙脱落，维修资金因档案遗失无法提取",
            "{p}商品房逾期交付{n}户，开发单位资金链断裂",
            "{p}老楼加装电梯没有明确依据，申请被退回",
            "{p}房改房承诺因单位改制未兑现",
        ),
    ),
    (
        ("人社局", "市人社局", "市人力资源和社会保障局"),
        ("田嘉树副市长", "潘云舒局长"),
        (
            "{p}企业改制后社会保险断缴，档案下落不明",
            "外卖骑手工伤认定无据可依，{p}站点{n}人反映",
            "{p}农民工工资拖欠{n}人，用工单位已撤销",
            "{p}退休人员视同缴费年限因政策调整未予认定",
        ),
    ),
    (
        ("城管局", "市城管局", "市城市管理局", "城管执法局"),
        ("谭晚亭副市长", "锺予安局长"),
        (
            "{p}两区交界道路路灯与排水无人管养，雨季多次内涝",
            "{p}门前外摆经营申请因没有明确依据被多次退回",
            "{p}餐饮油烟扰民，多个部门互相推诿",
        ),
    ),
    (
        ("市场监管局", "市市场监管局", "市市场监督管理局"),
        ("孔景行副市长", "姚致和局长"),
        (
            "{p}健身房闭店，{n}名会员预付卡无法退款",
            "{p}个体户经营场所登记因原出租单位灭失无法办理",
            "{p}夜间直播带货属新业态，登记类别无据可依",
        ),
    ),
    (
        ("交通局", "市交通局", "市交通运输局"),
        ("谭晚亭副市长", "孔既白局长"),
        (
            "{p}至城区公交线路停运，{n}名学生上学不便",
            "{p}农村公路拓宽占地补偿标准前后不一，换了领导后无人答复",
            "{p}出租车经营权到期更新因政策变化未落实",
        ),
    ),
    (
        ("铜官区人民政府", "铜官区政府", "铜官区"),
        ("史婉仪副市长", "孔映雪区长"),
        (
            "{p}农贸市场搬迁后摊位安置承诺未兑现",
            "{p}征收补偿协议约定的车库至今未交付",
        ),
    ),
    (
        ("枞阳县人民政府", "枞阳县"),
        ("史婉仪副市长",),
        (
            "{p}水库移民后期扶持资金发放名单遗漏",
            "{p}乡镇撤并后村集体林权证无人换发",
        ),
    ),
)
MEASURES = (
    *("召开协调会", "补缴方案已报批", "指定单位代办登记", "重新核算差额", "补办用地手续"),
    *("入户核实", "公开听证", "司法鉴定中"),
)
REMARKS = ("材料另附", "原件在接访科", "见2019年会议纪要", "已听证", "当事人在外地务工，电话联系")


def identity_number(area: str, day: date) -> str:
    """Make a number that nobody has: born in 1900, serial 000, with its right check digit."""
    body = f"{area}{day:%Y%m%d}000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def full_width(text: str) -> str:
    """Write digits and dashes in full width, as an input method leaves them."""
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


DATES: tuple[Callable[[date], Any], ...] = (
    lambda d: d.isoformat(),
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d.year}年{d.month}月",
    lambda d: f"{d.year}.{d.month}",
    lambda d: f"{d.year}年",
    lambda d: d,
    lambda d: (d - EPOCH).days,
    lambda d: full_width(d.isoformat()),
    lambda d: f"{d.year}/{d.month}/{d.day} 9:30",
    lambda d: f"{d.year}年{d.month}月{d.day}日上午9时",
)
COUNTS: tuple[Callable[[int], Any], ...] = (
    lambda n: n,
    lambda n: n,
    lambda n: f"{n}次",
    lambda n: full_width(str(n)),
    lambda n: f"{n}.0",
)
PHONES: tuple[Callable[[int], Any], ...] = (
    lambda n: f"1600000{n:04d}",
    lambda n: f"1600000{n:04d}",
    lambda n: float(f"1600000{n:04d}"),
    lambda n: f"+86 1600000{n:04d}",
    lambda n: f"160-0000-{n:04d}",
    lambda n: full_width(f"1600000{n:04d}"),
    lambda n: f"0562-000{n:04d}",
)


class Writer:
    """Invent the rows, always the same, and write the workbook."""

    def __init__(self) -> None:
        self.chance = random.Random(20261031)  # noqa: S311 - an invented ledger, no secret
        self.number = 0

    def rows(self, unit: int, count: int) -> list[Row]:
        """Invent some rows of one unit."""
        return [self._row(unit) for _ in range(count)]

    def _row(self, unit: int) -> Row:
        chance = self.chance
        names, leaders, subjects = UNITS[unit]
        self.number += 1
        district = chance.choice(list(AREAS))
        people = chance.choice((1, 1, 1, 1, 2, 3, 6, 28, 126))
        born = date(1900, 1, 1) + timedelta(days=self.number)
        first = date(2009, 1, 5) + timedelta(days=chance.randrange(6100))
        subject = chance.choice(subjects).format(p=chance.choice(PLACES), n=chance.randint(12, 260))
        state = chance.choice(STATES)
        return {
            "序号": self.number,
            "信访人姓名": self._who(people),
            "身份证号": identity_number(AREAS[district], born) if people < 6 else "无",
            "联系电话": chance.choice(PHONES)(self.number),
            "住址": f"{district}{chance.choice(PLACES)}{chance.randint(1, 40)}栋"
            f"{chance.randint(1, 18)}{chance.randint(1, 4):02d}室",
            "主要诉求": chance.choice((subject, subject, f"  {subject}\u3000", _broken(subject))),
            "属地": district,
            "首次信访时间": chance.choice(DATES)(first),
            "信访形式": chance.choice(WAYS),
            "信访次数": chance.choice(COUNTS)(chance.randint(1, 38)),
            "人数": people,
            "责任单位": self._units(names, unit),
            "包案领导": chance.choice(leaders),
            "化解措施": chance.choice((*MEASURES, "无", None)),
            "化解时限": self._limit(state),
            "办理状态": state,
            "督办批次": chance.choice(BATCHES),
            "备注": chance.choice((*REMARKS, *[None] * 12)),
        }

    def _who(self, people: int) -> str:
        def one() -> str:
            return self.chance.choice(FAMILIES) + self.chance.choice(("某", "某某"))

        return "、".join(one() for _ in range(min(people, 3)))

    def _units(self, names: tuple[str, ...], unit: int) -> str:
        lead = self.chance.choice(names)
        if self.chance.random() > 0.08:
            return lead
        other = self.chance.choice([u for n, u in enumerate(UNITS) if n != unit])[0]
        return lead + self.chance.choice("、，/；") + self.chance.choice(other)

    def _limit(self, state: str) -> Any:
        ahead = self.chance.randint(40, 420) * (-1 if state == "已化解" else 1)
        return self.chance.choice(DATES)(AS_OF + timedelta(days=ahead))


def _broken(subject: str) -> str:
    """Put a line break after the first clause, as a narrow column makes people do."""
    return subject.replace("，", "，\n", 1)


#: What is wrong in a row of the first sheet, by its place there: these rows do not enter.
FAULTS: dict[int, Row] = {
    11: {"责任单位": None},
    37: {"责任单位": "市房管局"},
    66: {"首次信访时间": "2021年2月30日"},
    94: {"首次信访时间": "2062-03-05"},
    121: {"信访次数": "多次"},
    150: {"信访人姓名": "不详"},
}
#: What is doubtful in a row of the first sheet: these enter with a warning.
DOUBTS: dict[int, Row] = {
    19: {"身份证号": "340705190001010008"},
    48: {"身份证号": 3.40705190001010007e17},
    71: {"身份证号": "340705190002290004"},
    102: {"联系电话": "1600000"},
    133: {"办理状态": "正在办理"},
    160: {"身份证号": "待补"},
}

INSTRUCTIONS = (
    "填表说明",
    "一、本表由各责任单位每月5日前报市信访局积案化解科汇总。",
    "二、“责任单位”填单位规范简称，涉及多个单位的，牵头单位写在最前。",
    "三、“首次信访时间”记不清的，只填年份或年月。",
    "四、“办理状态”分未化解、化解中、已化解、反弹四种。",
    "联系人：姜某某",
)


#: How many rows each unit has on the first sheet and on the second.
SIZES = (46, 32, 28, 24, 20, 18, 8, 4)
EARLIER_SIZES = (16, 12, 10, 8, 6, 6, 2)
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_name": "黑体", "font_size": 18, "align": "center"},
    "head": {"bold": True, "align": "center", "text_wrap": True, "border": 1},
    "cell": {"text_wrap": True, "border": 1},
    "date": {"num_format": "yyyy/m/d", "border": 1},
    "total": {"bold": True, "border": 1, "bg_color": "#EEEEEE"},
}


def write_workbook(path: Path) -> None:
    """Write the ledger with its two sheets of cases, a summary and the instructions."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties(
        {"title": "云川市信访积案台账", "created": datetime(2026, 10, 31, tzinfo=UTC)}
    )
    writer = Writer()
    look = {
        name: book.add_format({"font_name": "宋体", "valign": "vcenter", **more})
        for name, more in LOOKS.items()
    }
    current = [writer.rows(unit, count) for unit, count in enumerate(SIZES)]
    flat = [row for group in current for row in group]
    for place, change in {**FAULTS, **DOUBTS}.items():
        flat[place].update(change)
    _current_sheet(book.add_worksheet("积案台账"), current, look)
    earlier = [row for unit, size in enumerate(EARLIER_SIZES) for row in writer.rows(unit, size)]
    writer.chance.shuffle(earlier)
    _earlier_sheet(book.add_worksheet("历年遗留"), earlier, look)
    summary = book.add_worksheet("分类统计")
    summary.write_column(0, 0, ["单位分类统计", "城建类", "人社类", "其他"], look["cell"])
    notes = book.add_worksheet("填表说明")
    notes.write_column(0, 0, INSTRUCTIONS)
    book.close()


#: The first sheet: a header of two lines, of which the upper one also groups.
GROUPED = {
    "信访人基本情况": ("信访人姓名", "身份证号", "联系电话", "住址"),
    "信访情况": ("主要诉求", "属地", "首次信访时间", "信访形式", "信访次数", "人数"),
    "化解情况（截至10月底）": ("化解措施", "化解时限", "办理状态"),
}
CURRENT = ("序号", *GROUPED["信访人基本情况"], *GROUPED["信访情况"], "责任单位", "包案领导",
           *GROUPED["化解情况（截至10月底）"], "督办批次", "备注")  # fmt: skip
AS_HEADED = {"责任单位": "责任单位\n（牵头单位在前）", "住址": "住 址", "主要诉求": "主要诉求*"}
#: The second sheet: other names, another order, the header in its first row.
EARLIER = {
    "编号": "序号", "责任部门": "责任单位", "包保领导": "包案领导", "上访人": "信访人姓名",
    "公民身份号码": "身份证号", "手机": "联系电话", "家庭住址": "住址", "反映问题": "主要诉求",
    "所属区县": "属地", "初访时间": "首次信访时间", "信访方式": "信访形式", "次数": "信访次数",
    "涉及人数": "人数", "工作措施": "化解措施", "办结时限": "化解时限", "化解情况": "办理状态",
    "说明": "备注",
}  # fmt: skip


def _current_sheet(sheet: Any, groups: Sequence[Sequence[Row]], look: dict[str, Any]) -> None:
    last = len(CURRENT) - 1
    sheet.merge_range(0, 0, 0, last, "云川市信访积案台账", look["title"])
    sheet.merge_range(1, 0, 1, last, "填报单位：市信访局　　　截至2026年10月31日", look["cell"])
    group_of = {name: group for group, names in GROUPED.items() for name in names}
    for place, name in enumerate(CURRENT):
        if name not in group_of:
            sheet.merge_range(2, place, 3, place, AS_HEADED.get(name, name), look["head"])
            continue
        sheet.write(3, place, AS_HEADED.get(name, name), look["head"])
        names = GROUPED[group_of[name]]
        if name == names[0]:
            end = place + len(names) - 1
            sheet.merge_range(2, place, 2, end, group_of[name], look["head"])
    sheet.freeze_panes(4, 2)
    sheet.set_column(0, last, 12)
    sheet.set_column(CURRENT.index("主要诉求"), CURRENT.index("主要诉求"), 44)
    line = 4
    for group in groups:
        line = _group(sheet, line, group, look)
    total = sum(map(len, groups))
    sheet.write_row(line, 0, ["合计", f"{total}件", *[""] * (last - 1)], look["total"])
    sheet.write(line + 2, 0, "备注：涉法涉诉事项不列入本表。")
    for blank in range(line + 4, line + 400):
        sheet.set_row(blank, None, look["cell"])


def _group(sheet: Any, line: int, rows: Sequence[Row], look: dict[str, Any]) -> int:
    """Write one unit's rows, some of its cells merged, then its subtotal and a blank row."""
    first = line
    for row in rows:
        for place, name in enumerate(CURRENT):
            _cell(sheet, line, place, row[name], look)
        line += 1
    # People merge what repeats: the leader in charge of two or three rows one below the other.
    leader = CURRENT.index("包案领导")
    for start in range(first + 3, line - 2, 7):
        sheet.merge_range(
            start, leader, start + 1, leader, rows[start - first]["包案领导"], look["cell"]
        )
    sheet.write_row(line, 0, ["小计", f"{len(rows)}件"], look["total"])
    return line + 2


def _earlier_sheet(sheet: Any, rows: Sequence[Row], look: dict[str, Any]) -> None:
    sheet.write_row(0, 0, list(EARLIER), look["head"])
    for line, row in enumerate(rows, 1):
        for place, name in enumerate(EARLIER.values()):
            _cell(sheet, line, place, row[name], look)
    sheet.write(len(rows) + 1, 0, "合计", look["total"])


def _cell(sheet: Any, line: int, place: int, value: Any, look: dict[str, Any]) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, place, value, look["date"])
    else:
        sheet.write(line, place, value, look["cell"])


if __name__ == "__main__":
    write_workbook(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
