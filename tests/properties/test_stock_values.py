"""The value of stock: whatever is moved, sent, sold and counted, the accounts are what is there at cost."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.actor import FINANCE
from actors.domains.finance.model import BookState
from actors.domains.inventory.actor import INVENTORY
from actors.domains.inventory.catalog import CATALOG
from contracts.accounts import IN_TRANSIT, INTERCOMPANY_PAYABLE, INTERCOMPANY_RECEIVABLE
from contracts.accounts import INVENTORY as STOCK
from contracts.entities import entity_of_location
from contracts.inventory import ImportProducts, ProductRow
from contracts.stock import StockValued, ValueMoved
from tests.support.pool import POOL, SKUS, Ledger, commands
from tests.support.pool import take as take_pool
from tests.support.walk import bodies, message_to, take

COSTS = {"A": 100, "B": 7}
# What is posted with a document of its own.
_WITH_A_DOCUMENT = ("receipt", "sale")


def book_of(place):
    return entity_of_location(place).book


class Accounts:
    """The inventory accounts: what moved by hand through catalog and book, the rest at cost by the test itself."""

    def __init__(self):
        self.catalog = CATALOG.initial("default")
        self.books: dict[str, BookState] = {}
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
        book = self.books.setdefault(fact.book, BookState())
        decision = take(FINANCE, book, message_to(FINANCE, fact.book, fact), 0)
        posted = bodies(decision, "ledger.posted")
        for posting in posted:
            for entry in posting.entries:
                self.of[posting.book, entry.account] += (
                    entry.amount_minor if entry.side == "D" else -entry.amount_minor
                )
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
                        accounts.of[book_of(at[0]), f"{STOCK} {at[0]}"] += sign * units * COSTS[sku]
            if event.type == "inventory.value_moved":
                accounts.value(event.body)
        goods: Counter[Any] = Counter()
        for sku, by_place in state.positions.items():
            for place, position in by_place.items():
                goods[book_of(place), f"{STOCK} {place}"] += position.on_hand * COSTS[sku]
                goods[book_of(place), IN_TRANSIT] += position.in_transit * COSTS[sku]
        stock = {at: amount for at, amount in accounts.of.items() if at[1].startswith((STOCK, IN_TRANSIT))}
        assert {at: n for at, n in stock.items() if n} == {at: n for at, n in goods.items() if n}
        # What one entity owes the other is what that one is owed.
        for one, other in (("GB01", "GB02"), ("GB02", "GB01")):
            owed = accounts.of[one, f"{INTERCOMPANY_RECEIVABLE} {other}"]
            assert owed == -accounts.of[other, f"{INTERCOMPANY_PAYABLE} {one}"]


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
