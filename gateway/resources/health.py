"""/livez, /readyz and /status: whether the process lives, whether it takes work, and how it fares."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from quart import Response

from contracts.http_answers_desks import ProbeAnswer, StatusAnswer

from ..admission import Principal
from ..asked import request
from ..door import Gateway, Route, json_response
from ..problems import Problem


async def livez(gateway: Gateway, principal: Principal | None) -> Response:
    """The process answers."""
    return json_response(200, {"status": "ok"})


async def readyz(gateway: Gateway, principal: Principal | None) -> Response:
    """It takes new work."""
    if gateway.admission.draining or not gateway.system.door.open:
        raise Problem("draining", "this process is ending", retryable=True, retry_after_ms=2_000)
    return json_response(200, {"status": "ready"})


async def status(gateway: Gateway, principal: Principal | None) -> Response:
    """Mode and version to anybody; numbers to who shows a key with the scope `ops`."""
    header = gateway.system.ports.journal.header
    told: dict[str, Any] = {
        "mode": gateway.mode,
        "status": "draining" if gateway.admission.draining else "ready",
        "version": _version(),
        "journal": {"format": header.format, "epoch": header.epoch},
    }
    if "authorization" in request.headers:
        gateway.admission.authorize(request, "ops")
        told["python"] = platform.python_version()
        told["gateway"] = gateway.admission.statistics()
        told["statistics"] = gateway.system.statistics()
    return json_response(200, told)


def _version() -> str:
    try:
        return version("tidegate")
    except PackageNotFoundError:
        return "unknown"


ROUTES = (
    Route("GET", "/livez", None, livez, is_probe=True, owner="platform", answers={200: ProbeAnswer}),
    Route(
        "GET", "/readyz", None, readyz, is_probe=True, owner="platform", answers={200: ProbeAnswer},
        problems=("503 draining",),
    ),
    Route(
        "GET", "/status", None, status, owner="platform", answers={200: StatusAnswer},
        problems=("401 unauthenticated", "403 insufficient-scope"),
    ),
)  # fmt: skip
