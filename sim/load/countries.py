"""Country names as traces write them, to ISO 3166 alpha-2."""

from __future__ import annotations

ISO_CODES: dict[str, str] = {
    "australia": "AU", "austria": "AT", "bahrain": "BH", "belgium": "BE", "brazil": "BR", "canada": "CA",
    "channel islands": "JE", "cyprus": "CY", "czech republic": "CZ", "denmark": "DK", "eire": "IE",
    "finland": "FI", "france": "FR", "germany": "DE", "greece": "GR", "hong kong": "HK", "iceland": "IS",
    "ireland": "IE", "israel": "IL", "italy": "IT", "japan": "JP", "lebanon": "LB", "lithuania": "LT",
    "malta": "MT", "netherlands": "NL", "norway": "NO", "poland": "PL", "portugal": "PT", "rsa": "ZA",
    "saudi arabia": "SA", "singapore": "SG", "south africa": "ZA", "spain": "ES", "sweden": "SE",
    "switzerland": "CH", "uk": "GB", "united arab emirates": "AE", "united kingdom": "GB",
    "united states": "US", "usa": "US",
}  # fmt: skip
_CODES = frozenset(ISO_CODES.values())
HOME = "GB"


def iso_code(name: str) -> str | None:
    """The code of a country's name, or of the code itself; None for what is no country known here."""
    code = name.strip().upper()
    return code if code in _CODES else ISO_CODES.get(name.strip().lower())
