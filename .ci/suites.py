"""Counts one suite's JUnit file for `.ci/run`, and lists the skips that the build does not allow.

Usage: suites.py JUNIT_XML ALLOWED_SKIPS [ALLOWED_REASON ...]
Prints `passed failed skipped refused` on one line, then each refused skip on a line of its own.
A missing or broken file, as a crashed runner leaves it, counts as one failure.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def count(junit: Path, allowed: list[str]) -> tuple[int, int, int, list[str]]:
    try:
        cases = list(ET.parse(junit).getroot().iter("testcase"))
    except (OSError, ET.ParseError):
        return 0, 1, 0, []
    passed = failed = skipped = 0
    refused: list[str] = []
    for case in cases:
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is None or skip.get("type") == "pytest.xfail":
            passed += 1
        else:
            skipped += 1
            reason = f"{skip.get('message', '')} {skip.text or ''}"
            if not any(part in reason for part in allowed):
                refused.append(f"{case.get('classname')}::{case.get('name')}: {skip.get('message', '')}")
    return passed, failed, skipped, refused


def main(junit: str, allow_list: str, *more: str) -> None:
    lines = Path(allow_list).read_text(encoding="utf-8").splitlines()
    allowed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    passed, failed, skipped, refused = count(Path(junit), [*allowed, *more])
    print(passed, failed, skipped, len(refused))
    for line in refused:
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
