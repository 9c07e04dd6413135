"""Sealing: the private fields of what comes in, made unreadable to whoever has not its seal.

AES-GCM with a seal of 256 bits. The nonce is a keyed hash of the message's id, the place in it and the value, so a
run repeats byte for byte, and one nonce never meets two values: not even where a call that failed is sent again
under its key with another body.
"""

from __future__ import annotations

from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from contracts.ports import Vault
from contracts.private import SEALED, PersonErased, ref_of, shape_of

NONCE_BYTES = 12
# Ciphers that are kept: an order needs its own three times within a few seconds.
KEPT_CIPHERS = 2_048

_to_bytes = msgspec.msgpack.Encoder().encode
_from_bytes = msgspec.msgpack.Decoder(list[Any]).decode

S = TypeVar("S", bound=Struct)


class Sealer:
    """Seals what comes in, and opens for those who speak to people and partners."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.counts = {"sealed": 0, "opened": 0}
        self._ciphers: dict[str, tuple[bytes, AESGCM]] = {}

    def seal(self, command: S, message_id: str) -> S:
        """The command with every private value in it sealed, all under one seal; itself if there is none."""
        if shape_of(type(command)) is None:
            return command
        sealed: S = _Sealing(self, message_id).struct(command, "")
        return sealed

    def unseal(self, command: S) -> S:
        """The command in clear. Raises PersonErased where the seal is gone, or is not the one it was sealed with."""
        shape = shape_of(type(command))
        if shape is None:
            return command
        changes: dict[str, Any] = {}
        if shape.own and (ref := ref_of(sealed := getattr(command, shape.own[0]))) is not None:
            values = self._open(ref, sealed)
            for name, empty, value in zip(shape.own, shape.empty, values, strict=True):
                changes[name] = tuple(value) if type(empty) is tuple else value
        for name in shape.inner:
            inner = getattr(command, name)
            if type(inner) is tuple:
                changes[name] = tuple([self.unseal(one) for one in inner])
            elif inner is not None:
                changes[name] = self.unseal(inner)
        return msgspec.structs.replace(command, **changes) if changes else command

    def is_erased(self, refs: list[str]) -> bool:
        """Whether any of these seals is gone."""
        return any(self.vault.find(ref) is None for ref in refs)

    def cipher(self, ref: str) -> tuple[bytes, AESGCM]:
        """The seal and its cipher. Raises PersonErased. The vault is asked each time: erasure holds at once."""
        key = self.vault.find(ref)
        if key is None:
            self._ciphers.pop(ref, None)
            raise PersonErased(ref)
        kept = self._ciphers.get(ref)
        if kept is None:
            if len(self._ciphers) >= KEPT_CIPHERS:
                del self._ciphers[next(iter(self._ciphers))]
            kept = self._ciphers[ref] = (key, AESGCM(key))
        return kept

    def _open(self, ref: str, sealed: str) -> list[Any]:
        _, cipher = self.cipher(ref)
        self.counts["opened"] += 1
        try:
            data = a2b_base64(sealed[len(ref) + 2 :], strict_mode=True)
            return _from_bytes(cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None))
        except (InvalidTag, NotBase64, ValueError) as error:
            raise PersonErased(ref) from error


class _Sealing:
    """One command under way. Its seal is taken only when something is there to be sealed."""

    __slots__ = ("cipher", "key", "message_id", "ref", "sealer")

    def __init__(self, sealer: Sealer, message_id: str) -> None:
        self.sealer = sealer
        self.message_id = message_id
        self.ref = ""

    def struct(self, value: Struct, path: str) -> Any:
        shape = shape_of(type(value))
        if shape is None:
            return value
        changes: dict[str, Any] = {}
        if shape.own:
            values = [getattr(value, name) for name in shape.own]
            if any(values):
                changes = dict(zip(shape.own, shape.empty, strict=True))
                changes[shape.own[0]] = self._sealed(values, path)
        for name in shape.inner:
            inner = getattr(value, name)
            if type(inner) is tuple:
                if inner:
                    changes[name] = tuple(
                        [self.struct(one, f"{path}/{name}/{n}") for n, one in enumerate(inner)]
                    )
            elif inner is not None:
                changes[name] = self.struct(inner, f"{path}/{name}")
        return msgspec.structs.replace(value, **changes) if changes else value

    def _sealed(self, values: list[Any], path: str) -> str:
        if not self.ref:
            self.ref = self.sealer.vault.fresh()
            self.key, self.cipher = self.sealer.cipher(self.ref)
        self.sealer.counts["sealed"] += 1
        clear = _to_bytes(values)
        nonce = blake2b(
            f"{self.message_id}{path}\0".encode() + clear, key=self.key, digest_size=NONCE_BYTES
        ).digest()
        data = nonce + self.cipher.encrypt(nonce, clear, None)
        return f"{SEALED}{self.ref}.{b2a_base64(data, newline=False).decode()}"
