"""A gift card under any sequence of commands: never less than nothing on it, every effect once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.gift_card_model import balance_minor
from actors.domains.finance.gift_cards import GIFT_CARDS
from contracts.gift_cards import CreditGiftCard, IssueGiftCard, RedeemGiftCard
from contracts.turn import NORMAL, Message
from contracts.vocabulary import TYPE_OF

key = st.sampled_from(["e1", "e2", "e3", "e4", "e5", "e6"])
currency = st.sampled_from(["GBP", "GBP", "GBP", "JPY"])
amount = st.integers(-5, 200)
issues = st.builds(
    IssueGiftCard, st.just("gc"), st.just("o"), key, st.just("GB01"), currency, amount, st.just("p")
)
redeems = st.builds(RedeemGiftCard, st.just("gc"), st.just("o"), key, currency, amount)
credits = st.builds(
    CreditGiftCard, st.just("gc"), st.just("o"), key, st.just("GB01"), currency, amount, st.just("r")
)


@given(commands=st.lists(st.one_of(issues, redeems, credits), max_size=20))
def test_what_is_on_a_card_is_what_came_less_what_was_paid_and_never_below_zero(commands):
    state = GIFT_CARDS.initial("gc")
    seen, came, paid = set(), 0, 0
    for command in commands:
        type_, version = TYPE_OF[type(command)]
        message = Message(
            "gift_cards", "gc", "o", type_, version, NORMAL, None, command, "0.0.0", "main", "x", "x", ""
        )
        decision = GIFT_CARDS.handlers[type_](state, message, 0)
        for event in decision.events:
            if event.type != "gift_card.refused":
                assert command.effect_key not in seen
                seen.add(command.effect_key)
                paid += event.body.amount_minor * (event.type == "gift_card.redeemed")
                came += event.body.amount_minor * (event.type != "gift_card.redeemed")
                GIFT_CARDS.folds[event.type](state, event.body)
        assert balance_minor(state) == came - paid >= 0
