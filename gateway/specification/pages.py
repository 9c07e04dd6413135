"""The specification as one page of HTML for people: no script, nothing from elsewhere, readable on a telephone."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--dim:#57606a;--line:#d0d7de;--shade:#f6f8fa;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--dim:#9198a1;--line:#30363d;--shade:#161b22;
--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--paper);font:16px/1.5 system-ui,sans-serif}
a{color:var(--link)}
header,main,nav{padding:1rem;max-width:60rem}
nav{border-bottom:1px solid var(--line);columns:14rem}
nav ul{list-style:none;margin:0 0 .75rem;padding:0}
nav h2{font-size:1rem;margin:.5rem 0 .25rem;break-after:avoid}
nav li{overflow-wrap:anywhere;font-size:.9rem}
section,article{border-bottom:1px solid var(--line);padding:1rem 0}
h3{overflow-wrap:anywhere;font-size:1.05rem;margin:0 0 .25rem}
code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
code{overflow-wrap:anywhere}
pre{background:var(--shade);padding:.75rem;overflow-x:auto;max-width:100%}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-top:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere;min-width:7rem}
.dim{color:var(--dim)}
.tag{border:1px solid var(--line);border-radius:.25rem;padding:0 .35rem;font-size:.8rem;white-space:nowrap}
@media(min-width:70rem){body{display:grid;grid-template-columns:18rem minmax(0,1fr)}header{grid-column:1/3}
nav{columns:auto;border:0;position:sticky;top:0;align-self:start;max-height:100vh;overflow-y:auto}}
"""
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
# One style, known by its hash; nothing else is loaded, run, framed or sent.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def page_of(api: Mapping[str, Any], events: Mapping[str, Any]) -> bytes:
    """The page. A pure function of the two documents."""
    return "\n".join(_page(api, events)).encode()


def _page(api: Mapping[str, Any], events: Mapping[str, Any]) -> Iterator[str]:
    info = api["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    yield f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
    yield f"<header><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    yield f"<p>{escape(info['summary'])} {escape(info['description'])}</p>"
    yield '<p>For programs: <a href="/openapi.json">openapi.json</a>, <a href="/asyncapi.json">asyncapi.json</a>.</p>'
    yield "</header>"
    operations = [
        (method.upper(), path, told)
        for path, methods in api["paths"].items()
        for method, told in methods.items()
    ]
    owners = [tag["name"] for tag in api["tags"]]
    yield from _contents(owners, operations)
    yield "<main>"
    for owner in owners:
        yield f'<section id="{escape(owner)}"><h2>{escape(owner)}</h2></section>'
        for method, path, told in operations:
            if told["x-owner"] == owner:
                yield from _operation(api, method, path, told)
    yield from _messages(events)
    yield '<section id="schemas"><h2>Contracts</h2></section>'
    for name, schema in api["components"]["schemas"].items():
        yield from _schema(name, schema)
    yield "</main></body></html>"


def _contents(owners: list[str], operations: list[tuple[str, str, Any]]) -> Iterator[str]:
    yield '<nav aria-label="contents">'
    for owner in owners:
        yield f'<h2><a href="#{escape(owner)}">{escape(owner)}</a></h2><ul>'
        for method, path, told in operations:
            if told["x-owner"] == owner:
                yield f'<li><a href="#{escape(told["operationId"])}">{method} {escape(path)}</a></li>'
        yield "</ul>"
    yield '<h2><a href="#events">events</a></h2><h2><a href="#schemas">contracts</a></h2></nav>'


def _operation(api: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any]) -> Iterator[str]:
    yield f'<article id="{escape(told["operationId"])}"><h3><code>{method} {escape(path)}</code></h3>'
    scopes = [scope for one in told["security"] for names in one.values() for scope in names]
    tags = [*(f"scope {scope}" for scope in scopes or ["open to anybody"]), told["x-lifecycle"]]
    tags += [f"until {told['x-sunset']}"] if told.get("x-sunset") else []
    yield "<p>" + " ".join(f'<span class="tag">{escape(tag)}</span>' for tag in tags) + "</p>"
    yield f"<p>{escape(told['summary'])}. {escape(told.get('description', ''))}</p>"
    if told.get("parameters"):
        yield from _table(
            ("parameter", "what"),
            [
                (
                    f"<code>{escape(one['name'])}</code> <span class='dim'>{one['in']}"
                    f"{', required' if one['required'] else ''}</span>",
                    f"{escape(one.get('description', ''))} {_type(one['schema'])}",
                )
                for one in told["parameters"]
            ],
        )
    body = told.get("requestBody")
    if body is not None:
        content = body["content"]["application/json"]
        yield f"<p>Takes {_type(content['schema'])}{'' if body['required'] else ', or nothing'}.</p>"
        for name, example in content.get("examples", {}).items():
            text = json.dumps(example["value"], indent=1)
            yield f"<details><summary>Example: {escape(name)}</summary><pre>{escape(text)}</pre></details>"
    yield from _table(
        ("answer", "what"), [_answer(status, _found(api, one)) for status, one in told["responses"].items()]
    )
    yield "</article>"


def _found(api: Mapping[str, Any], response: Mapping[str, Any]) -> Mapping[str, Any]:
    ref = response.get("$ref")
    shared: Mapping[str, Any] = (
        response if ref is None else api["components"]["responses"][ref.rpartition("/")[2]]
    )
    return shared


def _answer(status: str, told: Mapping[str, Any]) -> tuple[str, str]:
    kinds = [_type(content["schema"]) for content in told.get("content", {}).values()]
    text = escape(told["description"]).replace("`", "")
    return f"<code>{status}</code>", f"{text} {' '.join(kinds)}"


def _messages(events: Mapping[str, Any]) -> Iterator[str]:
    yield '<section id="events"><h2>Events</h2>'
    yield f"<p>{escape(events['info']['description'])}</p></section>"
    for name, told in events["components"]["messages"].items():
        yield f'<article id="{escape(name)}"><h3><code>{escape(name)}</code></h3>'
        yield f'<p><span class="tag">{escape(told["x-owner"])}</span> '
        yield f'<span class="tag">{escape(told["x-data-class"])}</span></p><p>{escape(told["summary"])}</p></article>'


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<article id="schema-{escape(name)}"><h3>{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>'
    required = schema.get("required", ())
    yield from _table(
        ("field", "type"),
        [
            (
                f"<code>{escape(field)}</code>{' <span class=dim>required</span>' if field in required else ''}",
                _type(one),
            )
            for field, one in schema.get("properties", {}).items()
        ],
    )
    yield "</article>"


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> Iterator[str]:
    """Rows are HTML already."""
    if rows:
        yield f'<div class="scroll"><table><thead><tr><th scope="col">{head[0]}</th><th scope="col">{head[1]}</th>'
        yield "</tr></thead><tbody>"
        for first, second in rows:
            yield f"<tr><td>{first}</td><td>{second}</td></tr>"
        yield "</tbody></table></div>"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"list of {_type(schema['items'])}"
    bounds = [
        f"{words} {escape(str(schema[name]))}"
        for name, words in (
            ("minimum", "from"), ("maximum", "to"), ("minLength", "from length"), ("maxLength", "to length"),
            ("minItems", "at least"), ("maxItems", "at most"), ("pattern", "like"), ("format", "as"),
        )
        if name in schema
    ]  # fmt: skip
    return escape(kind) + (f" <span class=dim>{', '.join(bounds)}</span>" if bounds else "")
