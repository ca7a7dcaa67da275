"""The data sets that come with the program."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from core.base.report import Report, refuse
from core.dataset.annotation_set import AnnotationSet
from core.reading.read import read

FOLDER = Path(__file__).parents[2] / "data" / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample data set.

    Attributes:
      name: of its folder. title: a few words. text: what is in it, and that it is simulated.
    """

    name: str
    title: str
    text: str


SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            name="digits_trio",
            title="Noisy digits, three experts",
            text="Small noisy photos of handwritten digits. Three simulated experts, each good at "
            "other digits than the others; 40 % of their annotations are missing.",
        ),
        Sample(
            name="fna_panel",
            title="Breast fine-needle aspirates, four experts",
            text="Measurements of cell nuclei, benign or malignant. Four simulated experts of "
            "different skill and strictness; 30 % of their annotations are missing.",
        ),
    )
}


def load_sample(name: str) -> tuple[AnnotationSet, Report]:
    """Reads a sample, marked as having simulated experts.

    Raises:
      DataError: there is no sample of this name.
    """
    if name not in SAMPLES:
        refuse("there is no such sample", found=repr(name), expected=" or ".join(SAMPLES))
    dataset, report = read(FOLDER / name, name=name)
    return dataclasses.replace(dataset, simulated=True), report
