"""Sealing: whatever people are called, it comes back as it was, and nothing of it is left in clear."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.journal.sealing import Sealer
from actors.journal.vault import MemoryVault
from contracts.codec import encode
from contracts.orders import Delivery, OrderLine, Payment, Person, PostalAddress, SubmitOrder
from contracts.private import PersonErased, pii_refs, private_fields, shape_of
from contracts.vocabulary import VOCABULARY
from tests.support.shop import an_order

WORDS = st.text(max_size=20) | st.sampled_from(["~1.abcd", "~", "~1."])
MAYBE = st.none() | WORDS
ADDRESSES = st.builds(
    PostalAddress, st.just("GB"), MAYBE, st.lists(WORDS, max_size=3).map(tuple), MAYBE, MAYBE, MAYBE
)
PAYMENTS = st.lists(st.builds(Payment, st.just("p"), st.just("card"), WORDS, st.just(1)), max_size=3)


@st.composite
def commands(draw):
    order = msgspec.structs.replace(
        an_order(),
        ship_to=draw(ADDRESSES),
        bill_to=draw(st.none() | ADDRESSES),
        contact=draw(st.none() | st.builds(Person, MAYBE, MAYBE, MAYBE)),
        delivery=draw(st.builds(Delivery, instructions=MAYBE)),
        payments=tuple(draw(PAYMENTS)),
    )
    return SubmitOrder("ord_1", order)


def private_values(value):
    """Every private text in a struct."""
    for name in value.__struct_fields__:
        held = getattr(value, name)
        if name in private_fields(type(value)):
            yield from held if type(held) is tuple else [] if held is None else [held]
        else:
            for one in held if type(held) is tuple else [held]:
                if isinstance(one, msgspec.Struct):
                    yield from private_values(one)


@given(commands(), st.text(max_size=10))
def test_what_is_sealed_comes_back_as_it_was(command, message_id):
    sealer = Sealer(MemoryVault())
    sealed = sealer.seal(command, message_id)
    assert msgspec.msgpack.decode(encode(sealed), type=SubmitOrder) == sealed
    assert sealer.unseal(sealed) == command


@given(commands())
def test_nothing_private_is_left_in_clear_and_one_command_has_one_seal(command):
    sealed = Sealer(MemoryVault()).seal(command, "x:1")
    refs = pii_refs(sealed.order)
    left = [text for text in private_values(sealed) if text]
    assert all(text.startswith(f"~{refs[0]}.") for text in left)
    assert len(refs) <= 1
    assert refs or not any(private_values(command))


@given(commands())
def test_the_same_message_seals_to_the_same_bytes_and_another_does_not(command):
    one, same, other = (Sealer(MemoryVault()).seal(command, id_) for id_ in ("x:1", "x:1", "x:2"))
    assert encode(one) == encode(same)
    assert (encode(one) == encode(other)) == (not pii_refs(one.order))


def test_a_value_that_looks_sealed_is_sealed_like_any_other():
    sealer = Sealer(MemoryVault())
    mine = sealer.seal(SubmitOrder("a", an_order(token="tok_mine")), "x:1")
    stolen = mine.order.payments[0].token
    theirs = sealer.seal(SubmitOrder("b", an_order(token=stolen)), "x:2")
    assert sealer.unseal(theirs).order.payments[0].token == stolen


def test_after_the_seal_is_gone_nothing_opens_it_not_even_what_was_open_before():
    vault = MemoryVault()
    sealer = Sealer(vault)
    sealed = sealer.seal(SubmitOrder("a", an_order()), "x:1")
    sealer.unseal(sealed)
    refs = pii_refs(sealed.order)
    assert not sealer.is_erased(refs)
    vault.destroy(refs)
    assert sealer.is_erased(refs)
    with pytest.raises(PersonErased):
        sealer.unseal(sealed)


def test_another_vaults_seal_opens_nothing():
    sealed = Sealer(MemoryVault(b"one")).seal(SubmitOrder("a", an_order()), "x:1")
    other = MemoryVault(b"other")
    other.fresh()
    with pytest.raises(PersonErased):
        Sealer(other).unseal(sealed)


def test_a_text_that_was_changed_opens_as_nothing():
    sealer = Sealer(MemoryVault())
    sealed = sealer.seal(SubmitOrder("a", an_order()), "x:1")
    token = sealed.order.payments[0].token
    for broken in (token[:-4], token + "!", "~1.", token[:8] + "AAAA" + token[12:]):
        payment = msgspec.structs.replace(sealed.order.payments[0], token=broken)
        with pytest.raises(PersonErased):
            sealer.unseal(payment)


def test_lines_of_an_order_cost_nothing():
    assert shape_of(OrderLine) is None
    command = SubmitOrder("a", an_order())
    assert Sealer(MemoryVault()).seal(command, "x").order.lines is command.order.lines


def test_the_first_private_field_of_a_contract_can_hold_a_text():
    for _, contract in VOCABULARY.values():
        shape = shape_of(contract)
        assert shape is None or not shape.own or type(shape.empty[0]) is not tuple, contract.__name__
