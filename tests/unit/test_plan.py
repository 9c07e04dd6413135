"""A plan is one value: it goes to JSON and back, and every mistake in it is shown by file, line and field."""

import json

import msgspec
import pytest

from contracts.ports import SYSTEMS
from sim.mistakes import InputMistake
from sim.plan import PLANS, FaultPlan, LoadPlan, Plan, effective_faults, plan_hash, plan_json
from sim.plan_file import PlanError, check_plan, find_plan, load_faults, load_plan
from sim.presets import KINDS, PLACES, PRESETS, Fault, Rate, Window


def _written(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _mistake(tmp_path, text, load=load_plan):
    path = _written(tmp_path, text)
    with pytest.raises(PlanError) as caught:
        load(path)
    assert caught.value.path == str(path)
    assert isinstance(caught.value, InputMistake)
    return caught.value


@pytest.mark.parametrize("name", PLANS)
def test_a_named_plan_survives_its_file(name, tmp_path):
    plan = find_plan(name)
    if plan.load.source == "trace":
        plan = msgspec.structs.replace(plan, load=msgspec.structs.replace(plan.load, trace="some.csv"))
    path = _written(tmp_path, plan_json(plan))
    assert load_plan(path) == plan
    assert plan_hash(load_plan(path)) == plan_hash(plan)
    assert find_plan(str(tmp_path)) == plan


def test_a_plan_of_a_trace_wants_the_path_of_one():
    with pytest.raises(PlanError, match=r"load\.trace: a load from a trace needs the path of one"):
        check_plan(PLANS["year"])


def test_the_returns_of_a_trace_and_a_channel_must_be_there(tmp_path):
    mistake = _mistake(tmp_path, '{"load": {"returns": "trace"}}')
    assert (mistake.line, mistake.field) == (1, "load.returns")
    mistake = _mistake(tmp_path, '{"load": {"channel": "smoke"}}')
    assert (mistake.line, mistake.field) == (1, "load.channel")


def test_every_preset_obeys_the_rules_for_plans():
    for faults in PRESETS.values():
        check_plan(Plan(faults=FaultPlan("none", faults.rules, faults.explicit, faults.windows)))
    assert set(PLACES) == set(KINDS)


def test_a_short_plan_gets_the_defaults(tmp_path):
    plan = load_plan(_written(tmp_path, '{"seed": 9}'))
    assert plan == Plan(seed=9)
    assert plan.load.multiplier == 8
    assert plan.load.storm_share_bp >= 7_800


def test_the_hash_changes_with_the_plan_and_not_with_the_order_of_free_keys():
    one = Plan(twins={"erp": {"rate": 1}, "tax": 2})
    assert plan_hash(one) == plan_hash(Plan(twins={"tax": 2, "erp": {"rate": 1}}))
    assert plan_hash(one) != plan_hash(Plan(twins={"erp": {"rate": 2}, "tax": 2}))
    assert plan_hash(Plan(seed=1)) != plan_hash(Plan(seed=2))


def test_own_faults_come_on_top_of_the_preset():
    own = Rate("drop", "channel:orders:*", 5)
    faults = effective_faults(FaultPlan("standard", rules=(own,)))
    assert faults.rules == PRESETS["standard"].rules + (own,)
    assert {window.system for window in faults.windows} == {"payments", "erp"}


def test_the_standard_preset_has_every_kind_of_fault():
    standard = PRESETS["standard"]
    kinds = [entry.kind for part in (standard.rules, standard.explicit, standard.windows) for entry in part]
    assert set(kinds) == set(KINDS)
    assert kinds.count("crash_before_commit") == kinds.count("crash_after_commit") == 3


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("", 1, "", "not JSON"),
        ("[1]", 1, "", "Expected `object`"),
        ('{\n "seed": 1,\n "seeds": 2\n}', 3, "seeds", "unknown field"),
        ('{\n "load": {\n  "multiplier": "8"\n }\n}', 3, "load.multiplier", "Expected `int`"),
        ('{\n "load": {\n  "base_rate": 8\n }\n}', 3, "load.base_rate", "unknown field"),
        ('{"seed": 1,\n "orders" 2}', 2, "", "not JSON"),
        ('{"seed": 1,\n\n "seed": 2}', 3, "seed", "given twice"),
        ('{"load": {"retry_ms": 5,\n "retry_ms": 2}}', 2, "load.retry_ms", "given twice"),
        ('{"seed": -1}', 1, "seed", ">= 0"),
        ('{"seed": 1.5}', 1, "seed", "Expected `int`"),
        ('{"seed": 99999999999999999999999999}', 1, "seed", ""),
        ('{"orders":\n 0}', 1, "orders", ">= 1"),
        ('{"twins": {\n"x": NaN}}', 2, "", ""),
        ('{"wire":\n"quick"}', 1, "wire", "one of fast, strict"),
        ('{"name": "a/../b"}', 1, "name", "regex"),
        ('{"faults": {"rules": [\n {"kind": "drop"}]}}', 2, "faults.rules[0].label", "missing"),
        (
            '{"faults": {"rules": [\n{"kind": "dropp", "label": "channel:*:*", "rate_bp": 1}]}}',
            2,
            "faults.rules[0].kind",
            "one of timeout_before",
        ),
        (
            '{"faults": {"rules": [{"kind": "drop", "label": "channel:*:*",\n "rate_bp": 10001}]}}',
            2,
            "faults.rules[0].rate_bp",
            "<= 10000",
        ),
        (
            '{"faults": {"rules": [{"kind": "drop",\n "label": "connector:*:*", "rate_bp": 1}]}}',
            2,
            "faults.rules[0].label",
            "strikes at channel",
        ),
        (
            '{"faults": {"rules": [{"kind": "error_5xx",\n "label": "connector:paypal:*", "rate_bp": 1}]}}',
            2,
            "faults.rules[0].label",
            "no system",
        ),
        (
            '{"faults": {"rules": [\n{"kind": "outage", "label": "connector:erp:*", "rate_bp": 1}]}}',
            2,
            "faults.rules[0].kind",
            "windows",
        ),
        ('{"faults": {"explicit": [{"kind": "drop",\n"label": "here"}]}}', 2, "faults.explicit[0].label", ""),
        (
            '{"faults": {"windows": [{"kind": "outage", "system": "erp", "from_ms": 5,\n"to_ms": 5}]}}',
            2,
            "faults.windows[0].to_ms",
            "later",
        ),
        (
            '{"faults": {"windows": [{"kind": "outage",\n "system": "erpp", "from_ms": 5, "to_ms": 6}]}}',
            2,
            "faults.windows[0].system",
            "no system",
        ),
        ('{\n"load": {"source": "trace"}}', 2, "load.trace", "needs the path"),
        ('{"load": {\n"trace": "x.csv"}}', 2, "load.trace", "source is profile"),
        ('{"load":\n null}', 1, "load", "Expected `object`"),
        (b'{"name":\n "\xff"}', 2, "", "not UTF-8"),
        ("[" * 100_000, 1, "", "nested"),
        ('{"seed": ' + "1" * 5_000 + "}", 1, "", "not JSON"),
    ],
)
def test_a_mistake_is_shown_by_line_and_field(tmp_path, text, line, field, words):
    mistake = _mistake(tmp_path, text)
    assert (mistake.line, mistake.field) == (line, field)
    assert words in mistake.message


