"""Any turn of any words survives the codec; groups are joined and taken apart without touching a byte."""

from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import decode_turn, encode, pack_group, unpack_group
from contracts.turn import (
    DECIDED,
    DISCARDED,
    FORMAT,
    LANES,
    PARKED,
    RETRIED,
    Address,
    Fact,
    Said,
    Timer,
    Turn,
)
from contracts.vocabulary import VOCABULARY, UnknownType, body_of, decode_body

INT = st.integers(-(2**63), 2**64 - 1)
NATURAL = st.integers(0, 2**48 - 1)
WORD = st.text(max_size=12)


def values(hint) -> st.SearchStrategy:
    """Any value of a contract's type."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any or hint is msgspec.Raw:
        return st.just(msgspec.Raw(b"\xc0"))
    if hint is Address:
        return st.builds(Address, WORD, WORD, WORD)
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, args))
    if args:
        return st.one_of(*map(values, args))
    plain = {int: INT, str: WORD, bool: st.booleans(), bytes: st.binary(max_size=20), type(None): st.none()}
    if hint in plain:
        return plain[hint]
    assert issubclass(hint, msgspec.Struct), hint
    hints = get_type_hints(hint)
    return st.builds(hint, **{name: values(inner) for name, inner in hints.items()})


BODIES = {type_: values(body) for type_, (_, body) in VOCABULARY.items()}
typed = st.sampled_from(sorted(VOCABULARY)).flatmap(lambda type_: st.tuples(st.just(type_), BODIES[type_]))


def a_fact(pair: tuple[str, Any]) -> Fact:
    return Fact(pair[0], VOCABULARY[pair[0]][0], pair[1])


def an_entry(pair: tuple[str, Any], to: str, lane: int, reply_to: Address | None) -> Said:
    return Said(to, "k", "s", pair[0], VOCABULARY[pair[0]][0], lane, reply_to, pair[1])


facts = typed.map(a_fact)
saids = st.one_of(
    st.builds(
        an_entry, typed, WORD, st.sampled_from(LANES), st.none() | st.builds(Address, WORD, WORD, WORD)
    ),
    st.builds(lambda n: Said("a", "k", "s", "order.received", 1, 1, None, None, n), st.integers(0, 10)),
)
turns = st.builds(
    Turn,
    format=st.just(FORMAT),
    tenant=WORD,
    partition=st.integers(0, 63),
    pos=NATURAL,
    epoch=NATURAL,
    actor=WORD,
    key=WORD,
    subject=WORD,
    seq=NATURAL,
    at_ms=NATURAL,
    cause=WORD,
    correlation=WORD,
    trace=WORD,
    kind=st.sampled_from([DECIDED, PARKED, RETRIED, DISCARDED]),
    message=st.none() | st.binary(max_size=40),
    events=st.lists(facts, max_size=3).map(tuple),
    said=st.lists(saids, max_size=3).map(tuple),
    timers_set=st.lists(st.builds(Timer, WORD, WORD, NATURAL), max_size=2).map(tuple),
    timers_cancelled=st.lists(WORD, max_size=2).map(tuple),
    reply=st.none() | st.integers(0, 3),
)


@settings(max_examples=150)
@given(turns)
def test_any_turn_survives_the_codec_and_its_bytes_are_the_same_again(turn):
    data = encode(turn)
    read = decode_turn(data)
    assert encode(read) == data
    assert [body_of(event) for event in read.events] == [event.body for event in turn.events]
    for was, now in zip(turn.said, read.said, strict=True):
        if was.event is None:
            assert decode_body(now.type, now.version, now.body) == was.body
        assert (now.to, now.lane, now.reply_to, now.event) == (was.to, was.lane, was.reply_to, was.event)
    plain = [name for name in Turn.__struct_fields__ if name not in ("events", "said")]
    assert [getattr(read, name) for name in plain] == [getattr(turn, name) for name in plain]


@pytest.mark.parametrize("type_", sorted(VOCABULARY))
def test_every_word_survives_its_own_decoder(type_):
    version = VOCABULARY[type_][0]

    @settings(max_examples=8)
    @given(BODIES[type_])
    def check(body):
        assert decode_body(type_, version, msgspec.Raw(encode(body))) == body

    check()


@settings(max_examples=40)
@given(turns, st.integers(0, 3))
def test_a_newer_writers_appended_fields_are_passed_over(turn, more):
    row = msgspec.msgpack.decode(encode(turn))
    longer = msgspec.msgpack.encode([*row, *range(more)])
    assert encode(decode_turn(longer)) == encode(turn)


@given(st.lists(turns, max_size=20))
@settings(max_examples=40)
def test_a_group_is_what_its_turns_are(group):
    data = [encode(turn) for turn in group]
    assert unpack_group(pack_group(data)) == data
    assert pack_group(data) == msgspec.msgpack.encode([msgspec.Raw(one) for one in data])


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 255, 256, 65_535, 65_536, 70_000])
def test_groups_of_every_length_have_the_right_head(count):
    data = [b"\xc0"] * count
    packed = pack_group(data)
    assert packed == msgspec.msgpack.encode([None] * count)
    assert unpack_group(packed) == data


@given(st.text(max_size=20), st.integers(1, 9))
def test_a_word_that_is_not_in_the_vocabulary_is_named_and_never_guessed_at(type_, version):
    if (type_, version) not in {(name, known) for name, (known, _) in VOCABULARY.items()}:
        with pytest.raises(UnknownType, match="v"):
            decode_body(type_, version, msgspec.Raw(b"\x90"))
