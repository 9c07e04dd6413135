"""The codec: msgpack in msgspec's deterministic order. One encoder, one decoder, no hooks."""

from __future__ import annotations

from typing import Any

import msgspec

from .turn import Turn

_encoder = msgspec.msgpack.Encoder()
_turn_decoder = msgspec.msgpack.Decoder(Turn)
_group_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])

encode = _encoder.encode
decode_turn = _turn_decoder.decode


def pack_group(encoded_turns: list[bytes]) -> bytes:
    """Join encoded turns into one msgpack array without encoding them again."""
    count = len(encoded_turns)
    if count < 16:
        head = bytes((0x90 | count,))
    elif count < 65536:
        head = b"\xdc" + count.to_bytes(2, "big")
    else:
        head = b"\xdd" + count.to_bytes(4, "big")
    return head + b"".join(encoded_turns)


def unpack_group(data: bytes) -> list[bytes]:
    """The encoded turns of a group, in the order in which they were decided."""
    return [bytes(raw) for raw in _group_decoder.decode(data)]


def to_builtins(value: Any) -> Any:
    """A Struct as JSON-ready builtins: arrays for array-like structs, base64 for bytes."""
    return msgspec.to_builtins(value)
