"""Payment providers as data: how their files are written and webhooks signed, and whose book they are about."""

from __future__ import annotations

from msgspec import Struct

# How a provider signs its webhooks, always with HMAC-SHA256. Standard Webhooks; `t=…,v1=…` of time, dot and body, in
# hex; or the body alone, in base64, without a time.
STANDARD, STAMPED, BARE = "standard", "stamped", "bare"


class Provider(Struct, frozen=True):
    """A row. `files` names a dialect of actors/connectors/settlement; `book` is the legal entity that is paid out.

    `signs` is how it signs its webhooks, in `header` where that is not said by the standard.
    """

    files: str
    book: str = "GB01"
    signs: str = STANDARD
    header: str = ""


PROVIDERS: dict[str, Provider] = {
    "psp-a": Provider("debit_credit"),
    "psp-b": Provider("two_columns", signs=STAMPED, header="psp-b-signature"),
    "psp-c": Provider("signed_net", signs=BARE, header="x-psp-c-hmac-sha256"),
}
