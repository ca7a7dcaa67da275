"""The picture on Home and what it shows, from a real run shipped with the program."""

import streamlit as st

from app.home import example_chart
from app.shared import curve_tables, data_queries, operating_point, state, views, words
from app.shared.against import sentences
from app.shared.operating_point import OperatingPoint
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI
from core.library.samples import FOLDER
from core.results import stored
from core.results.curve import singles as everyone_alone
from core.results.models import RunResult

FILE = FOLDER / "example_run.json"  # made by `python -m core.experiment.make_example`
RULE = "value"


def picture() -> None:
    """The curve, what it shows, and where it comes from."""
    result = run()
    point = operating_point.best_point(result, RULE)
    singles = everyone_alone(result, RULE)
    st.plotly_chart(
        example_chart.picture(
            curve_tables.curve_mean(result, RULE), singles, point, theme=state.theme()
        ),
        theme=None,
        key="example",
        config=views.PLOT,
        width="stretch",
        alt=f"{_seen(point)} {_alone(result, point)}",
    )
    st.markdown(f"**{_seen(point)}** {_alone(result, point)}")
    st.caption(views.escape(_source(result)), help=_how(result))


@st.cache_resource(show_spinner=False)
def run() -> RunResult:
    """The example run's result."""
    return stored.read(FILE.read_bytes())


def _seen(point: OperatingPoint) -> str:
    """What the picture shows, in a sentence."""
    accuracy = words.with_interval(point.accuracy, point.interval)
    return (
        f"Sharing the cases beats every agent alone: with the AI taking "
        f"{words.percent(point.coverage, 0)} of them, {accuracy} are decided correctly."
    )


def _alone(result: RunResult, point: OperatingPoint) -> str:
    """The paired difference to the AI alone, and each expert's accuracy alone."""
    experts = sorted(
        (s for s in everyone_alone(result, RULE) if s.name != AI),
        key=lambda s: s.accuracy,
        reverse=True,
    )
    figures = [f"{s.name} {words.with_interval(s.accuracy, s.interval)}" for s in experts]
    versus_ai = sentences(result, RULE, point)[0]
    return f"{versus_ai} The experts alone: {words.listing(figures)}."


def _source(result: RunResult) -> str:
    """The data, and what is drawn."""
    return (
        f"A real run on the sample “{data_queries.title_of(result.dataset.name)}” with "
        f"simulated experts, measured on {result.cases.test:,} test cases. Band and "
        "brackets: 95 % intervals. Circle: the best point on validation cases."
    )


def _how(result: RunResult) -> str:
    """The settings, and how the numbers were measured."""
    config = TrainConfig.from_dict(result.config)
    return (
        f"Method “{words.method_name(result.method)}”, rule “{words.rule_name(RULE)}”, "
        f"{words.targets_text(config)}, {words.effort_text(config)}. Mean over seeds; nothing was "
        "learned or chosen on the test cases; intervals over cases and seeds."
    )
