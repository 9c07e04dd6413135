"""Products told as deltas: whatever overlaps, repeats or is late, and read again from anywhere, the newest stands."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory.catalog import CATALOG
from actors.domains.inventory.catalog_model import PriceListState
from contracts.inventory import ImportProducts, ProductRow
from contracts.reference import ImportProductChanges, ProductChange
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
