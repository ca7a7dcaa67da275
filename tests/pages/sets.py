"""Small data sets in the library of the home in use, for what the samples do not have."""

from core.library.store import Library
from core.reading.read import read_files


def stored_set(
    experts: int,
    *,
    name: str = "Panel",
    features: bool = True,
    validation: bool = False,
    silent: int = 0,
    ai: bool = False,
    complete: bool = False,
) -> str:
    """A stored set of 60 cases in two classes; its content hash.

    Args:
      experts: how many, called Reader 00, Reader 01 and so on.
      name: of the set.
      features: whether there is anything to learn from.
      validation: whether it has a validation split of its own.
      silent: so many experts annotate test cases only.
      ai: whether it has predictions of an AI of its own.
      complete: whether every expert annotated every case.
    """

    def split(i: int) -> str:
        return "test" if i >= 40 else "validation" if validation and i >= 30 else "train"

    rows = range(60)
    sizes = [f",{i % 7}" if features else "" for i in rows]
    cases = f"case_id,split,label{',size' if features else ''}\n" + "".join(
        f"c{i},{split(i)},{i % 2}{sizes[i]}\n" for i in rows
    )
    annotations = "case_id,expert,label\n" + "".join(
        f"c{i},Reader {m:02d},{i % 2}\n"
        for i in rows
        for m in range(experts)
        if (complete or (i + m) % 3) and not (m < silent and i < 40)
    )
    files = {"cases.csv": cases.encode(), "annotations.csv": annotations.encode()}
    if ai:
        told = "case_id,prediction\n" + "".join(f"c{i},{i % 2}\n" for i in rows)
        files["ai_predictions.csv"] = told.encode()
    return Library().add(*read_files(files, name=name))
