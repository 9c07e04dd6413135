"""What is told of a customer, from anywhere and in any order: the newest stands, and no erasure is undone (A15)."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.orders.customers import CUSTOMERS
from actors.domains.orders.customers_model import CRM
from contracts.customers import CustomerErased, NoteOrder, UpsertCustomer
from contracts.orders import Person
from tests.support.walk import bodies, message_to, take

SOURCES = (CRM, "channel:web", "channel:phone")
# (when it was true, by whom, of which name); each name once, so that who stands is who was told last.
tellings = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(SOURCES)), min_size=1, max_size=10).map(
    lambda told: [
        UpsertCustomer("c1", source, at_ms, Person(f"name {n}")) for n, (at_ms, source) in enumerate(told)
    ]
)


def rank(told):
    """Newest first; of two at once the CRM's."""
    return (told.changed_at_ms, told.source == CRM)


def heard(state, commands):
    """What was news, as it was told."""
    news = []
    for n, command in enumerate(commands):
        decision = take(CUSTOMERS, state, message_to(CUSTOMERS, "c1", command, n=n), 5)
        news += bodies(decision, "customer.upserted")
    return news


@given(tellings)
def test_the_newest_stands_in_the_end_and_each_that_is_told_is_newer_than_the_one_before(commands):
    state = CUSTOMERS.initial("c1")
    ranks = [rank(told) for told in heard(state, commands)]
    assert ranks == sorted(set(ranks))
    # Of equal ones the first.
    newest = max(commands, key=rank)
    assert state.person == newest.person
    assert heard(state, commands) == []


@given(tellings, st.integers(0, 10))
def test_nothing_that_was_true_before_an_erasure_comes_back_and_what_is_newer_does(commands, erased_at_ms):
    state = CUSTOMERS.initial("c1")
    heard(state, commands)
    CUSTOMERS.folds["customer.erased"](state, CustomerErased("c1", erased_at_ms, (), state.refs))
    assert state.person is None
    heard(state, commands)
    later = [command for command in commands if command.changed_at_ms > erased_at_ms]
    assert (None if state.person is None else state.person.name) == (
        max(later, key=rank).person.name if later else None
    )


@given(tellings, st.booleans())
def test_an_order_tells_of_its_contact_what_is_true_now_and_never_over_the_crm(commands, has_contact):
    """It is taken at 5 here."""
    state = CUSTOMERS.initial("c1")
    heard(state, commands)
    before = state.person
    contact = Person("who ordered") if has_contact else None
    heard(state, [NoteOrder("c1", "o1", "web", (), contact)])
    overtakes = has_contact and all(rank(command) < (5, False) for command in commands)
    assert state.person == (contact if overtakes else before)
    assert set(state.orders) == {"o1"}