def test_a_mistake_reads_as_one_line_an_editor_can_follow(tmp_path):
    mistake = _mistake(tmp_path, '{\n"orders": "many"}')
    assert str(mistake) == f"{tmp_path / 'plan.json'}:2: orders: Expected `int`, got `str`"


def test_a_path_that_cannot_be_read_is_a_mistake_too(tmp_path):
    with pytest.raises(PlanError, match="no such file, and no plan of that name"):
        find_plan(str(tmp_path / "absent.json"))
    with pytest.raises(PlanError, match="directory"):
        load_plan(tmp_path)


def test_contradictions_made_by_options_are_found_without_a_file():
    with pytest.raises(PlanError) as caught:
        check_plan(msgspec.structs.replace(Plan(), load=LoadPlan(source="trace")))
    assert (caught.value.line, caught.value.field) == (0, "load.trace")


def test_a_file_of_faults_is_the_plan_s_part_of_that_name(tmp_path):
    path = _written(tmp_path, '{"preset": "storm", "windows": [{"kind": "outage", "system": "tax",\n'
                              ' "from_ms": -5, "to_ms": 6}]}')  # fmt: skip
    assert load_faults(path) == FaultPlan("storm", windows=(Window("outage", "tax", -5, 6),))
    mistake = _mistake(tmp_path, '{"preset": "storm",\n"windowz": []}', load_faults)
    assert (mistake.line, mistake.field) == (2, "windowz")


def test_any_label_of_a_known_system_can_be_named():
    def naming(system: str) -> Plan:
        return Plan(faults=FaultPlan(explicit=(Fault("error_5xx", f"connector:{system}:*", "o", 2),)))

    for system in SYSTEMS:
        check_plan(naming(system))
    with pytest.raises(PlanError, match="nobody"):
        check_plan(naming("nobody"))


def test_a_plan_is_ordinary_json(tmp_path):
    assert json.loads(plan_json(Plan()))["load"]["base_rate_per_s"] == 10
