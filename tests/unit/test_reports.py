"""A result is told alike on the terminal, as JSON, as JUnit XML and as HTML, and nothing unproven is called held."""

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import msgspec
import pytest
from rich.console import Console

from sim.reports.condense import condensed
from sim.reports.html import ReportUnavailable, html_report
from sim.reports.json_report import ResultError, read_result, result_json
from sim.reports.junit import junit_xml
from sim.reports.result import (
    EXIT_CODES,
    InvariantResult,
    LevelResult,
    Progress,
    RunResult,
    Series,
    Violation,
    verdict_line,
)
from sim.reports.terminal import live_progress, progress_line, progress_panel
from sim.reports.verdict import print_verdict
from sim.reports.words import clock, compression, duration
from tests.support.data import ROOT
from tests.support.result import BROKEN, INVARIANTS, made_up_result

HOSTILE = InvariantResult(
    "A1",
    held=False,
    checked=1,
    at_risk=1,
    title="<script>alert(1)</script>",
    first_violation=Violation("a & b < c \x00\x1b[31m [red]", "<i>ord</i>", 5, ("]]>", "\ud7ff", "[/bold]")),
)


def _printed(result, width=120):
    console = Console(file=(out := io.StringIO()), width=width, color_system=None)
    print_verdict(result, console)
    return out.getvalue()


def _words(text):
    return " ".join(text.split())


def test_json_holds_what_is_promised_and_comes_back_whole(tmp_path):
    result = made_up_result()
    path = tmp_path / "out.json"
    path.write_bytes(result_json(result))
    assert read_result(path) == result
    told = msgspec.json.decode(path.read_bytes())
    assert set(told) >= {
        "seed", "plan_hash", "journal_sha256", "virtual_s", "wall_s", "turns", "turns_per_wall_s", "orders",
        "load", "in_flight", "backlog_max", "faults", "invariants", "latency_ms", "kpis", "verdict", "replay",
    }  # fmt: skip
    assert set(told["orders"]) == {
        "submitted", "received", "accepted", "rejected", "completed", "cancelled", "excepted",
    }  # fmt: skip
    assert set(told["invariants"][0]) >= {"id", "held", "checked", "at_risk", "first_violation"}
    assert set(told["latency_ms"]["accept"]) == {"p50", "p95", "p99"}


def test_a_file_that_is_no_result_is_a_mistake(tmp_path):
    path = tmp_path / "out.json"
    path.write_text('{"seed": "x"}')
    with pytest.raises(ResultError, match="seed"):
        read_result(path)
    with pytest.raises(ResultError, match="No such file"):
        read_result(tmp_path / "absent.json")


def test_every_verdict_has_an_exit_code_of_its_own():
    assert EXIT_CODES == {"held": 0, "broken": 1, "stalled": 3, "slow": 4}


def test_what_was_never_at_risk_is_not_called_held():
    idle = InvariantResult("A3", held=True, checked=900, at_risk=0, why_not="nothing is ever split")
    result = made_up_result(invariants=(idle,))
    assert idle.state == "not exercised"
    assert "0 of 1 invariants held, 1 not exercised" in verdict_line(result)
    assert "not exercised: nothing is ever split" in _printed(result)
    assert "not exercised" in html_report(result)
    case = ElementTree.fromstring(junit_xml(result)).find("testcase")
    assert case is not None and case.find("skipped") is not None


def test_a_run_without_stress_says_so():
    assert verdict_line(msgspec.structs.replace(made_up_result(), stressed=())).endswith("not stressed")
    assert verdict_line(made_up_result()).endswith("stressed: erp, payments")


def test_the_terminal_shows_verdict_invariants_faults_and_the_way_to_repeat():
    text = _printed(made_up_result())
    for told in ("A1", "held", "timeout after", "180", "erp", "3,105", "2:23 min", "exact duplicate row"):
        assert told in text
    assert "held: 8 of 9 invariants held, 1 not exercised" in text
    assert made_up_result().replay in text
    assert made_up_result().journal_sha256 in text


def test_a_narrow_terminal_still_shows_the_replay_command_on_one_line():
    assert made_up_result().replay in _printed(made_up_result(), width=60)


def test_a_broken_run_shows_the_first_violation_with_its_timeline():
    result = made_up_result("broken", (BROKEN, *INVARIANTS))
    for text in (_printed(result), html_report(result), junit_xml(result)):
        assert "captured 40.50 GBP where 20.25 GBP were invoiced" in _words(text)
        assert "payments.capture sent again" in text
    assert verdict_line(result).startswith("broken: A8 broken")


def test_junit_has_a_case_for_each_invariant_and_each_level():
    late = LevelResult("accept p99", 1_000, 9_100, held=False)
    result = msgspec.structs.replace(made_up_result("slow", (BROKEN, *INVARIANTS)), slo=(late,))
    suite = ElementTree.fromstring(junit_xml(result))
    assert suite.get("tests") == "12"
    assert (suite.get("failures"), suite.get("skipped")) == ("2", "1")
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names[0] == "A8 nobody is charged twice"
    assert names[-2:] == ["the run comes to rest", "service level accept p99"]


def test_junit_fails_a_run_that_did_not_come_to_rest():
    result = msgspec.structs.replace(made_up_result("stalled"), because="3 orders open after 2 h")
    suite = ElementTree.fromstring(junit_xml(result))
    assert suite.get("failures") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.get("message") == "3 orders open after 2 h"


def test_hostile_text_breaks_no_report():
    result = made_up_result("broken", (HOSTILE,))
    ElementTree.fromstring(junit_xml(result))
    page = html_report(result)
    assert "<script" not in page
    assert "<i>ord</i>" not in page
    assert "[/bold]" in _printed(result)


