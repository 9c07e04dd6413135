"""A settlement line's states and commands, against a table written by hand."""

from actors.domains.finance.settlement_model import (
    LINE_COMMANDS,
    LINE_STATES,
    NEXT,
    Discrepancy,
    FileState,
    ProviderState,
    line_state,
    next_state,
)

# fmt: off
#             take     matched    mismatched   resolve      cleared     kept         found       found_part
BY_HAND = {
    "none":      ("asked", "-",       "-",         "-",         "-",        "-",         "-",        "-"),
    "asked":     ("-",     "matched", "suspended", "-",         "-",        "-",         "-",        "-"),
    "matched":   ("-",     "-",       "-",         "-",         "-",        "-",         "-",        "-"),
    "suspended": ("-",     "-",       "-",         "resolving", "-",        "-",         "resolved", "suspended"),
    "resolving": ("-",     "-",       "-",         "-",         "resolved", "suspended", "resolved", "resolving"),
    "resolved":  ("-",     "-",       "-",         "-",         "-",        "-",         "-",        "-"),
}
# fmt: on
COMMANDS = ("take", "matched", "mismatched", "resolve", "cleared", "kept", "found", "found_part")


def test_the_codes_table_is_the_one_written_by_hand():
    assert (tuple(BY_HAND), COMMANDS) == (LINE_STATES, LINE_COMMANDS)
    for state, row in BY_HAND.items():
        for command, then in zip(COMMANDS, row, strict=True):
            assert (next_state(state, command) or "-") == then, (state, command)
    assert len(NEXT) == sum(then != "-" for row in BY_HAND.values() for then in row)


def test_a_line_is_looked_up_among_what_is_open_and_what_is_being_imported():
    state = ProviderState(
        {"S1": FileState("sha", "importing", "S1.csv", lines={"t1": "asked"})},
        {"S0/t9": Discrepancy("S0", "t9", "capture ch_9", "unknown", "GBP", 300, "GB01", "resolving")},
    )
    assert line_state(state, "S1", "t1") == "asked"
    assert line_state(state, "S0", "t9") == "resolving"
    assert line_state(state, "S1", "t2") == line_state(state, "S2", "t1") == "none"
