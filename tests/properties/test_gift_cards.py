"""A gift card under any sequence of commands: never less than nothing on it, every effect once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.gift_card_model import balance_minor, free_minor
from actors.domains.finance.gift_cards import GIFT_CARDS
from contracts.gift_cards import (
    CancelGiftCard,
    CreditGiftCard,
    HoldGiftCard,
    IssueGiftCard,
    RedeemGiftCard,
    ReleaseGiftCard,
)
from contracts.turn import NORMAL, Message
from contracts.vocabulary import TYPE_OF

key = st.sampled_from(["e1", "e2", "e3", "e4", "e5", "e6"])
currency = st.sampled_from(["GBP", "GBP", "GBP", "JPY", "KWD"])
amount = st.integers(-5, 200)
issues = st.builds(
    IssueGiftCard, st.just("gc"), st.just("o"), key, st.just("GB01"), currency, amount, st.just("p")
)
order = st.sampled_from(["o", "p", "q"])
redeems = st.builds(RedeemGiftCard, st.just("gc"), order, key, currency, amount, st.booleans())
holds = st.builds(HoldGiftCard, st.just("gc"), order, key, currency, amount)
cancels = st.builds(CancelGiftCard, st.just("gc"), order, st.just("ann"), st.just("not wanted"))
releases = st.builds(ReleaseGiftCard, st.just("gc"), order, key)
credits = st.builds(
    CreditGiftCard, st.just("gc"), st.just("o"), key, st.just("GB01"), currency, amount, st.just("r")
)


def asked(state, command):
    """What the card makes of a command, folded."""
    type_, version = TYPE_OF[type(command)]
    message = Message(
        "gift_cards", "gc", "o", type_, version, NORMAL, None, command, "0.0.0", "main", "x", "x", ""
    )
    events = GIFT_CARDS.handlers[type_](state, message, 0).events
    for event in events:
        if event.type != "gift_card.refused":
            GIFT_CARDS.folds[event.type](state, event.body)
    return [(event.type, event.body) for event in events]


@given(commands=st.lists(st.one_of(issues, redeems, credits, holds, releases, cancels), max_size=20))
def test_what_is_on_a_card_is_what_came_less_what_was_paid_and_never_below_what_is_held(commands):
    state = GIFT_CARDS.initial("gc")
    seen, came, paid, currencies = set(), 0, 0, set()
    for command in commands:
        for type_, body in asked(state, command):
            if type_ not in ("gift_card.refused", "gift_card.released"):
                assert body.effect_key not in seen
                seen.add(body.effect_key)
                currencies.add(body.currency)
                paid += body.amount_minor * (type_ in ("gift_card.redeemed", "gift_card.cancelled"))
                if type_ == "gift_card.cancelled":
                    # All that this order has put on it, and nothing of that was used.
                    assert state.held == {}
                    assert balance_minor(state) == came - paid >= 0
                came += body.amount_minor * (type_ in ("gift_card.issued", "gift_card.credited"))
        assert balance_minor(state) == came - paid >= sum(state.held.values()) >= 0
        assert min([free_minor(state), *state.held.values()]) >= 0
        assert len(currencies) <= 1


@given(
    currency=st.sampled_from(["GBP", "JPY", "KWD"]),
    parts=st.lists(st.integers(1, 100), min_size=1, max_size=4),
    meanwhile=st.lists(st.one_of(issues, redeems, credits, holds, releases), max_size=8),
)
def test_what_is_held_for_an_order_can_be_redeemed_whatever_others_do(currency, parts, meanwhile):
    state = GIFT_CARDS.initial("gc")
    asked(state, IssueGiftCard("gc", "", "sold", "GB01", currency, sum(parts), "p"))
    asked(state, HoldGiftCard("gc", "mine", "held", currency, sum(parts)))
    left = list(meanwhile)
    for n, part in enumerate(parts):
        for command in left[:2]:
            asked(state, command)
        del left[:2]
        redeem = RedeemGiftCard("gc", "mine", f"part {n}", currency, part, n + 1 == len(parts))
        assert [type_ for type_, _ in asked(state, redeem)] == ["gift_card.redeemed"]
    assert "mine" not in state.held
