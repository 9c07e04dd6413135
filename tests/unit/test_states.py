"""Every state times every command: the tables that the code decides by equal these, written by hand."""

from typing import Any

import pytest

from contracts.machines import MACHINES
from contracts.states import Machine, drawn, gaps, page
from tests.support.states_by_hand import BY_HAND
from tests.support.states_page import PAGE

# Those of orders and goods stand in tests/support/states_by_hand.txt.
# A line a state, a column a command; `-code` is a refusal; wide tables come in blocks. From the specification:
# what is closed takes nothing, adjustments come until then, maker and checker, open -> claimed -> resolved.
EXPECTED = {
    "period": """
                    post                  adjust          soft_close
        open        open                  open            soft_closed
        soft_closed -period-soft-closed   soft_closed     -period-is-soft-closed
        closed      -period-closed        -period-closed  -period-closed

                    close                    reopen
        open        -period-not-soft-closed  -period-is-open
        soft_closed closed                   open
        closed      -period-closed           -period-closed
    """,
    "manual journal": """
                  propose          approve             reject              withdraw            reverse
        none      proposed         -journal-not-found  -journal-not-found  -journal-not-found  -journal-not-found
        proposed  -journal-exists  posted              rejected            withdrawn           -journal-not-posted
        posted    -journal-exists  -journal-posted     -journal-posted     -journal-posted     reversed
        rejected  -journal-exists  -journal-rejected   -journal-rejected   -journal-rejected   -journal-not-posted
        withdrawn -journal-exists  -journal-withdrawn  -journal-withdrawn  -journal-withdrawn  -journal-not-posted
        reversed  -journal-exists  -journal-reversed   -journal-reversed   -journal-reversed   -journal-reversed
    """,
    "exception": """
                  open               claim                 hand_back
        none      open               -exception-not-found  -exception-not-found
        open      -exception-exists  claimed               -exception-not-claimed
        claimed   -exception-exists  -exception-claimed    open
        resolved  -exception-exists  -exception-resolved   -exception-resolved

                  resolve                 end                  escalate
        none      -exception-not-found    resolved             -exception-not-found
        open      -exception-not-claimed  resolved             open
        claimed   resolved                resolved             claimed
        resolved  -exception-resolved     -exception-resolved  -exception-resolved
    """,
    "approval": """
                  request           approve              reject               lapse                conclude
        none      waiting           -approval-not-found  -approval-not-found  -approval-not-found  -approval-not-found
        waiting   -approval-exists  approved             rejected             lapsed               -approval-waits
        approved  -approval-exists  -approval-approved   -approval-approved   -approval-approved   concluded
        rejected  -approval-exists  -approval-rejected   -approval-rejected   -approval-rejected   -approval-rejected
        lapsed    -approval-exists  -approval-lapsed     -approval-lapsed     -approval-lapsed     -approval-lapsed
        concluded -approval-exists  -approval-concluded  -approval-concluded  -approval-concluded  -approval-concluded
    """,
}


def read(table):
    """The rows of a table written by hand: {state: {command: cell}}."""
    rows: dict[Any, Any] = {}
    for block in table.strip().split("\n\n"):
        commands, *lines = [line.split() for line in block.strip().splitlines()]
        for state, *cells in lines:
            said = ["!" + cell[1:] if cell.startswith("-") else cell for cell in cells]
            rows.setdefault(state, {}).update(zip(commands, said, strict=True))
    return rows


def expected(name):
    """What was written by hand of a machine."""
    return BY_HAND[name] if name in BY_HAND else read(EXPECTED[name])


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_tables_that_the_code_decides_by_are_the_ones_expected(machine):
    assert {state: dict(row) for state, row in machine.rows.items()} == expected(machine.name)


def test_every_machine_is_expected_and_every_expectation_is_a_machine():
    assert {machine.name for machine in MACHINES} == set(EXPECTED) | set(BY_HAND)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_cell_is_missing_and_every_state_is_reached(machine):
    assert gaps(machine) == []


def test_the_page_is_what_the_tables_draw():
    assert PAGE.read_text() == page(MACHINES), "run python -m tests.support.states_page"


def test_a_machine_names_its_gaps():
    leaky = Machine(
        "leaky",
        "",
        {"go": "on", "stop": "here"},
        {"a": {"go": "b", "stop": "!no", "fly": "a"}, "b": {"go": "z"}, "c": {"go": "b", "stop": "b"}},
    )
    assert gaps(leaky) == [
        "a x fly: no such command",
        "b x stop is missing",
        "b x go leads to z, which is no state",
        "c is never reached",
    ]


def test_a_refusal_has_a_code_and_no_state_after_it():
    machine = Machine("m", "About.", {"go": "on"}, {"a": {"go": "b"}, "b": {"go": "!gone"}})
    assert machine.refusal("a", "go") is None
    assert machine.after("a", "go") == "b"
    assert machine.refusal("b", "go") == "gone"
    with pytest.raises(LookupError, match="m: go in b is refused: gone"):
        machine.after("b", "go")
    assert "| `go` | → **b** | *gone* |" in drawn(machine)
