"""/v1/availability: how many units a channel may promise, SKU by SKU.

A read of what this system itself has promised, so it stays up whatever the ERP does. While there is too much to do, a
question that was asked within the last seconds gets that answer, which says as of when it is.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from quart import Response

from actors.domains.inventory.model import PoolState
from actors.domains.inventory.sourcing import channel_sellable
from contracts.channels import CHANNELS, channel_of
from contracts.http import FieldError, time_of
from contracts.http_answers import AvailabilityAnswer

from ..admission import Principal
from ..asked import request
from ..described import Param, SkuList, Text
from ..door import Gateway, Route, json_response
from ..problems import Problem

SKUS_AT_MOST = 200
# How old an answer may be that is given again, and how many are kept for it.
STALE_MS = 2_000
KEPT_AT_MOST = 1_000


async def look(gateway: Gateway, principal: Principal) -> Response:
    """What the channel may sell of each SKU asked for, as of now."""
    skus, channel = _asked()
    row = channel_of(channel)
    assert row is not None
    engine = gateway.system.engine

    def render(pool: PoolState, seq: int) -> list[dict[str, Any]]:
        return [{"sku": sku, "available": channel_sellable(pool, row.pool, channel, sku)} for sku in skus]

    as_of, pressed = engine.now(), gateway.admission.is_pressed()
    asked_for = (principal.tenant, channel, *skus)
    if pressed and (kept := gateway.kept_availability.get(asked_for)) and as_of - kept[0] <= STALE_MS:
        gateway.admission.counts["served_stale"] += 1
        as_of, rows = kept
    else:
        found = await gateway.system.read("inventory", row.pool, render)
        rows = [{"sku": sku, "available": 0} for sku in skus] if found is None else found
        if pressed:
            _keep(gateway.kept_availability, asked_for, (as_of, rows))
    etag = blake2b(repr((channel, rows)).encode(), digest_size=12).hexdigest()
    return json_response(200, {"channel": channel, "as_of": time_of(as_of), "skus": rows}, etag=etag)


def _keep(kept: dict[tuple[str, ...], Any], asked_for: tuple[str, ...], answer: tuple[int, Any]) -> None:
    if len(kept) >= KEPT_AT_MOST and asked_for not in kept:
        del kept[next(iter(kept))]
    kept[asked_for] = answer


def _asked() -> tuple[list[str], str]:
    """(SKUs, channel) as the query names them. Raises Problem 400 naming each wrong parameter."""
    errors: list[FieldError] = []
    args = request.args
    if any(name not in ("skus", "channel") for name in args):
        errors.append(FieldError("", "unknown-parameter", "known are skus and channel"))
    listed = [sku.strip() for text in args.getlist("skus") for sku in text.split(",")]
    skus = list(dict.fromkeys(sku for sku in listed if sku))
    if not skus:
        errors.append(FieldError("/skus", "required", "name SKUs, with commas between them"))
    elif len(skus) > SKUS_AT_MOST or any(len(sku) > 64 for sku in skus):
        errors.append(
            FieldError("/skus", "too-long", f"at most {SKUS_AT_MOST} SKUs of at most 64 characters")
        )
    channel = args.get("channel", "web")
    if channel_of(channel) is None:
        errors.append(FieldError("/channel", "unknown-channel", f"known are {', '.join(CHANNELS)}"))
    if errors:
        raise Problem("invalid-parameter", "some query parameters are not valid", errors=errors)
    return skus, channel


ROUTES = (
    Route(
        "GET", "/v1/availability", "inventory:read", look, early=True, owner="inventory", gives=("etag",),
        answers={200: AvailabilityAnswer, 304: None},
        query=(
            Param("skus", SkuList, "SKUs with commas between them, at most 200", required=True),
            Param("channel", Text, "whose units; web where it is left out"),
        ),
    ),
)  # fmt: skip
