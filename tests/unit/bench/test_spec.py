import pytest

from core.bench.cells import expand, facts
from core.bench.spec import SpecError, SweepSpec
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from tests.unit.bench.benches import PLAIN


def test_cells_are_the_whole_grid_with_all_seeds_in_each(small_set: AnnotationSet) -> None:
    spec = SweepSpec.read(PLAIN | {"humans": ["free", "balanced"], "seed": 7})
    cells = expand(spec, [facts("sample:small", small_set)])
    assert len({(c.method, c.missing_rate, c.humans) for c in cells}) == len(cells) == 8
    assert {c.config.seed_list for c in cells} == {(7, 8)}
    assert {c.config.epochs for c in cells} == {2}
    assert all(c.config.missing_rate == c.missing_rate for c in cells)


def test_sensitivities_vary_one_setting_of_the_methods_that_have_it(
    small_set: AnnotationSet,
) -> None:
    spec = SweepSpec.read(
        PLAIN
        | {"methods": ["pl2d", "correctness"]}
        | {"sensitivity": {"batch_size": [32, 64], "projection": "running"}}
    )
    varied = [c for c in expand(spec, [facts("x", small_set)]) if c.varied]
    assert [(c.method, c.varied) for c in varied] == [
        ("pl2d", ("batch_size", 32)),
        ("pl2d", ("batch_size", 64)),
        ("correctness", ("batch_size", 32)),
        ("correctness", ("batch_size", 64)),
        ("pl2d", ("projection", "running")),
    ]
    assert [c.config.batch_size for c in varied] == [32, 64, 32, 64, 128]
    assert {(c.missing_rate, c.humans) for c in varied} == {(0.0, "free")}


def test_cells_are_trained_as_single_runs_are_unless_the_spec_says_otherwise() -> None:
    config = SweepSpec.read(PLAIN).config("pl2d", 0.5, "free")
    own = TrainConfig(missing_rate=0.5, seeds=2, epochs=2, coverage=(0.0, 1.0))
    assert config == own
    each = SweepSpec.read(PLAIN | {"train": {"curve": "each"}})
    assert each.config("pl2d", 0.0, "free").curve == "each"


def test_a_setting_reaches_the_methods_that_have_it() -> None:
    plain = PLAIN | {"methods": ["pl2d", "penalty"], "train": {"penalty_weight": 5.0}}
    spec = SweepSpec.read(plain | {"sensitivity": {"penalty_weight": [2.0]}})
    assert dict(spec.config("penalty", 0.0, "free").settings)["penalty_weight"] == 5.0
    varied = spec.config("penalty", 0.0, "free", ("penalty_weight", 2.0))
    assert dict(varied.settings)["penalty_weight"] == 2.0
    assert "penalty_weight" not in dict(spec.config("pl2d", 0.0, "free").settings)


def test_ways_to_lose_annotations_make_cells_of_other_sets(small_set: AnnotationSet) -> None:
    spec = SweepSpec.read(PLAIN | {"sensitivity": {"missingness": ["random", "difficult"]}})
    own = facts("x", small_set)
    others = [
        own.model_copy(update={"missingness": kind, "content_hash": kind})
        for kind in ("random", "difficult")
    ]
    varied = [c for c in expand(spec, [own, *others]) if c.varied]
    assert len(varied) == 4
    assert {c.config.missing_rate for c in varied} == {0.0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"methods": ["pl3d"]}, "no method 'pl3d'"),
        ({"methods": []}, "methods"),
        ({"humans": ["none"]}, "no policy"),
        ({"rule": "best"}, "no rule"),
        ({"missing_rates": [1.0]}, "missing_rates"),
        ({"missing_rates": [0.5, 0.5]}, "twice"),
        ({"missing_rates": [i / 5000 for i in range(2501)]}, "5,002 cells"),
        ({"seeds": 0}, "seeds"),
        ({"speed": 1}, "no setting 'speed'"),
        ({"against": "complete"}, "expected one of the methods"),
        ({"train": {"epochs": 0}}, "epochs is 0"),
        ({"train": {"epoch": 3}}, "unknown settings: epoch"),
        ({"train": {"seeds": 3}}, "belongs to the grid"),
        ({"train": {"off_duty": ["Ann"]}}, "differ between data sets"),
        ({"sensitivity": {"method": ["pl2d"]}}, "belongs to the grid"),
        ({"sensitivity": {"batch_size": [0]}}, "batch size is 0"),
        ({"sensitivity": {"missingness": ["odd"]}}, "no missingness"),
        ({"missing_rates": 0, "sensitivity": {"missingness": "random"}}, "above 0"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_compared_is_refused_in_one_line(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SpecError) as error:
        SweepSpec.read(PLAIN | changes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_same_comparison_is_the_same_sweep_whatever_it_is_called() -> None:
    hashes, one = {"sample:small": "a"}, SweepSpec.read(PLAIN)
    alike = SweepSpec.read(PLAIN | {"name": "Other", "against": "naive", "rule": "gate"})
    assert alike.identity(hashes) == one.identity(hashes)
    assert SweepSpec.read(PLAIN | {"seeds": 3}).identity(hashes) != one.identity(hashes)
    assert one.identity({"sample:small": "b"}) != one.identity(hashes)


def test_a_written_spec_is_read_back() -> None:
    one = SweepSpec.read(PLAIN | {"sensitivity": {"learning_rate": [0.01]}})
    assert SweepSpec.read(one.plain()) == one
