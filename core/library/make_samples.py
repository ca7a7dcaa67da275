"""Makes the sample data sets: python -m core.library.make_samples [FOLDER].

The cases are real and come with scikit-learn; the experts are simulated. Everything is drawn from
fixed seeds, so running it again writes the same content.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Int8

from core.dataset.annotation_set import Split
from core.dataset.simulate import SimulatedExpert, keep_share, simulate
from core.library.sample_files import (
    SampleFiles,
    about,
    annotations_csv,
    counts_table,
    csv_bytes,
    packed,
    png,
    skills_table,
    split_names,
    write,
)
from core.library.samples import FOLDER

_SHARES = (0.5, 0.15)  # train and validation; the rest is test
_DIGITS_SEED, _FNA_SEED = 20250101, 20250107

_STRONG, _WEAK = 0.96, 0.54
DIGIT_EXPERTS = (
    SimulatedExpert(name="Ada", skill=(_STRONG,) * 5 + (_WEAK,) * 5, hardship=1.0),
    SimulatedExpert(name="Ben", skill=(_WEAK,) * 5 + (_STRONG,) * 5, hardship=1.0),
    SimulatedExpert(
        name="Cleo",
        skill=tuple(0.9 if digit in (3, 5, 8, 9) else 0.66 for digit in range(10)),
        hardship=1.0,
    ),
)
_DIGIT_NOISE = 56.0  # grey levels of 255, standard deviation of a photo of middling noise

FNA_CLASSES = ("benign", "malignant")
FNA_FEATURES = (
    "mean radius",
    "mean texture",
    "mean smoothness",
    "mean compactness",
    "mean symmetry",
    "mean fractal dimension",
)
_FNA_NOISE = 0.5  # standard deviations of each feature


def _reader(name: str, specificity: float, sensitivity: float) -> SimulatedExpert:
    """An expert with these shares right among benign and among malignant cases."""
    no, yes = (np.log(p / (1 - p)) for p in (specificity, sensitivity))
    skill = float(1 / (1 + np.exp(-(no + yes) / 2)))
    return SimulatedExpert(
        name=name, skill=(skill, skill), leaning=(0.0, float(yes - no) / 2), hardship=1.0
    )


FNA_EXPERTS = (
    _reader("Strict", 0.68, 0.985),
    _reader("Lenient", 0.985, 0.64),
    _reader("Senior", 0.83, 0.83),
    _reader("Junior", 0.77, 0.72),
)


def stratified(truth: Int[np.ndarray, " N"], rng: np.random.Generator) -> Int8[np.ndarray, " N"]:
    """Train, validation and test in the same shares for every class."""
    split = np.full(len(truth), Split.TEST, np.int8)
    for c in np.unique(truth):
        members = rng.permutation(np.flatnonzero(truth == c))
        train = round(_SHARES[0] * len(members))
        validation = train + round(_SHARES[1] * len(members))
        split[members[:train]] = Split.TRAIN
        split[members[train:validation]] = Split.VALIDATION
    return split


def digits_trio() -> SampleFiles:
    """Noisy photos of the UCI digits, three experts with different strengths."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(_DIGITS_SEED)
    data = load_digits()
    truth = data.target.astype(np.int64)
    difficulty = rng.random(len(truth))
    noise = rng.normal(size=data.images.shape) * (0.5 + difficulty)[:, None, None] * _DIGIT_NOISE
    small = 32 + data.images / 16 * 191 + noise
    photos = np.clip(_enlarge(small), 0, 255)
    # Steps of 4 grey levels: nobody sees the difference and the files are a third smaller.
    photos = (np.rint(photos / 4) * 4).clip(0, 255).astype(np.uint8)
    split = stratified(truth, rng)
    answers = simulate(truth, DIGIT_EXPERTS, rng, difficulty=difficulty)
    present = keep_share(answers.shape, 0.4, rng)
    ids = [f"d{i + 1:04d}" for i in range(len(truth))]
    classes = tuple(map(str, range(10)))
    cases = pd.DataFrame(
        {
            "case_id": ids,
            "split": split_names(split),
            "label": [classes[c] for c in truth],
            "file": [f"{i}.png" for i in ids],
        }
    )
    names = [e.name for e in DIGIT_EXPERTS]
    files = {
        "cases.csv": csv_bytes(cases),
        "annotations.csv": annotations_csv(ids, names, classes, answers, present),
        "images.zip": packed({f"{i}.png": png(p) for i, p in zip(ids, photos, strict=True)}),
        "about.json": about("digits_trio"),
    }
    text = _DIGITS_README.format(counts=counts_table(split, present), noise=_DIGIT_NOISE)
    files["README.md"] = (text + skills_table(names, classes, truth, answers, present)).encode()
    return SampleFiles("digits_trio", files)