class _Links(HTMLParser):
    """Collects what a page would fetch, and checks that its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "hr", "img", "link"):
            self.open.append(tag)
        links = [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.fetched += [link for link in links if not link.startswith("#")]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed():
    page = html_report(made_up_result())
    links = _Links()
    links.feed(page)
    assert links.open == []
    assert links.fetched == []
    assert "<script" not in page
    assert "@import" not in page and "url(http" not in page
    assert page.count("<svg") == 5
    for title in ("Arrivals against completions", "Backlog by system", "Latency", "Faults on the time line"):
        assert title in page


def test_the_colours_of_plots_are_the_page_s_own():
    svg = re.findall(r"<svg.*?</svg>", html_report(made_up_result()), re.DOTALL)
    for plot in svg:
        assert set(re.findall(r"#[0-9a-f]{6}\b", plot)) <= {"#000000", "#ffffff"}
        assert "var(--" in plot


def test_equal_results_give_equal_pages_in_another_process_too():
    code = (
        "import hashlib; from tests.support.result import made_up_result; from sim.reports.html import html_report\n"
        "print(hashlib.sha256(html_report(made_up_result()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_run_without_a_series_still_has_a_page():
    page = html_report(msgspec.structs.replace(made_up_result(), series=Series(), phases=()))
    assert "<svg" not in page
    assert "Invariants" in page


def test_a_run_in_which_nothing_happened_can_be_drawn():
    quiet = Series(
        t_ms=(0,), arrivals=(0,), completions=(0,), in_flight=(0,), backlog={"erp": (0,)},
        accept_p50=(None,), accept_p95=(None,), effect_p50=(None,), effect_p95=(None,),
    )  # fmt: skip
    page = html_report(msgspec.structs.replace(made_up_result(), series=quiet, phases=(), faults={}))
    assert page.count("<svg") == 4


def test_without_matplotlib_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "sim.reports.plots", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ReportUnavailable, match=re.escape("pip install tidegate[report]")):
        html_report(made_up_result())


def test_a_long_run_is_condensed_without_losing_its_peaks():
    seconds = 5_000
    series = Series(
        t_ms=tuple(range(0, seconds * 1000, 1000)),
        arrivals=(4,) * seconds,
        completions=(3,) * seconds,
        in_flight=tuple(777 if n == 3_333 else 1 for n in range(seconds)),
        backlog={"erp": tuple(range(seconds))},
        accept_p50=(None,) * seconds,
        accept_p95=tuple(50 if n == 10 else None for n in range(seconds)),
        effect_p50=(1,) * seconds,
        effect_p95=(2,) * seconds,
    )
    short = condensed(series)
    assert len(short.t_ms) == len(short.arrivals) == len(short.backlog["erp"]) <= 1_200
    assert set(short.arrivals) == {4}
    assert max(short.in_flight) == 777
    assert max(short.backlog["erp"]) == seconds - 1
    assert short.accept_p95.count(50) == 1 and set(short.accept_p50) == {None}
    assert condensed(short) is short


SNAPSHOT = Progress(
    134_000, "storm", 5_000, received=3_200, accepted=2_800, completed=1_500, closed=120, in_flight=1_580,
    backlog={"erp": 1_400, "payments": 0}, faults={"drop": 31}, turns=88_000,
)  # fmt: skip


def test_without_a_terminal_a_line_appears_every_few_seconds_and_at_each_phase():
    console = Console(file=(out := io.StringIO()), width=200)
    seconds = iter([0.0, 0.5, 1.0, 3.2, 3.3])
    with live_progress(console, "promotion", lambda: next(seconds)) as show:
        for phase in ("calm", "calm", "storm", "storm", "storm"):
            show(msgspec.structs.replace(SNAPSHOT, phase=phase))
    lines = out.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == ["calm", "storm"]
    assert lines[1].strip() == progress_line(SNAPSHOT).strip()


def test_on_a_terminal_the_panel_shows_clock_phase_orders_backlog_and_faults():
    console = Console(file=(out := io.StringIO()), width=120, force_terminal=True, color_system=None)
    console.print(progress_panel(SNAPSHOT, "promotion"))
    text = out.getvalue()
    for told in ("STORM", "2:14", "3,200", "2,800", "1,500", "erp", "1,400", "drop", "31"):
        assert told in text


def test_the_live_panel_is_drawn_and_taken_away_again():
    console = Console(file=(out := io.StringIO()), width=120, force_terminal=True, color_system=None)
    with live_progress(console, "promotion", lambda: 0.0) as show:
        show(SNAPSHOT)
    assert "STORM" in out.getvalue()


@pytest.mark.parametrize(
    ("ms", "told"), [(0, "0 ms"), (999, "999 ms"), (4_200, "4.20 s"), (143_000, "2:23 min"), (None, "–")]
)
def test_durations_are_told_in_fitting_units(ms, told):
    assert duration(ms) == told


def test_virtual_time_is_told_as_a_clock():
    assert [clock(ms) for ms in (0, 61_000, 3_600_000, -5_000)] == ["0:00", "1:01", "1:00:00", "-0:05"]
    assert compression(1.0) == "as drawn"
    assert compression(20_432.8) == "20,433x faster than the trace"


def test_a_result_can_be_read_from_the_promised_fields_alone():
    told = msgspec.to_builtins(made_up_result())
    promised = {field.name for field in msgspec.structs.fields(RunResult) if field.required} | {"kpis"}
    result = msgspec.convert({name: told[name] for name in promised}, RunResult)
    assert result.orders == made_up_result().orders
    assert "held" in _printed(result)
