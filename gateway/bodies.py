"""From the raw bytes of a body to a contract, or to a list of everything that is wrong with it.

The quick way is one pass of msgspec. It takes the last of two equal keys and stops at the first mistake, so the
JSON is also read by the standard library (for equal keys, and for the rules that look across fields), and only
where something is wrong does the collector walk it. Nothing of a body is ever repeated in an answer or a log
except the names of its fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
import trio
from msgspec import Struct
from quart import Request

from contracts.cards import holds_card_number, is_article_number, may_hold_card_number
from contracts.http import MAX_BODY_BYTES, MAX_DEPTH, FieldError, OrderSubmission
from contracts.http_rules import contradictions, test_values

from .collector import escape, field_errors
from .problems import Problem

BODY_SECONDS = 30
# How much of a body that is too large is read and thrown away, so that the client gets to read the answer.
DISCARD_BYTES = 16 << 20
# A longer text is refused by every contract, and searching it would cost others their time.
SEARCHED_CHARACTERS = 1_024
CARDS_LISTED = 100
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T", bound=Struct)


async def read_body(request: Request) -> bytes:
    """The body, at most 1 MiB of it. Raises Problem 413, 415, 408."""
    check_content_type(request)
    parts: list[bytes] = []
    size = 0
    declared = request.content_length
    with trio.move_on_after(BODY_SECONDS) as slow:
        async for part in request.body:
            size += len(part)
            if size <= MAX_BODY_BYTES:
                parts.append(part)
            elif size > DISCARD_BYTES:
                break
    if slow.cancelled_caught:
        raise Problem("body-timeout", f"the body was not whole after {BODY_SECONDS} s", retryable=True)
    if size > MAX_BODY_BYTES:
        raise Problem("body-too-large", f"a body has at most {MAX_BODY_BYTES} bytes")
    if declared is not None and size < declared:
        raise Problem("truncated-body", "the body is shorter than its Content-Length says")
    return b"".join(parts)


async def read_optional(request: Request, contract: type[T]) -> tuple[bytes, T]:
    """The body and what it says. None at all says what its contract says by itself. Raises Problem as `read` does."""
    body = await read_if_any(request)
    return body, read(body, contract) if body else contract()


async def read_if_any(request: Request) -> bytes:
    """The body, where there is one: an empty one needs no content type. Raises Problem as `read_body` does."""
    empty = request.content_length in (None, 0) and "transfer-encoding" not in request.headers
    return b"" if empty else await read_body(request)


def check_content_type(request: Request) -> None:
    """Raises Problem 415 for anything but JSON in UTF-8, sent as it is."""
    mimetype = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if mimetype != "application/json" and not (
        mimetype.startswith("application/") and mimetype.endswith("+json")
    ):
        raise Problem(
            "unsupported-media-type", "send application/json", headers=[("accept", "application/json")]
        )
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem("unsupported-media-type", "JSON is sent in UTF-8 (RFC 8259)")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem("unsupported-media-type", "send the body without a content encoding")


class _Twice(ValueError):
    """A key stands twice in an object."""

    def __init__(self, key: str) -> None:
        super().__init__("duplicate key")
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Twice(key)
            seen.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` would make another for every body.
_tree = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant).decode


def parse_json(raw: bytes) -> Any:
    """The JSON as builtins. Raises Problem 400, and 422 for card data anywhere in it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("malformed-encoding", f"byte {error.start} is not UTF-8") from None
    try:
        tree = _tree(text)
    except _Twice as error:
        # The name of a key may be anything, so it is not repeated where it is suspicious.
        name = "" if holds_card_number(error.key) else escape(error.key)
        errors = (
            [FieldError(f"/{name}", "duplicate-key", "this key stands twice in its object")] if name else []
        )
        raise Problem("duplicate-key", "an object names a key twice", errors=errors) from None
    except RecursionError:
        raise Problem("too-deep", f"at most {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise Problem("malformed-json", f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except ValueError:
        raise Problem("malformed-json", "a number is not JSON, or too long to be read") from None
    if _depth_over(tree, MAX_DEPTH):
        raise Problem("too-deep", f"at most {MAX_DEPTH} levels")
    if may_hold_card_number(raw):
        _search(tree)
    return tree


def _depth_over(tree: Any, most: int) -> bool:
    level = [tree]
    for _ in range(most + 1):
        # Only what holds something is gone into, so a body costs as many steps as it has levels.
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return True


def _search(tree: Any) -> None:
    """Look at every string and number. Raises Problem for card data, and for text that is none."""
    cards: list[FieldError] = []
    texts: list[FieldError] = []
    for pointer, key, value in _scalars(tree, "", ""):
        if isinstance(value, str):
            if _SURROGATE.search(value):
                raise Problem("malformed-encoding", "a string holds half of a surrogate pair")
            if _CONTROL.search(value):
                texts.append(FieldError(pointer, "control-character", "control characters are refused"))
            if key == "sku" and is_article_number(value):
                continue
        if len(text := str(value)) <= SEARCHED_CHARACTERS and holds_card_number(text):
            cards.append(FieldError(pointer, "card-data-refused", "looks like a card number"))
            if len(cards) == CARDS_LISTED:
                break
    if cards:
        raise Problem("card-data-refused", "send a token, never a card number", errors=cards)
    if texts:
        raise Problem("invalid-body", "some fields are not valid", errors=texts)


def _scalars(value: Any, at: str, key: str) -> Iterator[tuple[str, str, Any]]:
    """(pointer, key, string or number); a key that is suspicious itself stands at its object's pointer."""
    if isinstance(value, dict):
        for name, item in value.items():
            if holds_card_number(name) or _SURROGATE.search(name) or _CONTROL.search(name):
                yield at, "", name
            else:
                yield from _scalars(item, f"{at}/{escape(name)}", name)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _scalars(item, f"{at}/{n}", key)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield at, key, value


def read_contract(raw: bytes, contract: type[T]) -> tuple[T | None, Any, list[FieldError]]:
    """(the contract or None, the JSON as builtins, what is wrong with its types). Raises Problem."""
    tree = parse_json(raw)
    try:
        return msgspec.json.decode(raw, type=contract), tree, []
    except msgspec.ValidationError as error:
        errors = field_errors(tree, contract)
        if not errors:
            # msgspec is the judge; the collector only explains.
            errors = [FieldError("", "invalid", re.sub(r"`[^`]*`", "…", str(error)))]
        return None, tree, errors
    except msgspec.DecodeError:
        raise Problem("malformed-json", "the body is not JSON") from None


def read(raw: bytes, contract: type[T]) -> T:
    """The body as a contract. Raises Problem naming every bad field."""
    decoded, _, errors = read_contract(raw, contract)
    if decoded is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return decoded


def all_order_errors(tree: Any, errors: list[FieldError]) -> list[FieldError]:
    """What is wrong with an order's types, and what it contradicts beyond them."""
    if isinstance(tree, dict):
        errors += contradictions(tree, [error.pointer for error in errors])
    return errors


def read_order(raw: bytes, *, live: bool) -> OrderSubmission:
    """An order that contradicts itself nowhere. Raises Problem naming every bad field."""
    decoded, tree, errors = read_contract(raw, OrderSubmission)
    errors = all_order_errors(tree, errors)
    if any(error.pointer == "/lines" and error.code == "too-long" for error in errors):
        raise Problem("too-many-lines", "send several orders", errors=errors)
    if errors or decoded is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    if live and (found := test_values(tree)):
        raise Problem("test-value-refused", "test values work in the sandbox alone", errors=found)
    return decoded
