"""Price quotes: whatever changes meanwhile, one order gets its price, in time, and no other does."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory.catalog import CATALOG
from actors.domains.inventory.catalog_model import PriceListState
from actors.domains.inventory.quotes_model import KEPT_MS
from contracts.inventory import ImportProducts, OrderPriced, ProductRow
from contracts.platform import TimerFired
from contracts.prices import ImportPrices, PriceRow
from contracts.quotes import AskedLine, ChargedLine, MakeQuote, PriceByQuote
from tests.support.walk import answer_of, bodies, message_to, take

CURRENCIES = ("GBP", "JPY", "KWD")
VALID_MS = 1_000
prices = st.integers(0, 10**9)
lines = st.lists(st.tuples(st.sampled_from(("TEA", "MUG")), st.integers(1, 99)), min_size=1, max_size=5)


def stocked(currency="GBP", price=100):
    state = PriceListState()
    rows = tuple(ProductRow(sku, sku, price, 40, currency) for sku in ("TEA", "MUG"))
    take(CATALOG, state, message_to(CATALOG, "default", ImportProducts("default", rows)), 0)
    return state


def quote(state, asked, at, currency="GBP", n=1):
    command = MakeQuote("default", "business", currency, VALID_MS, tuple(AskedLine(*line) for line in asked))
    decision = take(CATALOG, state, message_to(CATALOG, "default", command, n=n), at)
    (made,) = bodies(decision, "price.quoted")
    return made, decision


def by_quote(made, order_id, at, charged=None, policy="quote", channel="business"):
    charged = charged or [(line.sku, line.quantity, line.unit_price_minor) for line in made.lines]
    return PriceByQuote(
        order_id, channel, made.currency, policy, 100, made.quote_id, at,
        tuple(ChargedLine(str(n), *line) for n, line in enumerate(charged)),
    )  # fmt: skip


def told(state, command, at):
    """What an order is told: "" where it is priced, else why not."""
    decision = take(CATALOG, state, message_to(CATALOG, "default", command), at)
    (said,) = decision.said
    return "" if isinstance(said.body, OrderPriced) else said.body.problems[0].code


@given(lines, prices, prices, st.sampled_from(CURRENCIES), st.integers(0, VALID_MS - 1))
def test_what_was_quoted_holds_until_its_last_moment_whatever_the_list_says_then(
    asked, old, new, currency, at
):
    state = stocked(currency, old)
    made, _ = quote(state, asked, 0, currency)
    changed = ImportPrices("default", (PriceRow("TEA", new, currency, 0, 1),))
    take(CATALOG, state, message_to(CATALOG, "default", changed), 0)
    assert all(line.unit_price_minor == old for line in made.lines)
    assert told(state, by_quote(made, "o1", at), at) == ""


@given(lines, st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2 * VALID_MS)), max_size=8))
def test_a_quote_prices_one_order_at_most_and_none_after_its_last_moment(asked, orders):
    state = stocked()
    made, _ = quote(state, asked, 0)
    winner = None
    for order_id, at in sorted(orders, key=lambda one: one[1]):
        found = told(state, by_quote(made, order_id, at), at)
        if winner is None and at < made.expires_ms:
            winner = order_id
        expected = "quote-expired" if winner is None else "" if order_id == winner else "quote-used"
        assert found == expected
    assert state.quotes[made.quote_id].used_by == (winner or "")


@given(lines, st.data())
def test_another_unit_another_price_or_another_sku_is_not_what_was_quoted(asked, data):
    state = stocked()
    made, _ = quote(state, asked, 0)
    charged = [(line.sku, line.quantity, line.unit_price_minor) for line in made.lines]
    n = data.draw(st.integers(0, len(charged) - 1))
    sku, units, price = charged[n]
    charged[n] = data.draw(
        st.sampled_from([(sku, units + 1, price), (sku, units, price + 1), ("T-NEW", units, price)])
    )
    assert told(state, by_quote(made, "o1", 1, charged), 1) == "quote-mismatch"
    assert told(state, by_quote(made, "o1", 1, channel="web"), 1) == "quote-mismatch"
    assert told(state, by_quote(made, "o1", 1), 1) == ""


@given(lines)
def test_the_same_units_on_other_lines_are_what_was_quoted(asked):
    state = stocked()
    made, _ = quote(state, asked, 0)
    apart = [(line.sku, 1, line.unit_price_minor) for line in made.lines for _ in range(line.quantity)]
    assert told(state, by_quote(made, "o1", 1, apart), 1) == ""


def test_what_was_taken_up_in_time_does_not_expire_in_our_own_queue():
    state = stocked()
    made, _ = quote(state, [("TEA", 1)], 0)
    assert told(state, by_quote(made, "o1", VALID_MS - 1), VALID_MS + 500) == ""
    assert told(state, by_quote(made, "o1", 9 * VALID_MS), 9 * VALID_MS) == ""


def test_on_a_channel_of_the_list_an_order_whose_quote_does_not_hold_is_priced_by_the_list():
    state = stocked()
    made, _ = quote(state, [("TEA", 1)], 0)
    late = by_quote(made, "o1", VALID_MS, policy="list")
    assert told(state, late, VALID_MS) == ""
    assert state.quotes[made.quote_id].used_by == ""
    changed = ImportPrices("default", (PriceRow("TEA", 200, "GBP", 0, 1),))
    take(CATALOG, state, message_to(CATALOG, "default", changed), VALID_MS)
    assert told(state, late, VALID_MS) == "price-changed"


def test_a_line_without_a_price_is_named_and_nothing_is_quoted():
    state = stocked()
    command = MakeQuote("default", "business", "JPY", VALID_MS, (AskedLine("TEA", 1), AskedLine("NONE", 1)))
    decision = take(CATALOG, state, message_to(CATALOG, "default", command), 0)
    assert answer_of(decision) == (422, "unpriceable")
    assert (decision.events, state.quotes) == ([], {})


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_every_quote_is_forgotten_a_day_after_its_end_and_not_before(times):
    state, due = stocked(), None
    for n, at in enumerate(sorted(times)):
        _, decision = quote(state, [("TEA", 1)], at, n=n)
        due = decision.timers_set[-1].due_ms if decision.timers_set else due
    while due is not None:
        decision = take(
            CATALOG, state, message_to(CATALOG, "default", TimerFired(due), type_="timer.quotes"), due
        )
        assert all(quote.expires_ms + KEPT_MS > due for quote in state.quotes.values())
        due = decision.timers_set[-1].due_ms if decision.timers_set else None
    assert state.quotes == {}
