"""A settlement line, looked up. Its table and the walk through it: test_states.py and test_walk_of_states.py."""

from actors.domains.finance.settlement_model import (
    Discrepancy,
    FileState,
    ProviderState,
    line_state,
)


def test_a_line_is_looked_up_among_what_is_open_and_what_is_being_imported():
    state = ProviderState(
        {"S1": FileState("sha", "importing", "S1.csv", lines={"t1": "asked"})},
        {"S0/t9": Discrepancy("S0", "t9", "capture ch_9", "unknown", "GBP", 300, "GB01", "resolving")},
    )
    assert line_state(state, "S1", "t1") == "asked"
    assert line_state(state, "S0", "t9") == "resolving"
    assert line_state(state, "S1", "t2") == line_state(state, "S2", "t1") == "none"
