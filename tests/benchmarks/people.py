"""Twenty people at one dashboard, each moving a slider as soon as the last answer is drawn."""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.shared import scenario_link
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import many_experts
from tests.browser.person import Person
from tests.browser.serving import dashboard, trained_run

CASES, EXPERTS = 10_000, 8
PEOPLE, MOVES = (1, 6, 20), 12
SLIDER = f"The {AI} takes"


async def everyone(
    url: str, run_id: str, scenarios: Sequence[str], moves: int, seed: int = 0
) -> tuple[list[float], list[float]]:
    """As many sessions as there are scenarios, all of them at once.

    Args:
      url: of the dashboard.
      run_id: of the run that all look at.
      scenarios: the link each of them opens; different ones, so that nobody is answered from what
        somebody else has asked.
      moves: of each.
      seed: of the places the slider is moved to.

    Returns:
      Seconds of every opening and of every move.
    """
    opened: list[float] = []
    moved: list[float] = []

    async def one(number: int, scenario: str) -> None:
        places = random.Random(seed + number).sample(range(3, 98), moves)
        person = Person(url)
        opened.append(await person.open("workload", {"run": run_id, "scenario": scenario}))
        for place in places:
            moved.append(await person.move(SLIDER, place))
        await person.leave()

    await asyncio.gather(*(one(k, s) for k, s in enumerate(scenarios)))
    return opened, moved


def scenarios(dataset: AnnotationSet, people: int, first: int = 0) -> list[str]:
    """A day of another size for each; every second one with a maximum for all experts."""
    links = []
    for k in range(people):
        scenario = scenario_link.default(dataset)
        if k % 2:
            for name in dataset.experts:
                scenario = scenario.with_terms(name, maximum=0.2)
        day = {"cases_per_day": 200 + first + k}
        links.append(
            scenario_link.write(type(scenario).from_dict(scenario.to_dict() | day), dataset)
        )
    return links


def measure() -> list[Row]:
    """One, six and twenty people, one group after the other."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        dataset = many_experts(EXPERTS, 1_000, CASES, 0.5)
        home = Path(folder) / "home"
        run_id = trained_run(home, dataset, TrainConfig(epochs=4), "Ten thousand cases")
        with dashboard(Path(folder)) as served:
            asyncio.run(everyone(served.url, run_id, scenarios(dataset, 1), 2))  # warm
            for people in PEOPLE:
                links = scenarios(dataset, people, first=100 * people)
                begin = time.perf_counter()
                opened, moved = asyncio.run(everyone(served.url, run_id, links, MOVES, people))
                rate = len(moved) / (time.perf_counter() - begin)
                half, most = np.quantile(moved, (0.5, 0.95))
                rows.append(
                    Row(
                        what=f"{people} at one dashboard, all moving a Workload slider without a "
                        f"pause, {CASES:,} test cases, {EXPERTS + 1} agents",
                        budget="20: 95 % of moves ≤ 2 s",
                        measured=f"median {half:.2f} s, 95 % ≤ {most:.2f} s, slowest opening "
                        f"{max(opened):.1f} s, {rate:.0f} moves a second",
                        met=bool(most <= 2.0) if people == max(PEOPLE) else None,
                    )
                )
    return rows
