"""What a good password is, from where somebody comes, whom a role lets do what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.accounts.codes import new_recovery_codes, plain_recovery_code
from tiji.accounts.origin import Origin
from tiji.accounts.passwords import COMMON_PASSWORDS, SHORTEST_PASSWORD, require_good_password
from tiji.accounts.rules import SEPARATE, Preferences, require_separate
from tiji.errors import RuleError


@pytest.mark.parametrize(
    "weak",
    ["", "elevensigns", "housing_fio2", "2oif_gnisuoh", "Password1234", "1234567890123",
     "abcdefghijkl", "ababababababab", "Qwertyuiop123", "x" * 257],
)  # fmt: skip
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(RuleError) as caught:
        require_good_password(weak, "housing_fio2")
    assert caught.value.rule == "weak-password"
    assert caught.value.instead


@pytest.mark.parametrize(
    "good", ["correct horse battery", "三月里的小雨淅沥沥沥下不停", "k3!vQ-92pLx7"]
)
def test_good_passwords_need_no_signs_of_many_kinds(good: str) -> None:
    require_good_password(good, "housing_fio2")


def test_the_common_ones_are_long_enough_to_be_tried() -> None:
    assert [word for word in COMMON_PASSWORDS if len(word) < SHORTEST_PASSWORD] == []
    assert [word for word in COMMON_PASSWORDS if word != word.casefold()] == []


@pytest.mark.parametrize(
    ("agent", "address", "origin"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0",
         "10.1.2.3", Origin("Edge · Windows", "10.1.2.0/24")),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36",
         "2001:db8:1:2::3%eth0", Origin("Chrome · Android", "2001:db8:1::/48")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Version/18 Safari/605",
         "unix:", Origin("Safari · macOS", "")),
        ("curl/8", "", Origin("", "")),
    ],
)  # fmt: skip
def test_an_origin_is_known_again_and_no_more(agent: str, address: str, origin: Origin) -> None:
    assert Origin.of(agent, address) == origin


@given(st.text(), st.text())
def test_any_browser_has_an_origin_that_fits(agent: str, address: str) -> None:
    origin = Origin.of(agent, address)
    assert len(origin.browser) <= 60
    assert len(origin.address) <= 60


def test_recovery_codes_are_read_however_they_are_written() -> None:
    code = new_recovery_codes()[0]
    assert plain_recovery_code(f" {code.upper().replace('-', ' ')}　") == code.replace("-", "")


@pytest.mark.parametrize("first", sorted(SEPARATE))
@pytest.mark.parametrize("second", sorted(SEPARATE))
def test_each_two_of_the_three_powers_are_kept_apart(first: str, second: str) -> None:
    if first == second:
        require_separate(second, {first, "window"})
        return
    with pytest.raises(RuleError):
        require_separate(second, {first, "window"})


@pytest.mark.parametrize("stored", [{}, {"undo": 999, "keys": None}, {"undo": "60", "more": 1}])
def test_preferences_that_nobody_knows_are_the_usual_ones(stored: dict[str, object]) -> None:
    assert Preferences.read(stored).undo == 30
    assert Preferences.read(Preferences(undo=120, keys=False).to_json()).undo == 120
