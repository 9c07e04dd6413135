"""The value of stock: whatever is moved, sent, sold and counted, the accounts are what is there at cost."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.actor import FINANCE
from actors.domains.finance.model import BookState
from actors.domains.inventory.actor import INVENTORY
from actors.domains.inventory.catalog import CATALOG
from contracts.accounts import IN_TRANSIT
from contracts.accounts import INVENTORY as STOCK
from contracts.inventory import ImportProducts, ProductRow
from contracts.stock import StockValued, ValueMoved
from tests.support.pool import PLACES, POOL, SKUS, Ledger, commands
from tests.support.pool import take as take_pool
from tests.support.walk import bodies, message_to, take

COSTS = {"A": 100, "B": 7}
# What is posted with a document of its own.
_WITH_A_DOCUMENT = ("receipt", "sale")


class Accounts:
    """The inventory accounts: what moved by hand through catalog and book, the rest at cost by the test itself."""

    def __init__(self):
        self.catalog, self.book = CATALOG.initial("default"), BookState()
        rows = tuple(ProductRow(sku, sku, 200, COSTS[sku], "GBP") for sku in SKUS)
        take(CATALOG, self.catalog, message_to(CATALOG, "default", ImportProducts("default", rows)), 0)
        self.of: Counter[Any] = Counter()
        self.told: list[StockValued] = []

    def value(self, moved: ValueMoved) -> None:
        decision = take(CATALOG, self.catalog, message_to(CATALOG, "default", moved), 0)
        for fact in bodies(decision, "catalog.stock_valued"):
            self.told.append(fact)
            self.post(fact)

    def post(self, fact: StockValued) -> int:
        decision = take(FINANCE, self.book, message_to(FINANCE, fact.book, fact), 0)
        posted = bodies(decision, "ledger.posted")
        for posting in posted:
            for entry in posting.entries:
                self.of[entry.account] += entry.amount_minor if entry.side == "D" else -entry.amount_minor
        return len(posted)


@given(st.lists(commands, max_size=50))
def test_the_accounts_are_what_is_on_hand_and_on_the_road_at_cost_after_every_command(commands_):
    state, ledger, accounts = INVENTORY.initial(POOL), Ledger(), Accounts()
    for body in commands_:
        for event in take_pool(state, body):
            before = len(ledger.movements)
            ledger.read(event)
            documented = event.type == "inventory.reservation_committed" or (
                event.type == "inventory.moved" and event.body.reason in _WITH_A_DOCUMENT
            )
            for sku, units, source, target in ledger.movements[before:] if documented else ():
                for at, sign in ((source, -1), (target, 1)):
                    if at is not None:
                        accounts.of[f"{STOCK} {at[0]}"] += sign * units * COSTS[sku]
            if event.type == "inventory.value_moved":
                accounts.value(event.body)
        for place in PLACES:
            there = [(sku, state.positions.get(sku, {}).get(place)) for sku in SKUS]
            on_hand = sum(position.on_hand * COSTS[sku] for sku, position in there if position)
            assert accounts.of[f"{STOCK} {place}"] == on_hand
        road = sum(
            position.in_transit * COSTS[sku]
            for sku, by_place in state.positions.items()
            for position in by_place.values()
        )
        assert accounts.of[IN_TRANSIT] == road


@given(st.lists(commands, max_size=40))
def test_what_is_valued_is_posted_once_however_often_it_is_told(commands_):
    state, accounts = INVENTORY.initial(POOL), Accounts()
    numbers = []
    for body in commands_:
        for event in take_pool(state, body):
            if event.type == "inventory.value_moved":
                numbers.append(event.body.number)
                accounts.value(event.body)
    assert numbers == list(range(1, len(numbers) + 1))
    balances = accounts.of.copy()
    assert [accounts.post(fact) for fact in accounts.told] == [0] * len(accounts.told)
    assert accounts.of == balances
