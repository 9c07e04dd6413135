"""A run's folder: `runs/<time>-<plan>-<seed>/` with plan.json, result.json and report.html."""

from __future__ import annotations

from pathlib import Path

from .plan import Plan, plan_json
from .reports.json_report import result_json
from .reports.result import RunResult

PLAN, RESULT, REPORT = "plan.json", "result.json", "report.html"


def write_run(root: Path, stamp: str, plan: Plan, result: RunResult, report: str | None) -> Path:
    """Write a run's folder and return it. A name already taken gets a number."""
    base = f"{stamp}-{plan.name}-{plan.seed}"
    folder = root / base
    n = 1
    while folder.exists():
        n += 1
        folder = root / f"{base}-{n}"
    folder.mkdir(parents=True)
    (folder / PLAN).write_bytes(plan_json(plan))
    (folder / RESULT).write_bytes(result_json(result))
    if report is not None:
        (folder / REPORT).write_text(report, encoding="utf-8")
    return folder
