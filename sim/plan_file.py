"""Plans and fault files from disk. Every mistake names the file, the line and the field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from contracts.channels import CHANNELS, channel_of
from contracts.ports import SYSTEMS

from .mistakes import InputMistake
from .plan import PLANS, FaultPlan, Plan
from .positions import DuplicateKey, line_at, positions
from .presets import KINDS, PLACES, PRESETS

T = TypeVar("T")

MAX_BYTES = 16 * 1024 * 1024
_AT = re.compile(r"^(?P<message>.*) - at `\$(?P<field>.*)`$", re.DOTALL)
_NAMED = re.compile(r"(?:unknown|required) field `(?P<name>[^`]*)`")
_LABEL = re.compile(r"(connector|channel):[a-z0-9_.*-]+:[a-z0-9_.:*-]+|process:(commit|\*)")
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "preset": tuple(PRESETS),
    "source": ("profile", "trace"),
    "shape": ("step",),
    "returns": ("drawn", "trace"),
    "wire": ("fast", "strict"),
}


class PlanError(InputMistake):
    """A plan, or a file of faults, that cannot be meant so."""


def find_plan(name_or_path: str) -> Plan:
    """A named plan, a plan file, or the plan.json of a run's folder. Raises PlanError."""
    if name_or_path in PLANS:
        return PLANS[name_or_path]
    path = Path(name_or_path)
    if path.is_dir():
        path = path / "plan.json"
    if not path.exists():
        names = ", ".join(PLANS)
        raise PlanError(name_or_path, 0, "", f"no such file, and no plan of that name (there are: {names})")
    return load_plan(path)


def load_plan(path: str | Path) -> Plan:
    """Read a plan from a JSON file. Raises PlanError."""
    plan, text = _load(path, Plan)
    check_plan(plan, path, text)
    return plan


def load_faults(path: str | Path) -> FaultPlan:
    """Read the `faults` part of a plan from a file of its own. Raises PlanError."""
    faults, text = _load(path, FaultPlan)
    _raise_first(_fault_mistakes(faults, ""), path, text)
    return faults


def check_plan(plan: Plan, path: str | Path = "plan", text: str = "") -> None:
    """What no single field can show: fields that contradict each other. Raises PlanError.

    Call it again after changing a plan by command line options; `text` lets it name the line.
    """
    _raise_first(_plan_mistakes(plan), path, text)


def _load(path: str | Path, shape: type[T]) -> tuple[T, str]:
    text = _read(path)
    where = _positions(path, text)
    try:
        return msgspec.json.decode(text.encode(), type=shape), text
    except msgspec.ValidationError as error:
        raise _from_validation(path, text, where, str(error)) from None
    except msgspec.DecodeError as error:
        raise PlanError(path, _line_of_byte(text, str(error)), "", str(error)) from None


def _read(path: str | Path) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PlanError(path, 0, "", error.strerror or str(error)) from None
    if len(data) > MAX_BYTES:
        raise PlanError(path, 0, "", f"larger than {MAX_BYTES} bytes: this is no plan")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlanError(path, line, "", "not UTF-8 text") from None


def _positions(path: str | Path, text: str) -> dict[str, int]:
    try:
        json.loads(text)
        return positions(text)
    except json.JSONDecodeError as error:
        raise PlanError(path, error.lineno, "", f"not JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise PlanError(path, 1, "", "nested too deeply") from None
    except DuplicateKey as error:
        raise PlanError(path, line_at(text, error.at), error.field, "given twice") from None
    except ValueError as error:
        raise PlanError(path, 1, "", f"not JSON: {error}") from None


def _line_of_byte(text: str, message: str) -> int:
    """Msgspec tells the byte of what it cannot read (NaN, say, which the json module lets pass)."""
    match = re.search(r"byte (\d+)", message)
    return text.encode()[: int(match[1])].count(b"\n") + 1 if match else 1


def _from_validation(path: str | Path, text: str, where: dict[str, int], said: str) -> PlanError:
    match = _AT.match(said)
    message, field = (match["message"], match["field"].removeprefix(".")) if match else (said, "")
    named = _NAMED.search(message)
    if named:
        inner = f"{field}.{named['name']}" if field else named["name"]
        at = where.get(inner, where.get(field, 0))
        field = inner
    else:
        at = where.get(field, 0)
    choices = _CHOICES.get(field.rpartition(".")[2])
    if choices and message.startswith("Invalid enum value"):
        message += f"; one of {', '.join(choices)}"
    return PlanError(path, line_at(text, at), field, message)


def _raise_first(mistakes: Iterator[tuple[str, str]], path: str | Path, text: str) -> None:
    for field, message in mistakes:
        line = 0
        if text:
            where = positions(text)
            # A field left out is shown at the nearest one around it that was written.
            known = field
            while known and known not in where:
                known = known.rpartition(".")[0]
            line = line_at(text, where[known])
        raise PlanError(path, line, field, message)


def _plan_mistakes(plan: Plan) -> Iterator[tuple[str, str]]:
    load = plan.load
    if load.source == "trace" and not load.trace:
        yield "load.trace", "a load from a trace needs the path of one"
    if load.source == "profile" and load.trace is not None:
        yield "load.trace", "a path of a trace, but load.source is profile"
    if load.source == "profile" and load.returns == "trace":
        yield "load.returns", "the returns of a trace, but load.source is profile"
    if load.channel is not None and channel_of(load.channel) is None:
        yield "load.channel", f"no channel {load.channel!r}; one of {', '.join(CHANNELS)}"
    if load.source == "trace" and load.zipf_tenths is not None:
        yield "load.zipf_tenths", "a trace brings its own skew"
    if not load.stock.location:
        yield "load.stock.location", "must not be empty"
    yield from _fault_mistakes(plan.faults, "faults.")


def _fault_mistakes(faults: FaultPlan, prefix: str) -> Iterator[tuple[str, str]]:
    for index, rule in enumerate(faults.rules):
        place = PLACES[rule.kind][0]
        at = f"{prefix}rules[{index}]"
        if place not in ("connector", "channel"):
            yield f"{at}.kind", f"{rule.kind} has no rate: state it under explicit or windows"
        yield from _label_mistakes(rule.kind, rule.label, at)
    for index, fault in enumerate(faults.explicit):
        at = f"{prefix}explicit[{index}]"
        if PLACES[fault.kind][0] == "window":
            yield f"{at}.kind", f"{fault.kind} lasts: state it under windows"
        yield from _label_mistakes(fault.kind, fault.label, at)
    for index, window in enumerate(faults.windows):
        at = f"{prefix}windows[{index}]"
        if window.system != "*" and window.system not in SYSTEMS:
            yield f"{at}.system", f"no system {window.system!r}; one of {', '.join(SYSTEMS)}, or *"
        if window.to_ms <= window.from_ms:
            yield f"{at}.to_ms", "must be later than from_ms"


def _label_mistakes(kind: str, label: str, at: str) -> Iterator[tuple[str, str]]:
    place = PLACES[kind][0]
    if not _LABEL.fullmatch(label):
        yield (
            f"{at}.label",
            f"{label!r} is no label: place:system:operation, e.g. connector:payments:captures",
        )
    elif label.partition(":")[0] != place:
        yield f"{at}.label", f"{kind} strikes at {place}:…, not at {label!r}"
    elif place == "connector" and label.split(":")[1] not in (*SYSTEMS, "*"):
        yield f"{at}.label", f"no system {label.split(':')[1]!r}; one of {', '.join(SYSTEMS)}, or *"
