"""M: a change names the version that it changes. Two changes of one thing through this door come one after the other.

`If-Match` names what is there; `If-None-Match: *` says that nothing is. With an `Idempotency-Key`, which is optional
here, a repeat gets the first answer whatever the thing is by now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b

import msgspec
from quart import Response

from actors.runtime.intake import Call

from .admission import Principal, etags, fingerprint, idempotency_key
from .asked import request
from .door import Gateway, call_of, response_of
from .problems import Problem

# The ETag of what is there now, None where nothing is.
Seen = Callable[[], Awaitable[str | None]]


def etag_of(shown: object) -> str:
    """A strong ETag of what is shown."""
    return blake2b(msgspec.json.encode(shown), digest_size=12).hexdigest()


def check_match(etag: str | None) -> None:
    """Raises Problem 428 where the request names no version, 412 where it names another."""
    match, none_match = etags(request, "if-match"), etags(request, "if-none-match")
    if etag is None:
        if match:
            raise Problem("precondition-failed", "nothing is there yet: send If-None-Match: *")
        if none_match != ["*"]:
            raise Problem("precondition-required", "nothing is there yet: send If-None-Match: * to make it")
    elif none_match == ["*"]:
        raise Problem(
            "precondition-failed", "it is there already: send If-Match with the ETag that you have seen"
        )
    elif not match:
        raise Problem("precondition-required", "send If-Match with the ETag that you have seen")
    elif match != ["*"] and etag not in match:
        raise Problem("precondition-failed", "it is another by now: look at it and send what you want")


def change_of(
    gateway: Gateway, principal: Principal, route: str, body: bytes, *, to: str, key: str, command: object,
    subject: str | None = None,
) -> Call:  # fmt: skip
    """The call of a change: told from others by its idempotency key, else by what its writer has done so far."""
    if "idempotency-key" in request.headers:
        once = idempotency_key(request)
    else:
        found = gateway.system.engine.fold.find((principal.tenant, to, key))
        done = 0 if found is None else found.seq
        once = f"change {done} {fingerprint(request, body)} {','.join(etags(request, 'if-match'))}"
    return call_of(
        principal, route, body, to=to, key=key, command=command, subject=subject, once=once, sheddable=False
    )


async def change(gateway: Gateway, call: Call, thing: str, seen: Seen) -> Response:
    """Make the change of `thing` if it is as the client has seen it. Raises Problem 412, 428."""
    async with gateway.one_at_a_time.holding(f"{call.tenant} {thing}"):
        if not gateway.system.door.knows(call):
            check_match(await seen())
        response = response_of(await gateway.system.submit(call))
        if response.status_code < 300 and (etag := await seen()) is not None:
            response.headers["etag"] = f'"{etag}"'
        return response
