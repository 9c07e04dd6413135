"""Both specifications as bytes: made when they are first asked for, the same for the whole life of a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from ..route import Route
from .asyncapi import asyncapi
from .openapi import openapi
from .pages import page_of


class Document(NamedTuple):
    """Bytes, their ETag without its quotes, and what they are."""

    body: bytes
    etag: str
    media: str


def encoded(document: dict[str, Any]) -> bytes:
    """The document as it is published: the same document, the same bytes."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _document(body: bytes, media: str) -> Document:
    return Document(body, blake2b(body, digest_size=12).hexdigest(), media)


class Documents:
    """The specifications of a route table."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = routes

    @cached_property
    def openapi(self) -> Document:
        """OpenAPI 3.1."""
        return _document(encoded(openapi(self._routes)), "application/json")

    @cached_property
    def asyncapi(self) -> Document:
        """AsyncAPI 3.0."""
        return _document(encoded(asyncapi()), "application/json")

    @cached_property
    def pages(self) -> Document:
        """The same for people."""
        return _document(page_of(openapi(self._routes), asyncapi()), "text/html; charset=utf-8")


MAKERS: dict[str, Callable[[tuple[Route, ...]], bytes]] = {
    "openapi": lambda routes: Documents(routes).openapi.body,
    "asyncapi": lambda routes: Documents(routes).asyncapi.body,
}
