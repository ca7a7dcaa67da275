"""What methods declare: rules in one order, settings that are checked."""

import pytest

from core.methods.registry import METHODS
from core.methods.rules import RULES, ordered
from core.methods.spec import Setting, SettingError

FLAG = Setting(name="flag", label="", text="", default=False)
WAY = Setting(name="way", label="", text="", default="a", choices={"a": "Short", "b": "Long"})
COUNT = Setting(name="count", label="", text="", default=3, low=1)
RATE = Setting(name="rate", label="", text="", default=0.5, low=0.0, high=1.0)


def test_the_first_rule_stands_for_a_run_and_unknown_ones_come_last() -> None:
    assert ordered(["gate", "odd", "value", "gate"]) == ["value", "gate", "odd"]


def test_methods_report_rules_that_there_are() -> None:
    assert all(set(spec.rules) <= set(RULES) for spec in METHODS.values())
    # Without networks of its own there is nothing but expected correctness to go by.
    assert all(spec.trains or not RULES[r].own for spec in METHODS.values() for r in spec.rules)


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (FLAG, "True", True),
        (FLAG, False, False),
        (WAY, "b", "b"),
        (COUNT, "7", 7),
        (RATE, "1", 1.0),
        (RATE, 0.25, 0.25),
    ],
)
def test_a_setting_has_the_type_of_its_default(setting: Setting, given: object, value: object):
    assert setting.read(given) == value
    assert type(setting.read(given)) is type(setting.default)


@pytest.mark.parametrize(
    ("setting", "given", "expected"),
    [
        (FLAG, "2", "true or false"),
        (WAY, "c", "one of a, b"),
        (COUNT, 0, "a whole number from 1"),
        (COUNT, 2.5, "a whole number from 1"),
        (COUNT, True, "a whole number from 1"),
        (RATE, "inf", "a number from 0 up to 1"),
        (RATE, None, "a number from 0 up to 1"),
    ],
)
def test_a_value_that_cannot_be_used_says_what_is_expected(
    setting: Setting, given: object, expected: str
) -> None:
    with pytest.raises(SettingError, match=f"{setting.name} is .*; expected {expected}$"):
        setting.read(given)
