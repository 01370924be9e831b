"""The organisation file: what is wrong in it is said with its line, all of it at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiji.errors import BadInputError
from tiji.people.organisation_file import read_organisation

GOOD = """\
city: 云川市
departments:
  - code: leaders
    name: 市领导
    kind: city_leaders
    officers:
      - {code: mayor, name: 沈一川, posts: [{station: 5, default: true}]}
      - {code: vice, name: 顾允中, posts: [{station: 5, portfolio: [housing]}]}
  - code: housing
    name: 市住房和城乡建设局
    short_names: [住建局]
    aliases: [市住建局]
    overrides:
      "*": {limits: {2: 2}, client_limit: 12, titles: {1: 窗口首问岗}}
    sections:
      - {code: estate, name: 房地产市场科}
      - {code: property, name: 物业管理科}
    officers:
      - {code: chief, name: 陆牧之, posts: [{station: 4}]}
      - {code: deputy, name: 苏怀瑾, posts: [{station: 3, sections: [estate, property]}]}
      - {code: head, name: 范致和, posts: [{station: 2, section: estate}]}
      - {code: first, name: 孟望舒, posts: [{station: 1, section: estate, duty: true}]}
      - {code: other, name: 尹星野, posts: [{station: 1, section: property}]}
leave:
  - {officer: head, from: 2026-12-01, until: 2026-12-10, acting: deputy}
