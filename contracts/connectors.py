"""The vocabulary of connectors' manners, as people set them while they run. Never more than the system's row allows."""

from __future__ import annotations

from msgspec import Struct


class SetConnectorPolicy(Struct, array_like=True, frozen=True, gc=False):
    """connector_policies.set: so many calls in flight, a second and at once, until it is set otherwise."""

    system: str
    concurrency: int
    rate_per_s: int
    burst: int
    by: str
    reason: str


class ConnectorPolicySet(Struct, array_like=True, frozen=True, gc=False):
    """connector_policy.set"""

    system: str
    concurrency: int
    rate_per_s: int
    burst: int
    by: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "connector_policies.set": (1, SetConnectorPolicy),
    "connector_policy.set": (1, ConnectorPolicySet),
}
