"""What needs a second person is asked for instead of done: the same call, told to `approvals`, its command inside."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from quart import Response

from actors.runtime.intake import Call
from contracts.approvals import RequestApproval, needs_second
from contracts.codec import encode
from contracts.ids import hash128
from contracts.private import shape_of
from contracts.vocabulary import TYPE_OF

from .door import Gateway, response_of


async def submit_or_ask(
    gateway: Gateway,
    by: str,
    call: Call,
    kind: str,
    *,
    subject: str,
    reason: str,
    amount_minor: int = 0,
    currency: str = "",
) -> Response:
    """Do it, or, where `contracts.approvals` says so, 202 with the place of its approval.

    `by` is the client who asks. A command with private fields cannot wait here: they would not be sealed.
    """
    if not needs_second(kind, amount_minor, currency):
        return response_of(await gateway.system.submit(call))
    contract: type[Struct] = type(call.command)
    assert shape_of(contract) is None, "what is private does not wait for an approval"
    approval_id = "apr_" + hash128(call.tenant, call.principal, call.method, call.route, call.key)
    type_, version = TYPE_OF[contract]
    command = RequestApproval(
        approval_id, kind, subject, by, reason, amount_minor, currency, call.to, call.to_key, call.subject, type_,
        version, call.lane, encode(call.command),
    )  # fmt: skip
    asked = msgspec.structs.replace(
        call, to="approvals", to_key=approval_id, subject=approval_id, command=command
    )
    return response_of(await gateway.system.submit(asked))
