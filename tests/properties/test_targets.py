"""The guard of webhooks: whatever an URL or an address looks like, nothing that is not public is spoken to."""

from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.policies.targets import (
    PORTS,
    REFUSED_4,
    REFUSED_6,
    Forbidden,
    Target,
    is_loopback,
    refusal_of,
    target_of,
    why_not_public,
)

addresses_4 = st.integers(0, 2**32 - 1).map(IPv4Address)
addresses_6 = st.integers(0, 2**128 - 1).map(IPv6Address)
NETWORKS: list[Any] = [network for network, _ in (*REFUSED_4, *REFUSED_6)]
# Near the borders of what is refused, where mistakes live.
borders = st.sampled_from(
    [
        address
        for network in NETWORKS
        for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1)
        if 0 <= number < 2**network.max_prefixlen
        for address in (type(network[0])(number),)
    ]
)
# What must never be reached, written down anew from RFC 6890 and its followers.
NEVER = [
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96",
        "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10",
        "ff00::/8",
    )
]  # fmt: skip
PUBLIC = Target(True, "shop.example", 443, "/", "shop.example")


@given(st.one_of(addresses_4, addresses_6, borders))
def test_what_is_public_is_so_by_the_standard_library_too_and_never_in_a_network_of_the_list(address):
    if why_not_public(str(address)):
        return
    assert address.is_global
    assert not address.is_multicast
    assert not address.is_reserved or address.version == 6
    assert not any(address in network for network in NEVER if network.version == address.version)


@given(addresses_4)
def test_an_ordinary_address_is_public(address):
    known = any(address in network for network, _ in REFUSED_4)
    assert bool(why_not_public(str(address))) == known


@given(addresses_4, st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "64:ff9b:1::{}", "2002:{hex}::1"]))
def test_no_address_of_ipv4_comes_in_the_clothes_of_ipv6(address, clothes):
    number = f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"
    dressed = clothes.replace("{hex}", number).replace("{}", str(address))
    assert why_not_public(dressed)
    assert why_not_public(str(IPv6Address(dressed)))


@given(st.lists(st.one_of(addresses_4, addresses_6), min_size=1, max_size=4), addresses_4)
def test_one_address_that_is_not_public_is_enough_wherever_it_stands(addresses, private):
    texts = [str(one) for one in addresses]
    refused = refusal_of(PUBLIC, texts, sandbox=False)
    assert bool(refused) == any(why_not_public(one) for one in texts)
    if why_not_public(str(private)):
        for n in range(len(texts) + 1):
            assert refusal_of(PUBLIC, [*texts[:n], str(private), *texts[n:]], sandbox=False)


@given(st.lists(st.one_of(addresses_4, addresses_6, borders), max_size=3).map(lambda many: [*map(str, many)]))
def test_a_sandbox_adds_loopback_and_nothing_else(addresses):
    outside = refusal_of(PUBLIC, addresses, sandbox=False)
    inside = refusal_of(PUBLIC, addresses, sandbox=True)
    assert outside == inside or (addresses and all(map(is_loopback, addresses)))


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_forbidden(text):
    for url in (text, f"https://{text}", f"https://shop.example{text}", f"https://shop.example/{text}"):
        try:
            target = target_of(url, sandbox=False)
        except Forbidden:
            continue
        assert target.secure
        assert target.port in PORTS
        assert target.host
        assert not set(target.host) & set("@/\\#?% ")
        assert "\r" not in target.path + target.authority
        assert "\n" not in target.path + target.authority


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hooks",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https:///hooks",
        "https://user@shop.example/",
        "https://user:secret@shop.example/",
        "https://shop.example@evil.example/",
        "https://shop.example:22/",
        "https://shop.example:80/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example/#there",
        "https://shop.example\\@evil.example/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX-Header: 1",
        "https://sh\u00f6p.example/",
        "https://%31%32%37.0.0.1/",
        "https://[::1%25lo]/",
        "https://[shop.example]/",
        "https://-shop.example/",
        "https://" + "a" * 300 + ".example/",
        "https://shop.example/" + "a" * 3_000,
    ],
)
def test_what_is_read_in_two_ways_or_leads_elsewhere_is_no_target(url):
    with pytest.raises(Forbidden) as refused:
        target_of(url, sandbox=False)
    assert "example" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example", Target(True, "shop.example", 443, "/", "shop.example")),
        (
            "https://Shop.Example:8443/h?a=b",
            Target(True, "shop.example", 8443, "/h?a=b", "Shop.Example:8443"),
        ),
        ("https://93.184.215.14/h", Target(True, "93.184.215.14", 443, "/h", "93.184.215.14")),
        ("https://[2606:2800::1]/h", Target(True, "2606:2800::1", 443, "/h", "[2606:2800::1]")),
    ],
)
def test_an_endpoint_is_where_its_url_says(url, target):
    assert target_of(url, sandbox=False) == target


def test_in_a_sandbox_plain_http_on_any_port_is_for_loopback_alone():
    target = target_of("http://127.0.0.1:8099/hooks", sandbox=True)
    assert refusal_of(target, ["127.0.0.1"], sandbox=True) == ""
    assert refusal_of(target, ["93.184.215.14"], sandbox=True)
    assert refusal_of(target, ["127.0.0.1", "10.0.0.1"], sandbox=True)
    assert refusal_of(target, ["10.0.0.1"], sandbox=True)
    assert refusal_of(target, [], sandbox=True)
    with pytest.raises(Forbidden):
        target_of("http://127.0.0.1:22/hooks", sandbox=True)
