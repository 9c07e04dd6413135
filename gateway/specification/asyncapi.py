"""AsyncAPI 3.0 of what is told outside: every published fact as a CloudEvent, by stream and by webhook."""

from __future__ import annotations

from typing import Any

from contracts.catalogue import published
from contracts.http_answers import Event
from contracts.topics import TOPICS
from contracts.vocabulary import VOCABULARY

from .openapi import BEARER, VERSION
from .schemas import components, told


def asyncapi() -> dict[str, Any]:
    """The document."""
    facts = published()
    kinds = {name: told(VOCABULARY[name][1]) for name in facts}
    schemas, named = components([Event, *kinds.values()])
    messages = {type_: _message(name, type_, schemas[kinds[name]]) for name, type_ in facts.items()}
    refs = {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tidegate events",
            "version": VERSION,
            "description": (
                "CloudEvents 1.0. Each is told at least once, in order per source and partition key; `id` is the same "
                "in every repeat. No event names a person: `piiref` is the seal that such data is under."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": "/v1/events/stream",
                "title": "Server-sent events",
                "description": "`id` is the cursor to come back with (`Last-Event-ID`), `event` the type.",
                "messages": refs,
                "bindings": {"http": {"bindingVersion": "0.3.0"}},
            },
            "webhooks": {
                "address": "{url}",
                "title": "Webhooks",
                "description": "Posted to your own address, signed as Standard Webhooks 1.0 says.",
                "parameters": {"url": {"description": "the address of a webhook endpoint of yours"}},
                "messages": refs,
            },
        },
        "operations": {
            "stream": {
                "action": "send",
                "channel": {"$ref": "#/channels/stream"},
                "summary": "What happens, as it happens",
                "security": [{"$ref": f"#/components/securitySchemes/{BEARER}"}],
            },
            "deliver": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhooks"},
                "summary": "What happens, delivered to an endpoint",
            },
        },
        "components": {
            "messages": messages,
            "schemas": named,
            "securitySchemes": {
                BEARER: {"type": "http", "scheme": "bearer", "description": "scope events:read"}
            },
        },
    }


def _message(name: str, type_: str, data: dict[str, Any]) -> dict[str, Any]:
    topic = TOPICS.get(name)
    kind = VOCABULARY[name][1]
    about = (kind.__doc__ or "").split(":", 1)[-1].strip()
    return {
        "name": type_,
        "title": name,
        "summary": " ".join(about.split()),
        "contentType": "application/json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Event"},
                {"type": "object", "properties": {"type": {"const": type_}, "data": data}},
            ]
        },
        "x-owner": topic.owner if topic is not None else name.partition(".")[0],
        "x-lifecycle": topic.lifecycle if topic is not None else "active",
        "x-data-class": topic.data_class if topic is not None else "internal",
    }
