"""What was published against what would be: whole documents, operation by operation and message by message.

Clients hold what was published (`contracts/published/`). A difference that breaks one of them is refused by name.
An operation may go once it was published as deprecated and its sunset has passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

import contracts

from .compatibility import ANSWER, REQUEST, Change, Side, changes

FOLDER = Path(contracts.__file__).parent / "published"


class NotPublished(Exception):
    """There is nothing to compare with, or it cannot be read; the message is for a person."""


def read(folder: Path, name: str) -> Any:
    """The published document. Raises NotPublished."""
    path = folder / f"{name}.json"
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise NotPublished(f"{path}: {error}") from None


def compare_openapi(old: Mapping[str, Any], new: Mapping[str, Any], today: str = "") -> list[Change]:
    """What is different. `today` (2026-05-17): what was published as ending before then may be gone."""
    return list(_openapi(old, new, today))


def compare_asyncapi(old: Mapping[str, Any], new: Mapping[str, Any], today: str = "") -> list[Change]:
    """What is different."""
    return list(_asyncapi(old, new))


COMPARE: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], str], list[Change]]] = {
    "openapi": compare_openapi,
    "asyncapi": compare_asyncapi,
}


def _openapi(old: Mapping[str, Any], new: Mapping[str, Any], today: str) -> Iterator[Change]:
    # A parameter of a path may be called something else: its place is what counts.
    after = {_anonymous(path): (path, methods) for path, methods in new["paths"].items()}
    known = set()
    for path, methods in old["paths"].items():
        newer = after.get(_anonymous(path), (path, {}))[1]
        for method, operation in methods.items():
            at = f"{method.upper()} {path}"
            known.add((_anonymous(path), method))
            if method not in newer:
                ended = operation.get("deprecated") and "" < operation.get("x-sunset", "") < today
                yield Change(not ended, at, "operation-removed", "is gone")
            else:
                yield from _operation(at, old, operation, new, newer[method])
    for place, (path, methods) in after.items():
        for method in methods:
            if (place, method) not in known:
                yield Change(False, f"{method.upper()} {path}", "operation-added", "is new")


def _anonymous(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def _operation(
    at: str, old: Mapping[str, Any], was: Mapping[str, Any], new: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Change]:
    if was["operationId"] != now["operationId"]:
        yield Change(True, at, "operation-renamed", f"is {now['operationId']}, and was {was['operationId']}")
    before, after = _scopes(was), _scopes(now)
    for scope in sorted(after - before):
        yield Change(True, at, "scope-needed", f"needs the scope {scope}")
    for scope in sorted(before - after):
        yield Change(False, at, "scope-not-needed", f"needs the scope {scope} no longer")
    if now.get("deprecated") and not was.get("deprecated"):
        yield Change(False, at, "deprecated", f"until {now.get('x-sunset')}")
    yield from _parameters(at, old, was, new, now)
    yield from _body(at, old, was.get("requestBody"), new, now.get("requestBody"))
    yield from _answers(at, old, was["responses"], new, now["responses"])


def _scopes(operation: Mapping[str, Any]) -> set[str]:
    return {scope for one in operation.get("security", ()) for scopes in one.values() for scope in scopes}


def _parameters(
    at: str, old: Mapping[str, Any], was: Mapping[str, Any], new: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Change]:
    before, after = _by_place(was), _by_place(now)
    for place, parameter in before.items():
        here = f"{at}#{'/'.join(place)}"
        if place not in after:
            yield Change(place[0] != "header", here, "parameter-removed", "is gone")
            continue
        if after[place]["required"] and not parameter["required"]:
            yield Change(True, here, "parameter-required", "is required now")
        yield from changes(Side(old, parameter["schema"]), Side(new, after[place]["schema"]), REQUEST, here)
    for place, parameter in after.items():
        if place not in before:
            yield Change(
                parameter["required"], f"{at}#{'/'.join(place)}", "parameter-added",
                "is new and required" if parameter["required"] else "is new",
            )  # fmt: skip


def _by_place(operation: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for n, one in enumerate(operation.get("parameters", ())):
        name = f"{n + 1}" if one["in"] == "path" else one["name"].lower()
        found[one["in"], name] = one
    return found


def _body(at: str, old: Mapping[str, Any], was: Any, new: Mapping[str, Any], now: Any) -> Iterator[Change]:
    here = f"{at}#body"
    if was is None or now is None:
        if was is not now:
            needed = now is not None and now["required"]
            yield Change(was is not None or needed, here, "body-changed", "is gone" if was else "is new")
        return
    if now["required"] and not was["required"]:
        yield Change(True, here, "body-required", "is required now")
    for media, content in was["content"].items():
        if media not in now["content"]:
            yield Change(True, here, "media-removed", f"{media} is not taken any more")
        else:
            sides = Side(old, content["schema"]), Side(new, now["content"][media]["schema"])
            yield from changes(*sides, REQUEST, here)


def _answers(
    at: str, old: Mapping[str, Any], was: Mapping[str, Any], new: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Change]:
    for status, listed in was.items():
        here = f"{at}#{status}"
        if status not in now:
            yield Change(status < "400", here, "status-removed", "is not answered any more")
            continue
        before, after = _answer(old, listed), _answer(new, now[status])
        for name in before.get("headers", {}):
            if name not in after.get("headers", {}):
                yield Change(True, f"{here}/{name}", "header-removed", "is gone")
        for code in before.get("x-codes", ()):
            if code not in after.get("x-codes", ()):
                yield Change(False, here, "code-removed", f"{code} is not answered any more")
        for code in after.get("x-codes", ()):
            if code not in before.get("x-codes", ()):
                yield Change(False, here, "code-added", f"{code} is new")
        for media, content in before.get("content", {}).items():
            if media not in after.get("content", {}):
                yield Change(True, here, "media-removed", f"is no longer {media}")
            else:
                sides = Side(old, content["schema"]), Side(new, after["content"][media]["schema"])
                yield from changes(*sides, ANSWER, here)
    for status in now:
        if status not in was:
            yield Change(False, f"{at}#{status}", "status-added", "is new")


def _answer(document: Mapping[str, Any], response: Mapping[str, Any]) -> Mapping[str, Any]:
    ref = response.get("$ref")
    found: Mapping[str, Any] = (
        response if ref is None else document["components"]["responses"][ref.rpartition("/")[2]]
    )
    return found


def _asyncapi(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name, channel in old["channels"].items():
        if name not in new["channels"]:
            yield Change(True, name, "channel-removed", "is gone")
            continue
        if channel["address"] != new["channels"][name]["address"]:
            yield Change(True, name, "address-changed", f"is {new['channels'][name]['address']}")
        for type_ in channel["messages"]:
            if type_ not in new["channels"][name]["messages"]:
                yield Change(True, f"{name}#{type_}", "message-removed", "is not told there any more")
    before, after = old["components"]["messages"], new["components"]["messages"]
    for type_, message in before.items():
        if type_ in after:
            sides = Side(old, message["payload"]), Side(new, after[type_]["payload"])
            yield from changes(*sides, ANSWER, type_)
        else:
            yield Change(True, type_, "message-removed", "is gone")
    for type_ in after:
        if type_ not in before:
            yield Change(False, type_, "message-added", "is new")
