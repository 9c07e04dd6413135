"""Answers to a waiting client, rendered once: what was done, or a problem (RFC 9457) with a stable code."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from .decision import Decision
from .platform import Answer
from .turn import Message

_JSON = ("content-type", "application/json")
_PROBLEM = ("content-type", "application/problem+json")


def is_a_client(message: Message) -> bool:
    """Whether a client waits for the answer: then a refusal is told, and nobody else has to look at it."""
    return message.reply_to is not None and message.reply_to[0] == "intake"


def done(body: dict[str, Any], status: int = 200, location: str = "") -> Answer:
    """It was done; `body` says what, `location` where what was made is found.

    What a header cannot carry is percent-encoded here (RFC 3986: a client's own number may hold a line's end or a
    letter beyond ASCII); an id with `/` or `%` in it is encoded by `segment` before it is put into the path.
    """
    headers = (_JSON, ("location", quote(location, safe="/:@!$&'()*+,;=~%"))) if location else (_JSON,)
    return Answer(status, headers, msgspec.json.encode(body))


def segment(number: str) -> str:
    """A client's own number as one segment of a path."""
    return quote(number, safe="")


def refused(
    code: str, detail: str, instance: str, trace: str, *, status: int = 409, fields: tuple[str, ...] = ()
) -> Answer:
    """It was not done. `code` is stable, `detail` a sentence, `fields` the JSON pointers of what was wrong."""
    errors = [{"pointer": pointer, "code": code, "detail": detail} for pointer in fields]
    return _problem(code, detail, instance, trace, status, errors)


def problems(code: str, wrong: dict[str, str], instance: str, trace: str, *, status: int = 409) -> Answer:
    """It was not done for several reasons, all of them told: by JSON pointer or by name, and a sentence each."""
    errors = [
        {"pointer": name, "code": code, "detail": why}
        if name.startswith("/")
        else {"pointer": "", "code": name, "detail": why}
        for name, why in wrong.items()
    ]
    detail = "; ".join(f"{name}: {why}" for name, why in wrong.items())
    return _problem(code, detail, instance, trace, status, errors)


def _problem(
    code: str, detail: str, instance: str, trace: str, status: int, errors: list[dict[str, str]]
) -> Answer:
    body = {
        "type": f"urn:tidegate:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "trace_id": trace,
        "retryable": False,
        "errors": errors,
    }
    return Answer(status, (_PROBLEM,), msgspec.json.encode(body))


def refuse_all(
    decision: Decision,
    message: Message,
    code: str,
    wrong: dict[str, str],
    instance: str,
    *,
    status: int = 409,
) -> Decision:
    """Answer whoever asked that it was not done, and everything that is wrong with it. Nothing changes."""
    decision.answer(message.reply_to, problems(code, wrong, instance, message.trace, status=status))
    return decision


def refuse(decision: Decision, message: Message, code: str, detail: str, instance: str) -> Decision:
    """Answer whoever asked that it was not done: 404 where there is no such thing, else 409. Nothing changes."""
    status = 404 if code.endswith("-not-found") else 409
    decision.answer(message.reply_to, refused(code, detail, instance, message.trace, status=status))
    return decision
