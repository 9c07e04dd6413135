"""`connector_policies`: one writer a connector. How much of what its system bears it may use, decided by a person."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from contracts.answers import done
from contracts.connectors import ConnectorPolicySet, SetConnectorPolicy
from contracts.decision import Decision
from contracts.turn import Message

from ...runtime.actor import ActorSpec

NAME = "connector_policies"


class PolicyState(Struct):
    """What was set last, None while nothing was."""

    policy: ConnectorPolicySet | None = None


def _set(state: PolicyState, message: Message, at: int) -> Decision:
    command: SetConnectorPolicy = message.body
    decision = Decision()
    decision.event(ConnectorPolicySet(*msgspec.structs.astuple(command)))
    decision.answer(message.reply_to, done({"connector_id": command.system, "status": "set"}))
    return decision


def _fold_set(state: PolicyState, body: ConnectorPolicySet) -> None:
    state.policy = body


CONNECTOR_POLICIES = ActorSpec(
    NAME,
    lambda key: PolicyState(),
    {"connector_policies.set": _set},
    {"connector_policy.set": _fold_set},
)
