"""What every twin's books have in common: a table of operations, checked bodies, kept effect keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from contracts.ports import DAY_MS, ForeignResponse

from .store import Store

_to_json = msgspec.json.Encoder(order="deterministic").encode
_from_json = msgspec.json.Decoder(dict[str, Any]).decode


def refusal(status: int, code: str, detail: str | None = None) -> ForeignResponse:
    """An answer in the form {"error": {"code", "detail"?}}."""
    error = {"code": code} if detail is None else {"code": code, "detail": detail}
    return ForeignResponse(status, {"error": error})


class Operation(NamedTuple):
    """An operation: the form of its body, and what it does: `(request, effect key, now_ms)`.

    `keyed`: the answer is kept under the effect key and given again.
    """

    request: type[Struct]
    run: Callable[[Any, str, int], ForeignResponse]
    keyed: bool = False


class Kept(Struct, array_like=True, frozen=True, gc=False):
    """An answer kept under an effect key."""

    at_ms: int
    fingerprint: bytes
    status: int
    body: bytes


class KeptKeys:
    """Effect keys and their answers, for `retention_ms`: the same question again gets the same bytes."""

    def __init__(self, store: Store, system: str, retention_ms: int = DAY_MS) -> None:
        self._retention_ms = retention_ms
        self._kept = store.table(f"{system}.keys", Kept)
        self._by_age = deque((row.at_ms, key) for key, row in self._kept.rows.items())

    def __contains__(self, effect_key: str) -> bool:
        return effect_key in self._kept.rows

    def answer(
        self,
        operation: str,
        effect_key: str,
        body: dict[str, Any],
        now_ms: int,
        run: Callable[[], ForeignResponse],
    ) -> ForeignResponse:
        """The kept answer, or 422 for another question under the same key, or `run`'s, kept from now on."""
        if not effect_key:
            return refusal(400, "idempotency_key_missing")
        self._forget(now_ms - self._retention_ms)
        fingerprint = blake2b(_to_json((operation, body)), digest_size=16).digest()
        kept = self._kept.rows.get(effect_key)
        if kept is not None:
            if kept.fingerprint != fingerprint:
                return refusal(422, "idempotency_mismatch")
            return ForeignResponse(kept.status, _from_json(kept.body))
        response = run()
        # Kept as bytes: no caller can change the answer of the next one.
        self._kept.put(effect_key, Kept(now_ms, fingerprint, response.status, _to_json(response.body)))
        self._by_age.append((now_ms, effect_key))
        return response

    def _forget(self, until_ms: int) -> None:
        by_age = self._by_age
        while by_age and by_age[0][0] <= until_ms:
            self._kept.drop(by_age.popleft()[1])


class TwinSystem:
    """The books of one foreign system: pure and synchronous; time is an argument."""

    def __init__(self, operations: dict[str, Operation], keys: KeptKeys | None = None) -> None:
        self._operations = operations
        self._keys = keys

    def handle(self, operation: str, effect_key: str, body: dict[str, Any], now_ms: int) -> ForeignResponse:
        """Do the operation and answer as the system would. `body` is in its own field names, JSON-ready.

        404 for an operation there is not, 400 for a body of the wrong form; neither is kept.
        """
        known = self._operations.get(operation)
        if known is None:
            return refusal(404, "unknown_operation", operation)
        self.advance(now_ms)
        try:
            request = msgspec.convert(body, known.request)
        except msgspec.ValidationError as error:
            return refusal(400, "malformed", str(error))
        if known.keyed and self._keys is not None:
            run = known.run
            return self._keys.answer(
                operation, effect_key, body, now_ms, lambda: run(request, effect_key, now_ms)
            )
        return known.run(request, effect_key, now_ms)

    def advance(self, now_ms: int) -> None:
        """Let happen what was due by now."""

    def waiting(self) -> int:
        """How many things will still happen by themselves."""
        return 0

    def unheard(self, operation: str, effect_key: str, body: dict[str, Any]) -> bool:
        """Will the answer to this call get lost on its way? Asked just before `handle`."""
        return False

    def books(self) -> dict[str, Any]:
        """The truth outside, JSON-ready, each list in the order of creation."""
        raise NotImplementedError
