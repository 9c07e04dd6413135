"""The story of one order, for whoever reads a violation."""

from __future__ import annotations

from contracts.codec import decode_turn
from contracts.turn import DECIDED, Turn, message_id

from .evidence import Evidence


def order_timeline(evidence: Evidence, order_id: str) -> list[str]:
    """What touched the order, a line each, in order: turns, and between them faults and clients' answers.

    A turn's line says when, which actor, what it took and what became true.
    """
    happened: list[tuple[int, str]] = []
    types: dict[str, str] = {}
    needle = order_id.encode()
    for _, group in evidence.groups():
        for data in group:
            # Most turns are of other orders: looking for the bytes is quicker than decoding.
            if needle not in data:
                continue
            turn = decode_turn(data)
            if turn.subject == order_id or any(said.subject == order_id for said in turn.said):
                happened.append((turn.at_ms, _line(turn, types)))
            for index, said in enumerate(turn.said):
                types[message_id(turn.partition, turn.pos, index)] = said.type
    for hit in evidence.faults:
        if hit.subject == order_id:
            happened.append((hit.at_ms, f"{hit.at_ms} fault {hit.kind} at {hit.label}"))
    for answer in evidence.answers:
        if answer.order_id == order_id:
            again = " again" if answer.replayed else ""
            happened.append((answer.at_ms, f"{answer.at_ms} client was answered {answer.status}{again}"))
    happened.sort(key=lambda one: one[0])
    return [line for _, line in happened]


def _line(turn: Turn, types: dict[str, str]) -> str:
    if turn.cause.startswith("t:"):
        took = f"timer {turn.cause.split(':', 2)[2]}"
    elif turn.cause.startswith("x:"):
        took = "a call from outside"
    else:
        took = types.get(turn.cause, turn.cause)
    facts = ", ".join(event.type for event in turn.events) or "nothing"
    kind = "" if turn.kind == DECIDED else f" [{turn.kind}]"
    said = f"; said {', '.join(f'{s.type} to {s.to}' for s in turn.said)}" if turn.said else ""
    return f"{turn.at_ms} {turn.actor} took {took}{kind}: {facts}{said}"
