"""The points of a run before its end."""

from pathlib import Path

from core.config.train_config import TrainConfig
from core.experiment.events import Progress
from core.library.samples import load_sample
from core.record.journal import RunJournal
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result


def test_the_curve_by_expected_correctness_is_shown_while_the_method_trains(
    empty_home: Path, open_page: Open
) -> None:
    result, journal = make_result(), RunJournal()
    run_id = journal.create(
        load_sample("digits_trio")[0].content_hash, "digits_trio", TrainConfig(epochs=4)
    )
    journal.claim(run_id, "tests|1|0")
    journal.write_points(run_id, result.of_rule("value"))
    journal.report(run_id, Progress(stage="train", fraction=0.1, text="Training"), [])
    app = open_page("train", watch=run_id)
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert any("11 of “Most likely right”" in alt for alt in alts)
    assert app.metric[0].value == "0 of 11"
    assert "“As trained, within bounds” follows at the end." in texts(app)
