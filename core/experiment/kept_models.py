"""Stored models of a run: written at its end, read back to score new cases.

`model.json` says what the model expects, `model_seed{K}.npz` holds the numbers of one seed.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.base.files import to_plain
from core.base.report import DataError, clip
from core.config.train_config import TrainConfig
from core.correctness.kept import Blend, Centring, KeptModel, apply, families_of
from core.correctness.score_map import ScoreMap
from core.dataset.annotation_set import AI, AnnotationSet, Split
from core.encoding.encoder import Encoder
from core.encoding.pixels import light_ranges
from core.encoding.ranges import ranges_of
from core.encoding.score_inputs import ScoreColumn
from core.experiment import artifacts
from core.library.store import Library
from core.models.ensemble import Ensemble
from core.models.registry import NETWORKS, default_for
from core.models.spec import NetworkConfig
from core.reading.new_cases import CaseForm, NewCases
from core.scenarios.scores import CaseScores

_FORMAT = 1
_SCORE = "score:"  # before the names of a calibration's arrays
_STATE = ":state"  # behind the name of networks, for their batch statistics


class ModelError(ValueError):
    """A model that cannot be used; the message says why and what to do."""


def model_artifacts(
    dataset: AnnotationSet,
    config: TrainConfig,
    models: Sequence[KeptModel],
    left_out: Sequence[str],
) -> dict[str, Any]:
    """The files of a run's correctness models: file name → content.

    Args:
      dataset: what it was trained on.
      config: its settings.
      models: one per seed.
      left_out: experts who get no cases unless capacities name them.
    """
    network = models[0].skills.config
    facts = {
        "format": _FORMAT,
        "dataset": {
            "name": dataset.name,
            "content_hash": dataset.content_hash,
            "simulated": dataset.simulated,
            **({} if dataset.consensus is None else {"consensus": dataset.consensus.summary()}),
            **({"machines": list(dataset.machines)} if dataset.machines else {}),
        },
        "experts": dataset.experts,
        "classes": dataset.classes,
        "left_out": list(left_out),
        "ai": config.ai,
        "kind": dataset.kind,
        "input_shape": network.input_shape if dataset.inputs is None else dataset.inputs.shape[1:],
        "network": {"name": network.kind, "hidden": network.hidden},
        "encoder": None if dataset.encoder is None else dataset.encoder.to_dict(),
        "grey_range": dataset.grey_range,
        "score_column": None if dataset.score_column is None else asdict(dataset.score_column),
        "light": _light(dataset),
        "seeds": {
            str(seed): {
                "weights": model.blend.weights,
                "temperature": model.blend.temperature,
                "skill_scale": model.blend.skill_scale,
                "score_map": None if model.score_map is None else model.score_map.kind,
            }
            for seed, model in zip(config.seed_list, models, strict=True)
        },
    }
    # Rank tables of large data sets are long: no indentation.
    text = json.dumps(to_plain(facts), allow_nan=False, ensure_ascii=False)
    return {artifacts.MODEL: text} | {
        f"model_seed{seed}": _arrays(model)
        for seed, model in zip(config.seed_list, models, strict=True)
    }


def _light(dataset: AnnotationSet) -> dict[str, Any] | None:
    """How bright the train images are; None for features."""
    if dataset.kind != "images":
        return None
    assert dataset.inputs is not None
    ranges = light_ranges(dataset.inputs[dataset.index(Split.TRAIN)])
    return {name: asdict(of) for name, of in ranges.items()}


def _arrays(model: KeptModel) -> dict[str, np.ndarray]:
    arrays = {"base": model.blend.base}
    families = {f"family{number}": family for number, family in enumerate(model.families)}
    for name, ensemble in ({"skills": model.skills} | families).items():
        arrays |= _flat(name, ensemble.params) | _flat(f"{name}{_STATE}", ensemble.state)
    if model.blend.answer_table is not None:
        arrays["answer_table"] = model.blend.answer_table
    if model.score_map is not None:
        arrays |= {f"{_SCORE}{name}": array for name, array in model.score_map.arrays.items()}
    if model.centring is not None:
        arrays |= {"mean": model.centring.mean, "root": model.centring.root}
    return arrays


def _flat(prefix: str, tree: Any) -> dict[str, np.ndarray]:
    if not isinstance(tree, Mapping):
        return {prefix: np.asarray(tree)}
    parts: dict[str, np.ndarray] = {}
    for name, part in tree.items():
        parts |= _flat(f"{prefix}/{name}", part)
    return parts


def _nested(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str | int, Any]:
    tree: dict[str | int, Any] = {}
    for name, array in arrays.items():
        if name.startswith(f"{prefix}/"):
            *way, last = name.split("/")[1:]
            place = tree
            for step in way:
                place = place.setdefault(_key(step), {})
            place[_key(last)] = array
    return tree


def _key(name: str) -> str | int:
    """Layers in a list are numbered: ten comes after two."""
    return int(name) if name.isdigit() else name


def _ensemble(
    name: str, arrays: Mapping[str, np.ndarray], of: NetworkConfig, outputs: int
) -> Ensemble:
    return Ensemble(of, outputs, _nested(name, arrays), _nested(f"{name}{_STATE}", arrays))


@dataclass(frozen=True, eq=False, kw_only=True)
class RunModel:
    """The correctness models of a finished run.

    Attributes:
      name: for messages: its folder or its id.
      dataset_name, content_hash, simulated: of the set it was trained on.
      consensus: `Consensus.summary` of that set; None where its ground truth is known.
      experts, classes: names. left_out: experts who get no cases unless capacities name them.
      machines: experts that are AIs, too.
      seeds: of the run.
      form: the required form of new cases.
    """

    name: str
    dataset_name: str
    content_hash: str
    simulated: bool
    experts: tuple[str, ...]
    classes: tuple[str, ...]
    left_out: tuple[str, ...]
    seeds: tuple[int, ...]
    form: CaseForm
    _facts: Mapping[str, Any]
    _file: Callable[[str], Path]
    consensus: Mapping[str, Any] | None = None
    machines: tuple[str, ...] = ()

    @property
    def agents(self) -> tuple[str, ...]:
        """The experts in order, then the AI."""
        return (*self.experts, AI)

    def scores(self, cases: NewCases, seed: int) -> CaseScores:
        """Scores of new cases by the model of one seed.

        Outside the range of training, where the model knows nothing of the case, each agent has its
        mean of the validation cases.

        Raises:
          ModelError: there is no such seed, or its file is damaged.
        """
        answers = None
        if self._facts["ai"] == "external":
            assert cases.ai_probabilities is not None
            answers = np.argmax(cases.ai_probabilities, axis=1)
        judged = apply(self._kept(seed), cases.inputs, answers, cases.ai_probabilities)
        value = judged.value
        if cases.outside is not None and (far := cases.outside.cases).any():
            value = np.where(far[:, None], self.validation(seed).value.mean(0), value)
        return CaseScores(
            value=value,
            probabilities=judged.probabilities,
            ai_answer=judged.ai_answer,
            case_ids=cases.case_ids,
            groups=cases.groups,
            outside=None if cases.outside is None else cases.outside.columns,
            ais=(*(self.experts.index(name) for name in self.machines), len(self.experts)),
        )

    def validation(self, seed: int) -> CaseScores:
        """The run's validation cases, which prices are fitted on.

        Raises:
          ModelError: as `scores`.
        """
        arrays = self._read(seed, f"outputs_seed{seed}.npz")
        try:
            index = arrays["validation_index"]
            groups = {}
            if "groups_validation" in arrays:  # of a set that has any
                columns = arrays["groups_validation"].T
                groups = dict(zip(arrays["group_names"].tolist(), columns, strict=True))
            return CaseScores(
                value=arrays["value_validation"],
                probabilities=arrays["ensemble_validation"],
                ai_answer=arrays["ai_answer_validation"].astype(int),
                case_ids=index.astype(str),
                groups=groups,
            )
        except (KeyError, ValueError) as error:
            raise self._damaged(error) from None

    def _kept(self, seed: int) -> KeptModel:
        arrays = self._read(seed, f"model_seed{seed}.npz")
        facts = self._facts["seeds"][str(seed)]
        try:
            network = self._network("mean" in arrays)
            kind = facts.get("score_map")  # older models have none
            score = {n[len(_SCORE) :]: a for n, a in arrays.items() if n.startswith(_SCORE)}
            outputs = network.experts * network.classes
            return KeptModel(
                families=tuple(
                    _ensemble(f"family{i}", arrays, family, network.classes)
                    for i, family in enumerate(() if kind else families_of(network))
                ),
                skills=_ensemble("skills", arrays, network, outputs),
                centring=Centring(arrays["mean"], arrays["root"]) if "mean" in arrays else None,
                blend=Blend(
                    weights=tuple((float(a), float(b)) for a, b in facts["weights"]),
                    answer_table=arrays.get("answer_table"),
                    temperature=float(facts["temperature"]),
                    base=arrays["base"],
                    skill_scale=float(facts["skill_scale"]),
                ),
                score_map=ScoreMap(kind, score) if kind else None,
            )
        except ModelError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(error) from None

    def _network(self, centred: bool) -> NetworkConfig:
        """The run's networks; older models do not name them and had one kind per input."""
        default = default_for("features" if centred else "images").name
        said = self._facts.get("network", {"name": default, "hidden": ()})
        spec = NETWORKS.get(said["name"])
        if spec is None:
            raise ModelError(
                f"the model of {self.name} needs the network {said['name']}, which "
                "this program does not have"
            )
        shape = tuple(int(n) for n in self._facts["input_shape"])
        return NetworkConfig(
            kind=spec.name,
            input_shape=shape if spec.reads == "images" else (math.prod(shape),),
            experts=len(self.experts),
            classes=len(self.classes),
            hidden=tuple(said["hidden"]),
        )

    def _read(self, seed: int, file: str) -> dict[str, np.ndarray]:
        if seed not in self.seeds:
            raise ModelError(
                f"{self.name} has no seed {seed}; it has {', '.join(map(str, self.seeds))}"
            )
        try:
            with np.load(self._file(file), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> ModelError:
        return ModelError(
            f"the model of {self.name} is damaged ({clip(error, 80)}); train it again"
        )


def open_folder(folder: Path) -> RunModel:
    """The model in an `--out` folder of `python -m core train`.

    Raises:
      ModelError: there is none, with the reason.
    """
    if not (folder / artifacts.RESULT).is_file():
        raise ModelError(
            f"{clip(folder)} holds no finished run; expected a folder that `train --out` wrote, "
            "or the id of a run"
        )
    return open_model(clip(folder), lambda name: folder / name)


def open_model(name: str, file: Callable[[str], Path]) -> RunModel:
    """The model in a run's files.

    Raises:
      ModelError: there is none, or it is damaged.
    """
    try:
        text = file(artifacts.MODEL).read_text("utf-8")
    except OSError:
        raise ModelError(f"{name} has no stored model. Train it again") from None
    try:
        facts = json.loads(text)
        data = facts["dataset"]
        content_hash, kind = str(data["content_hash"]), facts["kind"]
        shape = tuple(int(n) for n in facts["input_shape"])
        stored = facts["encoder"]
        encoder = Encoder.from_dict(stored) if stored else None
        if encoder is None and kind == "features":
            encoder = _from_library(content_hash)
        return RunModel(
            name=name,
            dataset_name=str(data["name"]),
            content_hash=content_hash,
            simulated=bool(data["simulated"]),
            consensus=data.get("consensus"),
            machines=tuple(data.get("machines", ())),
            experts=tuple(facts["experts"]),
            classes=tuple(facts["classes"]),
            left_out=tuple(facts["left_out"]),
            seeds=tuple(sorted(map(int, facts["seeds"]))),
            form=CaseForm(
                classes=tuple(facts["classes"]),
                encoder=encoder,
                image_size=(shape[0], shape[1]) if kind == "images" else None,
                grey_range=_range(facts.get("grey_range")),
                light=ranges_of(facts.get("light")),
                external_ai=facts["ai"] == "external" or kind == "scores",
                scores_only=kind == "scores",
                labels_only=kind == "labels",
                score_column=ScoreColumn(**score) if (score := facts.get("score_column")) else None,
            ),
            _facts=facts,
            _file=file,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"the model of {name} is damaged ({clip(error, 80)})") from None


def _range(plain: Any) -> tuple[float, float] | None:
    return None if plain is None else (float(plain[0]), float(plain[1]))


def _from_library(content_hash: str) -> Encoder | None:
    """The encoding of a data set that was added again, for a run that did not store it."""
    try:
        return Library().encoder(content_hash)
    except DataError:
        return None