"""


@pytest.fixture
def refusal(tmp_path: Path):
    """Read GOOD with replacements, or bytes; give the lines of the refusal."""

    def read(*changes: tuple[str, str], content: bytes | None = None) -> list[str]:
        text = GOOD
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "city.yaml"
        path.write_bytes(text.encode() if content is None else content)
        with pytest.raises(BadInputError) as caught:
            read_organisation(path)
        return str(caught.value).splitlines()

    return read


def line_of(text: str) -> int:
    return next(no for no, line in enumerate(GOOD.splitlines(), 1) if text in line)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(GOOD, encoding="utf-8-sig")
    organisation = read_organisation(path)
    assert organisation.city == "云川市"
    assert [d.code for d in organisation.departments] == ["leaders", "housing"]
    assert organisation.departments[1].overrides["*"]["client_limit"] == 12
    assert [(p.officer, p.station, p.sections) for p in organisation.posts][3] == (
        "deputy",
        3,
        ("estate", "property"),
    )


#: What is changed in the good file, the text on the line that is named, and what is said.
FAULTS = [
    ("officer: head,", "officer: zhang,", "officer: head", "officer 'zhang' is not known"),
    ("acting: deputy}", "acting: li}", "officer: head", "officer 'li' is not known"),
    ("acting: deputy}", "acting: head}", "officer: head", "nobody acts for himself"),
    ("portfolio: [housing]", "portfolio: [mars]", "code: vice", "department 'mars' is not known"),
    ("section: property}]", "section: park}]", "code: other", "section 'park' is not known in"),
    ("{code: other,", "{code: first,", "code: other", "code 'first' is used twice"),
    ("{code: property,", "{code: estate,", "code: property", "code 'estate' is used twice"),
    ("code: housing\n", "code: leaders\n", "code: housing", "code 'leaders' is used twice"),
    ("[市住建局]", "[市领导]", "aliases", "the name '市领导' already means 'leaders'"),
    ("[市住建局]", "[市 领 导]", "aliases", "already means 'leaders'"),
    ("    short_names", "    parent: housing\n    short_names", "short_names", "leads back"),
    ("    short_names", "    successor: housing\n    short_names", "short_names", "leads back"),
    ("until: 2026-12-10", "until: 2026-11-10", "officer: head", "before it starts on 2026-12-01"),
    ("until: 2026-12-10", "until: 2026-02-30", "officer: head", "until: must be a date like"),
    ("section: property}]", "duty: true}]", "code: other", "already has a duty first-inquiry"),
    ("{station: 1, section: property}", "{station: 4}", "code: other", "already has a principal"),
    (
        "{station: 1, section: property}",
        "{station: 2, section: estate}",
        "code: other",
        "section 'estate' of 'housing' already has a head",
    ),
    (
        "{station: 1, section: property}",
        "{station: 3, section: estate}",
        "code: other",
        "section 'estate' of 'housing' already has a deputy in charge",
    ),
    ("portfolio: [housing]", "default: true", "code: vice", "already a default leader"),
    ("{station: 4}", "{station: 4, duty: true}", "code: chief", "only a post at station 1"),
    ("{station: 4}", "{station: 4, default: true}", "code: chief", "only a post at station 5"),
    ("{station: 4}", "{station: 5}", "code: chief", "belongs to a department of the kind"),
    ("{station: 4}", "{station: 6}", "code: chief", "station:"),
    ("{station: 4}", "{station: '4'}", "code: chief", "must be a whole number"),
    ("{station: 4}", "{station: true}", "code: chief", "must be a whole number"),
    ("{station: 4}", "{}", "code: chief", "station: is missing"),
    ("{station: 4}", "four", "code: chief", "must be a mapping"),
    ("duty: true}", "duty: 1}", "code: first", "duty: must be true or false"),
    ("section: property}", "sektion: property}", "code: other", "sektion: is no known key"),
    (
        "section: property}",
        "section: property, sections: [estate]}",
        "code: other",
        "either section or sections",
    ),
    ("name: 陆牧之", "name: 5", "code: chief", "name: must be text"),
    ("name: 陆牧之", "name: ' '", "code: chief", "name: must be one line"),
    ("{code: chief,", "{code: 局长,", "code: chief", "code: must be a code"),
    ("short_names: [住建局]", "short_names: 住建局", "short_names", "must be a list"),
    ("client_limit: 12", "may_refuse: [1]", '"*":', "cannot override may_refuse"),
    ("client_limit: 12", "client_limit: 0", '"*":', "client_limit"),
    ("limits: {2: 2}", "limits: {9: 2}", '"*":', "no station 9"),
    ("limits: {2: 2}", "limits: {2: soon}", '"*":', "must be a whole number"),
    ("name: 陆牧之,", "name: 陆牧之, name: 陆二,", "code: chief", "key 'name' stands twice"),
    ("name: 陆牧之,", "name: !!python/name:os.system x,", "code: chief", "is not supported"),
    ("city: 云川市", "town: 云川市", "city:", "town: is no known key"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), FAULTS)
def test_each_fault_is_named_with_its_line(refusal, old, new, line, message) -> None:
    found = refusal((old, new))
    assert any(
        text.startswith(f"city.yaml, line {line_of(line)}: ") and message in text for text in found
    ), found


def test_all_faults_are_named_at_once_and_none_follows_from_another(refusal) -> None:
    found = refusal(
        ("officer: head,", "officer: zhang,"),
        ("{station: 4}", "{station: 6}"),
        ("{code: deputy, name: 苏怀瑾", "{code: deputy, name: 7"),
        ("[市住建局]", "[市领导]"),
    )
    assert [text.partition(":")[0] for text in found] == [
        f"city.yaml, line {line_of(text)}"
        for text in ("aliases", "code: chief", "code: deputy", "officer: head")
    ]


def test_a_name_may_pass_to_another_department_when_the_first_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        "departments:\n"
        "  - {code: old, name: 市数据局, until: 2026-06-30, successor: new}\n"
        "  - {code: new, name: 市数据局, from: 2026-07-01}\n",
        encoding="utf-8",
    )
    assert len(read_organisation(path).departments) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"city: x\nname: \xce\xd2\n", "line 2: this is no UTF-8 text"),
        (b"city: [x\n", "this is no valid YAML"),
        (b"a: 1\n---\nb: 2\n", "this is no valid YAML"),
        (b"just words\n", "must be a mapping"),
        (b"departments: []\n", "must not be empty"),
        (b"city: x\n", "departments: is missing"),
        (b"departments: " + b"[" * 50_000, "nested too deeply"),
        (b"departments: &a [*a]\n", "line 1: "),
        (b"? [a]\n: 1\n", "a key must be a plain word"),
        (b"a: &a {b: 1}\nc:\n  <<: *a\n", "'merge' is not supported"),
    ],
)
def test_what_is_no_organisation_file_is_refused(refusal, content, message) -> None:
    assert message in "\n".join(refusal(content=content))


def test_a_bomb_of_aliases_is_refused(refusal) -> None:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for no in range(1, 12):
        lines.append(b"a%d: &a%d [%s]" % (no, no, b", ".join([b"*a%d" % (no - 1)] * 10)))
    assert "the aliases stand for too much" in refusal(content=b"\n".join(lines))[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nowhere\.yaml cannot be read"):
        read_organisation(tmp_path / "nowhere.yaml")
    with pytest.raises(BadInputError, match="cannot be read"):
        read_organisation(tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["head", "*", "市领导", "x y", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "code",
                    "name",
                    "departments",
                    "officers",
                    "posts",
                    "station",
                    "overrides",
                    "*",
                    "limits",
                    "titles",
                    "sections",
                    "from",
                    "until",
                    "leave",
                    "aliases",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_crash_the_reader(tmp_path: Path, content: bytes) -> None:
    read_anything(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=VALUES)
def test_no_shape_crashes_the_reader(tmp_path: Path, value: object) -> None:
    import yaml

    top = {"departments": [{"code": "d", "name": "n", "officers": value, "overrides": value}]}
    read_anything(tmp_path, yaml.safe_dump(top, allow_unicode=True).encode())
    read_anything(tmp_path, yaml.safe_dump(value, allow_unicode=True).encode())


def read_anything(folder: Path, content: bytes) -> None:
    path = folder / "any.yaml"
    path.write_bytes(content)
    with suppress(BadInputError):
        read_organisation(path)
