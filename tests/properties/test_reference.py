"""Products told as deltas: whatever overlaps, repeats or is late, and read again from anywhere, the newest stands."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.actor import FINANCE
from actors.domains.finance.model import BookState, rate_e9
from actors.domains.inventory.catalog import CATALOG
from actors.domains.inventory.catalog_model import PriceListState
from contracts.fx import ExchangeRate, ImportRates
from contracts.inventory import ImportProducts, ProductRow
from contracts.reference import ImportProductChanges, ProductChange
from contracts.tax_rates import ClassRate, ImportTaxRates, TaxRates
from tests.support.walk import bodies, message_to, take

SKUS = ("TEA", "MUG")


@st.composite
def deliveries(draw):
    """Changes of two products, each with a number of its own, in pages of any order, some more than once."""
    rows = [
        ProductChange(
            draw(st.sampled_from(SKUS)), f"v{n}", "zero", n, 900, 300, "GBP", draw(st.integers(1, 9)), n
        )
        for n in range(draw(st.integers(1, 8)))
    ]
    mixed = draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=5))))
    pages, at = [], 0
    while at < len(mixed):
        size = draw(st.integers(1, 3))
        pages.append(tuple(mixed[at : at + size]))
        at += size
    return rows, pages


@given(deliveries())
def test_the_newest_of_each_product_stands_whatever_the_way(delivered):
    rows, pages = delivered
    state = PriceListState()
    known = ImportProducts("default", (ProductRow("TEA", "Tea", 255, 100, "GBP"),))
    take(CATALOG, state, message_to(CATALOG, "default", known), 0)
    told = []
    for page in pages:
        decision = take(
            CATALOG, state, message_to(CATALOG, "default", ImportProductChanges("default", page)), 0
        )
        told += [row for fact in bodies(decision, "product.changed") for row in fact.rows]
    for sku in SKUS:
        of = [row for row in rows if row.sku == sku]
        if of:
            newest = max(of, key=lambda row: (row.changed_at_ms, row.version))
            assert state.rows[sku].name == newest.name
        # What is told only ever becomes newer (A15).
        ranks = [(row.changed_at_ms, row.version) for row in told if row.sku == sku]
        assert ranks == sorted(set(ranks))
    assert state.rows["TEA"].price_minor == 255


@given(st.data())
def test_the_tax_rates_that_hold_are_the_newest_that_hold_by_then_whatever_the_way(data):
    rows = [
        TaxRates(
            "GB", (ClassRate("standard", n),), data.draw(st.integers(0, 6)), data.draw(st.integers(1, 3)), n
        )
        for n in range(1, data.draw(st.integers(2, 8)))
    ]
    ways = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))))
    told_at = sorted(data.draw(st.lists(st.integers(0, 8), min_size=len(ways), max_size=len(ways))))
    state = PriceListState()
    told = []
    for at, row in zip(told_at, ways, strict=True):
        decision = take(CATALOG, state, message_to(CATALOG, "default", ImportTaxRates("default", (row,))), at)
        told += [row for fact in bodies(decision, "tax_rate.changed") for row in fact.rows]
    decision = take(CATALOG, state, message_to(CATALOG, "default", ImportTaxRates("default", ())), 9)
    told += [row for fact in bodies(decision, "tax_rate.changed") for row in fact.rows]
    newest = max(rows, key=lambda row: (row.effective_at_ms, row.changed_at_ms, row.version))
    assert state.tax_rates.holding["GB"] == newest
    assert state.tax_rates.planned == {}
    ranks = [(row.effective_at_ms, row.changed_at_ms, row.version) for row in told]
    assert ranks == sorted(set(ranks))


@given(st.data())
def test_the_rate_of_an_instant_is_its_latest_change_whatever_the_way(data):
    rows = [
        ExchangeRate(
            "EUR",
            data.draw(st.integers(1, 3)),
            1_000 + data.draw(st.integers(0, 2)),
            data.draw(st.integers(1, 3)),
            n,
        )
        for n in range(1, data.draw(st.integers(2, 8)))
    ]
    ways = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))))
    state = BookState()
    for row in ways:
        take(FINANCE, state, message_to(FINANCE, "GB01", ImportRates("GB01", (row,))), 0)
    for since in {row.effective_at_ms for row in rows}:
        of = [row for row in rows if row.effective_at_ms == since]
        newest = max(of, key=lambda row: (row.changed_at_ms, row.version))
        assert rate_e9(state, "EUR", since) == newest.rate_e9
