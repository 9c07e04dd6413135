"""The result as JUnit XML: a test case for each invariant, for coming to rest, and for each service level.

An invariant that was not exercised is skipped, never passed.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from .result import InvariantResult, RunResult, Violation
from .words import clock, duration

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(result: RunResult) -> str:
    """One test suite."""
    cases = [_invariant(result, invariant) for invariant in result.invariants]
    stalled = (result.because or "not at rest in time") if result.verdict == "stalled" else ""
    cases.append(_case(result, "the run comes to rest", failure=stalled))
    for level in result.slo:
        missed = f"{duration(level.measured_ms)} where {duration(level.limit_ms)} is the limit"
        cases.append(_case(result, f"service level {level.name}", failure="" if level.held else missed))
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = (
        f'<testsuite name={_attribute("tidegate " + result.name)} tests="{len(cases)}" '
        f'failures="{failures}" errors="0" skipped="{skipped}" time="{result.wall_s:.3f}">'
    )
    properties = "".join(
        f"    <property name={_attribute(name)} value={_attribute(value)}/>\n"
        for name, value in (
            ("seed", str(result.seed)),
            ("plan_hash", result.plan_hash),
            ("journal_sha256", result.journal_sha256),
            ("verdict", result.verdict),
            ("replay", result.replay),
        )
    )
    body = "".join(cases)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{head}\n'
        f"  <properties>\n{properties}  </properties>\n{body}</testsuite>\n"
    )


def _invariant(result: RunResult, invariant: InvariantResult) -> str:
    name = f"{invariant.id} {invariant.title}".strip()
    counted = f"checked {invariant.checked}, at risk {invariant.at_risk}"
    if invariant.state == "broken":
        violation = invariant.first_violation
        message = violation.message if violation else "broken"
        return _case(result, name, failure=message, details=f"{_told(violation)}{counted}\n{result.replay}")
    if invariant.state == "not exercised":
        return _case(result, name, skipped=f"not exercised: {invariant.why_not or counted}")
    return _case(result, name)


def _told(violation: Violation | None) -> str:
    if violation is None:
        return ""
    at = "" if violation.at_ms is None else f"at {clock(violation.at_ms)} "
    return f"{at}{violation.subject}\n" + "".join(f"{step}\n" for step in violation.timeline)


def _case(result: RunResult, name: str, failure: str = "", details: str = "", skipped: str = "") -> str:
    head = f"  <testcase classname={_attribute('tidegate.' + result.name)} name={_attribute(name)}"
    if failure:
        inner = f"<failure message={_attribute(failure)}>{escape(_clean(details))}</failure>"
    elif skipped:
        inner = f"<skipped message={_attribute(skipped)}/>"
    else:
        return f"{head}/>\n"
    return f"{head}>\n    {inner}\n  </testcase>\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))
