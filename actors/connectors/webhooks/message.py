"""The request that tells an endpoint of an event: a CloudEvent, signed as Standard Webhooks say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from contracts.ports import WebhookRequest
from contracts.standard_webhooks import headers_of
from contracts.webhooks import BINARY

from ...policies.targets import Target

USER_AGENT = "Tidegate-Webhooks/1"
_SAFE = "".join(chr(one) for one in range(0x21, 0x7F) if chr(one) not in '"%')


def webhook_id(event_id: str) -> str:
    """The same for every try, so that whoever hears it twice can tell. Without dots, which part what is signed."""
    return "evt_" + event_id.replace(".", "_")


def request_of(
    target: Target, mode: str, event: dict[str, Any], secrets: Iterable[str], now_ms: int
) -> WebhookRequest:
    """Structured, the body is the event; binary, it is the event's data, and its attributes are headers."""
    if mode == BINARY:
        headers = {
            f"ce-{name}": quote(str(value), safe=_SAFE)
            for name, value in event.items()
            if name not in ("data", "datacontenttype")
        }
        headers["content-type"] = event["datacontenttype"]
        body = msgspec.json.encode(event["data"])
    else:
        headers = {"content-type": "application/cloudevents+json"}
        body = msgspec.json.encode(event)
    headers |= headers_of(secrets, webhook_id(event["id"]), now_ms // 1_000, body)
    headers["user-agent"] = USER_AGENT
    if "traceparent" in event:
        headers["traceparent"] = event["traceparent"]
    return WebhookRequest(
        target.secure,
        target.host,
        target.port,
        target.path,
        target.authority,
        tuple(headers.items()),
        body,
    )
