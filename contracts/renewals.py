"""The vocabulary of authorizations that would expire before their order is shipped."""

from __future__ import annotations

from msgspec import Struct


class AuthorizationExpired(Struct, array_like=True, frozen=True, gc=False):
    """payment.auth_expired: the provider holds nothing under it any more."""

    order_id: str
    authorization_id: str


class RenewingAuthorization(Struct, array_like=True, frozen=True, gc=False):
    """flow.renewing: what is left of this authorization is being authorized anew."""

    order_id: str
    authorization_id: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "payment.auth_expired": (1, AuthorizationExpired),
    "flow.renewing": (1, RenewingAuthorization),
}