def fna_panel() -> SampleFiles:
    """Six noisy measurements of the Wisconsin aspirates, four experts."""
    from sklearn.datasets import load_breast_cancer

    rng = np.random.default_rng(_FNA_SEED)
    data = load_breast_cancer()
    truth = 1 - data.target.astype(np.int64)  # scikit-learn has malignant first
    columns = [list(data.feature_names).index(name) for name in FNA_FEATURES]
    features = data.data[:, columns]
    features = features + rng.normal(size=features.shape) * features.std(axis=0) * _FNA_NOISE
    # Half of what makes a case hard can be seen in it (a borderline amount of concave points,
    # which is not among the features but goes with them), half of it cannot.
    concave = data.data[:, list(data.feature_names).index("worst concave points")]
    borderline = np.argsort(np.argsort(-np.abs(concave - 0.14))) / len(truth)
    difficulty = (borderline + rng.random(len(truth))) / 2
    split = stratified(truth, rng)
    answers = simulate(truth, FNA_EXPERTS, rng, difficulty=difficulty)
    present = keep_share(answers.shape, 0.3, rng)
    ids = [f"fna{i + 1:03d}" for i in range(len(truth))]
    cases = pd.DataFrame(
        {
            "case_id": ids,
            "split": split_names(split),
            "label": [FNA_CLASSES[c] for c in truth],
        }
        | {
            name.replace(" ", "_"): [f"{v:.4g}" for v in features[:, j]]
            for j, name in enumerate(FNA_FEATURES)
        }
    )
    names = [e.name for e in FNA_EXPERTS]
    files = {
        "cases.csv": csv_bytes(cases),
        "annotations.csv": annotations_csv(ids, names, FNA_CLASSES, answers, present),
        "about.json": about("fna_panel"),
    }
    text = _FNA_README.format(counts=counts_table(split, present), noise=_FNA_NOISE)
    files["README.md"] = (text + skills_table(names, FNA_CLASSES, truth, answers, present)).encode()
    return SampleFiles("fna_panel", files)


def _enlarge(images: Float[np.ndarray, "N 8 8"]) -> Float[np.ndarray, "N 16 16"]:
    """Twice the size, linear between pixel centres."""
    place = np.clip((np.arange(16) + 0.5) / 2 - 0.5, 0, 7)
    weights = np.maximum(1 - np.abs(place[:, None] - np.arange(8)), 0)
    return weights @ images @ weights.T


_DIGITS_README = """# digits_trio: noisy digits, three simulated experts

**The experts are simulated.** The images are real handwriting with noise added.

## Source

"Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998), UCI Machine Learning
Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0; the test part of it, 1,797 images
of 8 × 8, included in scikit-learn (`load_digits`).

## How it was made

By `python -m core.library.make_samples` (seeded; running it again gives the same content).

- Photos: grey levels lifted, Gaussian noise added (standard deviation {noise:g} of 255 times a
  factor from 0.5 to 1.5 per photo), enlarged to 16 × 16, saved as RGB PNG in `images.zip`.
- Split per class: 50 % train, 15 % validation, 35 % test.
- Experts: Ada is good at 0 to 4 and poor at 5 to 9, Ben the other way round, Cleo is good at 3, 5,
  8 and 9 and fair otherwise. All do worse on noisier photos. Wrong answers fall evenly on the
  other digits.
- 40 % of every expert's annotations were removed completely at random, **in all three splits**.

## Counts

{counts}
"""

_FNA_README = """# fna_panel: breast fine-needle aspirates, four simulated experts

**The experts are simulated, and the measurements have noise added: nothing here is about real
readers, and nothing may be concluded about diagnosis.**

## Source

"Breast Cancer Wisconsin (Diagnostic)" (W. Wolberg, O. Mangasarian, N. Street, W. Street, 1995), UCI
Machine Learning Repository, https://doi.org/10.24432/C5DW2B, licence CC BY 4.0; 569 cases,
included in scikit-learn (`load_breast_cancer`).

## How it was made

By `python -m core.library.make_samples` (seeded; running it again gives the same content).

- Features thinned to six of the thirty, with Gaussian noise of {noise:g} standard deviations on
  each, so that the AI alone is good but not perfect.
- Split per class: 50 % train, 15 % validation, 35 % test.
- Experts: Strict rarely misses a malignant case and calls many benign ones malignant, Lenient the
  other way round, Senior is equally good at both, Junior is weaker at both. All do worse on hard
  cases; half of what makes a case hard can be seen in the measurements, half cannot.
- 30 % of every expert's annotations were removed completely at random, **in all three splits**.

## Counts

{counts}
"""


def main(arguments: list[str]) -> None:
    """Write both samples."""
    folder = Path(arguments[0]) if arguments else FOLDER
    for sample in (digits_trio(), fna_panel()):
        write(sample, folder)
        size = sum(map(len, sample.files.values()))
        print(f"{folder / sample.name}: {len(sample.files)} files, {size / 1024:.0f} KiB")


if __name__ == "__main__":
    main(sys.argv[1:])
