"""What a person waits for in the browser; needs Chromium.

Times are taken in the page itself, so that the wait for the driver's next look does not count.
"""

import re
import statistics
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.shared import scenario_link
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet
from core.methods.rules import RULES
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import many_experts
from tests.browser.serving import CHROMIUM, FLAGS, dashboard, trained_run
from tests.pages.many_runs import fill

RUNS, CASES, EXPERTS, ROUNDS = 100, 10_000, 8, 4
# A page is there when its heading and its main content are, and nothing of the last page is left.
PAGES = {
    "Home": "Running now|All runs: find, compare",
    "Data": "Cases and annotations",
    "Train": "based on|No estimate yet",
    "Trade-offs": "The AI takes[^]*could be measured[^]*Workloads",
    "Runs": "100 runs|101 runs|102 runs|103 runs",
}
LAST_LINE = "Try other workloads with this run"
SHARES = "Share of the cases per agent"  # how the bars' description begins
# Resolves with the milliseconds from a click until the page shows a text after its script's end.
_SEEN = """
([heading, text]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not there within a minute")), 60000);
  const begin = window.begun, wanted = new RegExp(text);
  const look = () => {
    const head = [...document.querySelectorAll("h1")].some((h) => h.innerText.trim() === heading);
    const main = document.querySelector("[data-testid=stMain]");
    if (head && main && wanted.test(main.innerText)
        && !main.querySelector("[data-stale=true]")) return resolve(performance.now() - begin);
    requestAnimationFrame(look);
  };
  look();
})
"""
# The same for a changed figure: its description tells the numbers that it shows.
_DRAWN = """
([about, text]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not there within a minute")), 60000);
  const begin = window.begun;
  const look = () => {
    const figure = [...document.querySelectorAll("[role=figure]")]
      .find((f) => (f.getAttribute("aria-label") || "").startsWith(about));
    if (figure && figure.getAttribute("aria-label") !== text
        && (figure.matches(".cl-bars") || figure.querySelector(".js-plotly-plot .main-svg"))
        && !figure.closest("[data-stale=true]")) return resolve(performance.now() - begin);
    requestAnimationFrame(look);
  };
  look();
})
"""
_CLOCK = "for (const what of ['click', 'keydown']) document.addEventListener(what, () => {\
 window.begun = performance.now(); }, true)"


def measure() -> list[Row]:
    """Click to progress with a warm worker, page switches, an operating point moved."""
    if CHROMIUM is None:
        return [Row("browser timings", "see README", "no Chromium here", None)]
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        fill(home, RUNS)
        dataset = many_experts(EXPERTS, 1_000, CASES, 0.5)
        run_id = trained_run(home, dataset, TrainConfig(epochs=4), "Ten thousand cases")
        with dashboard(Path(folder)) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(_CLOCK)
            page.goto(f"{served.url}/tradeoffs?run={run_id}")
            expect(page.get_by_text(LAST_LINE)).to_be_visible()
            moves, rules = _moves(page), _rules(page)
            workload = _workload(page, f"{served.url}/workload?run={run_id}", dataset)
            switches = _switches(page, PAGES)
            whole = _switches(page, {"Home": PAGES["Home"], "Trade-offs": LAST_LINE})
            page.goto(f"{served.url}/train?data=fna_panel")
            cold, warm = _train(page, expect, 59), _train(page, expect, 58)
            browser.close()
    return [
        Row(
            "click on Train → first progress, worker warm",
            "≤ 2 s",
            f"{warm:.1f} s (first run of a shape, compiling: {cold:.1f} s)",
            warm <= 2,
        ),
        *(
            _row(f"page switch to {name}, {RUNS} runs in the store", 0.5, seconds)
            for name, seconds in switches.items()
        ),
        _row("the same to Trade-offs, down to its last line", 0.5, whole["Trade-offs"]),
        _row(f"point moved → redrawn charts, {CASES:,} cases", 0.3, moves),
        _row(f"rule switched → redrawn charts, {CASES:,} cases", 0.3, rules),
        *(
            _row(f"Workload: AI moved, {kind} → redrawn, {CASES:,} cases, 9 agents", 0.3, seconds)
            for kind, seconds in workload.items()
        ),
    ]


def _row(what: str, budget: float, seconds: list[float]) -> Row:
    """The first look at something fills caches: it counts among the worst, not the median."""
    median = statistics.median(seconds)
    return Row(
        what, f"≤ {budget} s", f"{median:.2f} s (worst {max(seconds):.2f})", median <= budget
    )


def _switches(page: Any, pages: Mapping[str, str]) -> dict[str, list[float]]:
    """Seconds from a click on a page's name until its content is there, per page."""
    found: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, content in pages.items():
            page.get_by_role("link", name=name, exact=True).first.click()
            heading = "Caseload" if name == "Home" else name
            found[name].append(page.evaluate(_SEEN, [heading, content]) / 1000)
            _rest(page)
    return found


def _moves(page: Any) -> list[float]:
    """Seconds from a key on the slider until the workload bars show the new point."""
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    _rest(page)
    keys = ["ArrowRight"] * 6 + ["ArrowLeft"] * 4
    return [_redrawn(page, lambda key=key: page.keyboard.press(key), SHARES) for key in keys]


def _rules(page: Any) -> list[float]:
    """Seconds from a click on another rule until the workload bars show it."""
    names = [RULES[rule].label for rule in ("priced", "gate", "value")] * 3
    return [
        _redrawn(page, page.get_by_role("radio", name=name, exact=True).click, SHARES)
        for name in names
    ]


def _workload(page: Any, address: str, dataset: AnnotationSet) -> dict[str, list[float]]:
    """Seconds from the AI's slider moved until the answer is there, per kind of scenario."""
    free = scenario_link.default(dataset)
    tight = free
    for name in dataset.experts:
        tight = tight.with_terms(name, minimum=0.02, maximum=0.11, comfortable=15.0)
    kinds = {
        "everybody else free": free,
        "everybody bounded": tight,
        "everybody bounded and tiring": replace(tight, fatigue=2.0),
    }
    found = {}
    for kind, scenario in kinds.items():
        start = scenario.with_terms(AI, minimum=0.2, maximum=0.2)
        page.goto(f"{address}&scenario={scenario_link.write(start, dataset)}")
        page.get_by_role("figure", name=re.compile(f"^{SHARES}")).wait_for()
        _rest(page)
        slider = page.get_by_role("slider", name="The AI takes")
        slider.focus()
        found[kind] = [
            _redrawn(page, lambda key=key: page.keyboard.press(key), SHARES)
            for key in ["ArrowRight"] * 8 + ["ArrowLeft"] * 4
        ]
    return found


def _redrawn(page: Any, action: Callable[[], None], about: str) -> float:
    before = page.get_by_role("figure", name=re.compile(f"^{about}")).get_attribute("aria-label")
    action()
    seconds = page.evaluate(_DRAWN, [about, before]) / 1000
    _rest(page)
    return seconds


def _rest(page: Any) -> None:
    """Waits for the end of the page's script: a person does not click faster."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def _train(page: Any, expect: Any, epochs: int) -> float:
    """Fill the form, click Train and wait for the first progress of training."""
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.get_by_text(f"1 seed, {epochs} epochs").first).to_be_visible()
    _rest(page)
    page.get_by_role("button", name="Train", exact=True).click()
    seconds = page.evaluate(_SEEN, ["Train", rf"Training .*epoch \d+ of {epochs}"]) / 1000
    expect(page.get_by_role("link", name="See the trade-offs")).to_be_visible(timeout=240_000)
    return seconds
