"""The page of the specification: everything that the documents say, in plain HTML that asks nobody for anything."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import msgspec
import pytest

from gateway.app import ROUTES
from gateway.specification.documents import Documents
from gateway.specification.openapi import template
from gateway.specification.pages import POLICY, page_of
from tests.support.gateway import opened

DOCUMENTS = Documents(ROUTES)
PAGE = DOCUMENTS.pages.body.decode()
VOID = {"meta", "link", "br"}


class Read(HTMLParser):
    """Tags, attributes, text and ids of a page; it fails on a tag that is not closed."""

    def __init__(self, page):
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"a handler: {tag} {name}"
            assert name != "style", "a style that the policy does not know"
            if name in ("href", "src", "action", "srcset", "data", "poster"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


READ = Read(PAGE)


def test_nothing_is_run_and_nothing_is_loaded():
    assert (
        READ.tags & {"script", "img", "iframe", "object", "embed", "form", "video", "audio", "base"} == set()
    )
    assert all(link.startswith(("#", "/openapi.json", "/asyncapi.json", "data:,")) for link in READ.links)
    (style,) = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    assert b64encode(sha256(style.encode()).digest()).decode() in POLICY
    assert POLICY.startswith("default-src 'none'; ")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_every_link_of_the_page_leads_to_a_place_on_it():
    assert len(set(READ.ids)) == len(READ.ids)
    assert [link for link in READ.links if link.startswith("#") and link[1:] not in READ.ids] == []


def test_every_operation_event_and_contract_is_there():
    for route in ROUTES:
        assert route.operation in READ.ids
        assert f"{route.method} {template(route)}" in READ.texts
    events = msgspec.json.decode(DOCUMENTS.asyncapi.body)
    assert set(events["components"]["messages"]) <= set(READ.ids)
    api = msgspec.json.decode(DOCUMENTS.openapi.body)
    assert {f"schema-{name}" for name in api["components"]["schemas"]} <= set(READ.ids)


def test_nothing_is_wider_than_a_telephone():
    """No browser is asked: what may be long breaks or scrolls by itself, and no width is fixed beyond 400 px."""
    (style,) = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in PAGE
    narrow = style.partition("@media(min-width")[0]
    assert all(
        float(rem) * 16 <= 400 for rem in re.findall(r"(?<!max-)width:(?:[a-z]+\()?([\d.]+)rem", narrow)
    )
    assert re.findall(r"width:\d+px", style) == []
    for selector in ("pre", r"\.scroll"):
        assert re.search(selector + r"\{[^}]*overflow-x:auto", style)
    for selector in ("code", "h3", "nav li"):
        assert re.search(selector + r"\{[^}]*overflow-wrap:anywhere", style)
    assert PAGE.count("<table>") == PAGE.count('<div class="scroll"><table>')


def test_what_a_document_says_is_text_and_never_markup():
    evil = "<script>alert(1)</script>&\"'"
    api = msgspec.json.decode(DOCUMENTS.openapi.body)
    operation = api["paths"]["/v1/orders"]["post"]
    operation["summary"] = operation["description"] = evil
    operation["parameters"][0]["description"] = evil
    operation["requestBody"]["content"]["application/json"]["examples"] = {evil: {"value": {evil: evil}}}
    api["components"]["schemas"]["OrderAnswer"]["description"] = evil
    page = page_of(api, msgspec.json.decode(DOCUMENTS.asyncapi.body)).decode()
    assert "<script" not in page
    assert "script" not in Read(page).tags


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def test_it_is_served_under_its_policy_in_one_answer(door):
    answer = await door.get("/docs")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == PAGE
