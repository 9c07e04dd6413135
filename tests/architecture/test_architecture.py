"""The house as it stands, judged by the tables of `table.py`. A failure lists every place, one a line."""

from pathlib import Path

import pytest

from tests.architecture import assertions, checker, table

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree() -> checker.Tree:
    return checker.Tree(ROOT)


def assert_none(complaints: list[str]) -> None:
    if complaints:
        pytest.fail("\n" + "\n".join(complaints), pytrace=False)


def test_every_import_is_an_arrow_of_the_table(tree):
    assert_none(checker.check_rooms(tree))


def test_a_model_stands_on_contracts_and_its_own_rules_alone(tree):
    assert_none(checker.check_models(tree))


def test_what_decides_never_waits(tree):
    assert_none(checker.check_pure(tree))


def test_no_module_imports_itself_round_a_circle(tree):
    assert_none(checker.check_circles(tree))


@pytest.mark.parametrize("power", sorted(table.POWERS))
def test_clock_chance_and_threads_stay_with_their_owners(tree, power):
    assert_none(checker.check_power(tree, power))


def test_the_private_names_of_trio_stay_in_one_file(tree):
    assert_none(checker.check_private_trio(tree))


def test_what_is_long_says_why(tree):
    assert_none(checker.check_lengths(tree))


def test_every_test_can_fail(tree):
    assert_none(assertions.check_assertions(tree))


def test_the_table_of_exceptions_is_short_and_each_row_gives_its_reason():
    assert len(table.EXCEPTIONS) <= table.EXCEPTIONS_AT_MOST
    for path, power, reason in table.EXCEPTIONS:
        assert power in table.POWERS, path
        assert len(reason) > 20, f"{path}: say why"


def test_no_row_of_the_table_points_at_its_own_floor_or_above():
    floor = {"contracts": 0, "actors": 1, "gateway": 2, "sim": 3, "benchmarks": 4, "tests": 4}
    for room in table.ROOMS:
        for target in room.may_import:
            here, there = room.name.split(".")[0], target.split(".")[0]
            assert floor[there] < floor[here] or (here == there and here in ("actors", "sim")), room


def test_every_file_of_the_house_was_read(tree):
    assert "tests.architecture.checker" in tree.by_name
    packages = {module.name.split(".")[0] for module in tree.modules}
    assert packages == {name for name in table.FIRST_PARTY if any((ROOT / name).rglob("*.py"))}
