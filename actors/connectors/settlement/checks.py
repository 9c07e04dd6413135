"""From a provider's file to ours: every field read, every total added up, before anything is recorded."""

from __future__ import annotations

from contracts.money import EXPONENTS, AmountError, minor_of
from contracts.settlement import ControlTotal, SettlementLine

from ..refusals import Problem
from .dialect import Opened, Record, SettlementDialect, SettlementFile, SettlementRefused

# Problems told of one file: with more it is another kind of file altogether.
PROBLEMS_AT_MOST = 50


class _Reading:
    """One file being read: its problems so far."""

    def __init__(self, dialect: SettlementDialect, currency: str) -> None:
        self.dialect = dialect
        self.currency = currency
        self.problems: list[Problem] = []

    def problem(self, line: int, field: str, code: str, detail: str) -> None:
        self.problems.append(Problem(line, field, code, detail))

    def text(self, record: Record, line: int, field: str, *, needed: bool = True) -> str:
        """The field's text; a problem where it is missing or empty and must not be."""
        found = record.get(field, "")
        if needed and not found:
            self.problem(line, field, "malformed", "missing")
        return found

    def minor(self, record: Record, line: int, currency: str, field: str) -> int:
        """An amount field in minor units; an empty one is nothing."""
        text = record.get(field)
        if text is None:
            self.problem(line, field, "malformed", "missing")
            return 0
        try:
            return minor_of(text, currency) if text else 0
        except AmountError as error:
            self.problem(line, field, error.code, str(error))
            return 0

    def amounts(self, record: Record, line: int, which: str) -> tuple[int, int, int]:
        """Gross, fee and net of a line or of the control total, signed our way."""
        read = self.dialect.amounts if which == "line" else self.dialect.control
        try:
            return read(record, lambda field: self.minor(record, line, self.currency, field))
        except ValueError as error:
            field, detail = error.args
            self.problem(line, field, "malformed", detail)
            return 0, 0, 0


def checked(dialect: SettlementDialect, provider: str, name: str, text: str) -> SettlementFile:
    """The file, or SettlementRefused with every problem in it."""
    try:
        opened = dialect.open(text)
    except ValueError as error:
        line, field, detail = error.args
        code = "truncated" if detail.startswith("ends") else "malformed"
        raise SettlementRefused(name, [Problem(line, field, code, detail)]) from None
    header = {ours: opened.header.get(theirs, "") for ours, theirs in dialect.header.items()}
    reading = _Reading(dialect, header["currency"].upper())
    for ours, theirs in dialect.header.items():
        if not header[ours]:
            reading.problem(1, theirs, "malformed", "missing")
    if header["currency"] and reading.currency not in EXPONENTS:
        detail = f"no currency {header['currency']!r}"
        reading.problem(1, dialect.header["currency"], "unknown-currency", detail)
    if not opened.ended:
        reading.problem(opened.control_line, "", "truncated", "ends before its control total")
    lines = () if reading.problems else _lines(reading, opened)
    control = ControlTotal(0, 0, 0, 0)
    if not reading.problems:
        control = _control(reading, opened, lines)
    if reading.problems:
        raise SettlementRefused(name, reading.problems[:PROBLEMS_AT_MOST], header["file_id"])
    return SettlementFile(
        provider,
        header["file_id"],
        name,
        header["payout_id"],
        reading.currency,
        header["paid_on"],
        control,
        lines,
    )


def _lines(reading: _Reading, opened: Opened) -> tuple[SettlementLine, ...]:
    lines: list[SettlementLine] = []
    seen: dict[str, int] = {}
    for n, record in opened.rows:
        line = _line(reading, n, record)
        if line is None:
            continue
        if line.line_id in seen:
            field = reading.dialect.line["line_id"]
            reading.problem(
                n, field, "repeated-line", f"{line.line_id} stands in line {seen[line.line_id]} already"
            )
        seen[line.line_id] = n
        lines.append(line)
    return tuple(lines)


def _line(reading: _Reading, n: int, record: Record) -> SettlementLine | None:
    """A record as a line, or None for one that is no line or has a problem."""
    names = reading.dialect.line
    type_ = reading.text(record, n, names["type"])
    kind = reading.dialect.kinds.get(type_, "")
    if kind is None:
        return None
    if not kind and type_:
        reading.problem(n, names["type"], "unknown-type", f"no meaning is known for {type_!r}")
    line_id = reading.text(record, n, names["line_id"])
    currency = reading.text(record, n, names["currency"]).upper()
    if currency and currency != reading.currency:
        detail = f"{currency} in a file of {reading.currency}"
        reading.problem(n, names["currency"], "other-currency", detail)
        return None
    reference = reading.text(record, n, names["reference"], needed=kind not in ("fee", "adjustment"))
    gross, fee, net = reading.amounts(record, n, "line")
    if net != gross - fee:
        reading.problem(n, "", "malformed", f"net {net} is not gross {gross} less fee {fee}, in minor units")
    if not kind or not line_id:
        return None
    order_ref = record.get(names["order_ref"], "")
    return SettlementLine(n, line_id, kind, reference or line_id, order_ref, currency, gross, fee, net)


def _control(reading: _Reading, opened: Opened, lines: tuple[SettlementLine, ...]) -> ControlTotal:
    """The control total as the file says it, a problem for each part that its lines do not come to."""
    at, record, names = opened.control_line, opened.control, reading.dialect.count
    text = reading.text(record, at, names)
    gross, fee, net = reading.amounts(record, at, "control")
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    if text and not is_number:
        reading.problem(at, names, "malformed", f"{text!r} is no number of lines")
    said = ControlTotal(int(text) if is_number else 0, gross, fee, net)
    found = ControlTotal(
        len(lines),
        sum(line.gross_minor for line in lines),
        sum(line.fee_minor for line in lines),
        sum(line.net_minor for line in lines),
    )
    for part in ("count", "gross_minor", "fee_minor", "net_minor"):
        ours, theirs = getattr(found, part), getattr(said, part)
        if ours != theirs and not reading.problems:
            word = part.removesuffix("_minor")
            unit = "" if part == "count" else f" minor units of {reading.currency}"
            reading.problem(
                at, word, "control-total", f"the control total says {theirs}, its lines come to {ours}{unit}"
            )
    return said
