"""What browsers are told: headers on every answer, and which origins may ask."""

import pytest
from click.testing import CliRunner

from gateway.app import gateway_of
from gateway.web import Web
from sim.cli import main
from tests.support.gateway import numbered, opened

SHOP = "https://shop.example"
ASK = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def allow(door, *origins, **more):
    """As if `serve` had been told so."""
    vars(gateway_of(door.app).web).update(vars(Web(origins, **more)))


async def test_every_answer_has_the_security_headers(door):
    for path in ("/livez", "/v1/availability?skus=A", "/v1/exceptions", "/v1/none", "/v1/customers/C-none"):
        headers = (await door.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "strict-transport-security" not in headers
        assert "server" not in headers
    placed = await door.post(numbered(1), "one")
    assert (placed.headers["cache-control"], placed.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )


async def test_no_other_origin_may_ask_unless_it_is_configured(door):
    asked = await door.client.options("/v1/orders", headers={"origin": SHOP, **ASK})
    assert asked.status_code == 405
    plain = await door.get("/v1/availability?skus=A", origin=SHOP)
    for answer in (asked, plain):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_configured_origin_may_ask_and_others_may_not(door):
    allow(door, SHOP)
    asked = await door.client.options("/v1/orders", headers={"origin": SHOP, **ASK})
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["access-control-allow-origin"] == SHOP
    assert "idempotency-key" in asked.headers["access-control-allow-headers"]
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in asked.headers
    for path in ("/v1/availability?skus=A", "/v1/exceptions", "/v1/none"):
        good, bad = await door.get(path, origin=SHOP), await door.get(path, origin="https://evil.example")
        assert good.headers["access-control-allow-origin"] == SHOP
        assert "ratelimit" in good.headers["access-control-expose-headers"]
        assert "access-control-allow-origin" not in bad.headers
        assert (good.headers["vary"], bad.headers["vary"]) == ("origin", "origin")
    other = await door.client.options("/v1/orders", headers={"origin": "https://evil.example", **ASK})
    assert not [name for name in other.headers if name.startswith("access-control")]


async def test_what_is_reached_by_tls_says_so(door):
    allow(door, is_secure=True)
    assert "max-age" in (await door.get("/livez")).headers["strict-transport-security"]


@pytest.mark.parametrize(
    "origin", ["*", "shop.example", "https://shop.example/", "https://*.example", "null"]
)
def test_an_origin_is_written_out(origin, tmp_path):
    done = CliRunner().invoke(
        main, ["serve", "--data", str(tmp_path), "--port", "0", "--cors-origin", origin]
    )
    assert done.exit_code == 2
    assert "is not an origin" in done.output
