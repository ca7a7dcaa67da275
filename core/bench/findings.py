"""Everything a sweep says so far: tables, tests, ranks, and files of them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.base.export import csv_text
from core.base.files import atomic_write, to_plain
from core.base.names import isolated
from core.base.trouble import StorageError
from core.bench import paired_tests, ranks, scores
from core.bench.paired_tests import Compared
from core.bench.progress import Progress
from core.bench.ranks import Ranking
from core.bench.scores import ACCURACY, AREA, Done, Score
from core.bench.sweep_store import Sweep
from core.results.models import RunResult

FILES = ("table.csv", "curves.csv", "tests.csv", "times.csv", "table.tex", "report.html")
SPEC = "sweep.yaml"
INTERVALS = (
    "Mean ± half of the 95 % interval over seeds (Student t). Seeds share the test cases: an "
    "interval is about training again, not about other cases."
)
HOLM = (
    "Paired t tests over shared seeds, corrected by Holm for all tests of the table; “not "
    "distinguishable” means a corrected p of 5 % or more. Wilcoxon's test cannot reach 5 % with "
    "fewer than six seeds."
)


def gather(now: Progress, read: Callable[[str], RunResult]) -> list[Done]:
    """The results of the cells that have finished; damaged ones are left out.

    Args:
      now: how far the sweep is.
      read: gives the result of a run, of which only the curves are needed.
    """
    found = []
    for one in now.cells:
        if one.state == "finished" and one.run:
            with suppress(StorageError):
                found.append(Done(one.cell, read(one.run.run_id), one.run.run_id))
    return found


@dataclass(frozen=True, eq=False)
class Findings:
    """What the finished cells of a sweep say.

    Attributes:
      sweep: the sweep. done: its finished cells.
      rule: under which methods are compared, where they have it.
      against: the method that others are tested against.
    """

    sweep: Sweep
    done: Sequence[Done]
    rule: str
    against: str

    @cached_property
    def areas(self) -> list[Score]:
        """AUC-CAC of every finished cell."""
        return scores.scores(self.done, self.rule, AREA, self.at)

    @cached_property
    def accuracies(self) -> list[Score]:
        """Accuracy × 100 at the chosen coverage of every finished cell."""
        return scores.scores(self.done, self.rule, ACCURACY, self.at)

    @property
    def at(self) -> float:
        """That coverage."""
        return self.sweep.spec.at_coverage

    @cached_property
    def compared(self) -> list[Compared]:
        """Tests of the main grid's areas."""
        return paired_tests.against_all(scores.main_grid(self.areas), self.against)

    @cached_property
    def ranking(self) -> Ranking:
        """Methods of the main grid over data sets, by area."""
        return ranks.ranking(scores.main_grid(self.areas))

    @property
    def varied(self) -> list[str]:
        """Settings whose sensitivity was measured."""
        found = (one.cell.varied[0] for one in self.done if one.cell.varied)
        return list(dict.fromkeys(found))

    def table(self) -> pd.DataFrame:
        """A row per cell and metric."""
        return pd.concat(
            [scores.table(self.areas), scores.table(self.accuracies)], ignore_index=True
        )

    def csv(self, name: str) -> str:
        """One of the CSV files."""
        frames = {
            "table.csv": self.table,
            "curves.csv": lambda: scores.curves(self.done, self.rule),
            "tests.csv": lambda: paired_tests.compared_table(self.compared),
            "times.csv": lambda: scores.times(self.done),
        }
        return csv_text(frames[name]())

    def latex(self) -> str:
        """The tables of the main grid and of sensitivities, for LaTeX with booktabs."""
        seeds = self.sweep.spec.seeds
        parts = [
            latex_table(
                scores.crossed(scores.main_grid(self.areas)),
                f"AUC-CAC under rule {self.rule}: mean ± half of the 95 % interval over {seeds} "
                "seeds (Student t).",
            ),
            latex_table(
                scores.crossed(scores.main_grid(self.accuracies)),
                f"Accuracy × 100 at a coverage of {self.at:g} under rule {self.rule}.",
            ),
        ]
        for name in self.varied:
            words = f"AUC-CAC by {name.replace('_', ' ')}."
            parts.append(latex_table(scores.sensitivity(self.areas, name), words))
        return "% \\usepackage{booktabs}\n" + "\n".join(parts)

    def html(self) -> str:
        """One HTML page that opens anywhere."""
        main = scores.main_grid(self.areas)
        rows = [
            {
                "Method": one.method,
                "Where": scores.place_words(one.place, len(self.sweep.spec.humans) > 1),
                "Difference": "–" if one.difference is None else f"{one.difference:+.1f}",
                "p": "–" if one.p is None else f"{one.p:.2g}",
                "p (Holm)": "–" if one.corrected is None else f"{one.corrected:.2g}",
                "": one.verdict,
            }
            for one in self.compared
        ]
        return _ENVIRONMENT.get_template("report.html.jinja").render(
            title=self.sweep.spec.name,
            rule=self.rule,
            areas=scores.crossed(main),
            accuracies=scores.crossed(scores.main_grid(self.accuracies)),
            at=f"{100 * self.at:g} %",
            tests=pd.DataFrame(rows),
            against=self.against,
            said=paired_tests.sentences(self.compared),
            ranking=self.ranking,
            times=self.shown_times(),
            varied={name: scores.sensitivity(self.areas, name) for name in self.varied},
            spec=remaking(self.sweep),
            intervals=INTERVALS,
            holm=HOLM,
        )

    def shown_times(self) -> pd.DataFrame:
        """Seconds per method and set, mean over the main grid's cells."""
        frame = scores.times(one for one in self.done if one.cell.varied is None)
        if frame.empty:
            return frame
        parts = ["train", "correctness", "pricing", "per_seed"]
        mean = frame.groupby(["method", "data_set"], sort=False)[parts].mean().reset_index()
        names = ["Method", "Data set", "Training, s", "Who is right, s", "Prices, s", "Per seed, s"]
        mean[parts] = mean[parts].map(lambda value: f"{value:.1f}")
        return mean.set_axis(names, axis=1)

    def write(self, folder: Path) -> list[str]:
        """Writes all files into a folder; returns their names."""
        folder.mkdir(parents=True, exist_ok=True)
        texts = {name: self.csv(name) for name in FILES if name.endswith(".csv")}
        texts |= {"table.tex": self.latex(), "report.html": self.html()}
        texts[SPEC] = remaking(self.sweep)
        for name, text in texts.items():
            atomic_write(folder / name, text.encode())
        return list(texts)

    def plain(self) -> dict[str, Any]:
        """Everything as JSON."""
        found = self.ranking
        plain: dict[str, Any] = to_plain(
            {
                "rule": self.rule,
                "against": self.against,
                "table": _rows(self.table()),
                "tests": _rows(paired_tests.compared_table(self.compared)),
                "ranking": {
                    "ranks": found.ranks,
                    "sets": found.sets,
                    "friedman_chi2": found.chi2,
                    "friedman_p": found.p,
                    "critical_difference": found.critical if found.usable else None,
                    "groups": [list(group) for group in found.groups],
                    "left_out": list(found.left_out),
                    "sentence": found.sentence(),
                },
                "times": _rows(scores.times(self.done)),
            }
        )
        return plain


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON, null where there is no value."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows: list[dict[str, Any]] = plain.to_dict("records")
    return rows


def remaking(sweep: Sweep) -> str:
    """The spec that remakes a sweep, as YAML, with the content that its data sets must have."""
    content = {one.given: one.content_hash for one in sweep.sets if not one.missingness}
    plain = sweep.spec.plain() | {"content": content}
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return text


def latex_table(frame: pd.DataFrame, caption: str) -> str:
    """A table with booktabs; every text is escaped."""
    head = " & ".join(map(_tex, frame.columns))
    lines = [" & ".join(_tex(str(cell)) for cell in row) for row in frame.itertuples(index=False)]
    body = " \\\\\n".join(lines)
    columns = "l" + "r" * (len(frame.columns) - 1)
    return (
        f"\\begin{{table}}\n\\centering\n\\caption{{{_tex(caption)}}}\n"
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body} \\\\\n"
        "\\bottomrule\n\\end{tabular}\n\\end{table}\n"
    )


_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "–": "--",
} | {sign: f"\\{sign}" for sign in "&%$#_{}"}


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in " ".join(str(text).split()))


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=lambda value: value if hasattr(value, "__html__") else isolated(str(value)),
    trim_blocks=True,
    lstrip_blocks=True,
)
