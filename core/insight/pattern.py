"""Which cases each expert annotated: at random or by design, ordered to make it visible."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.reads import shared_cases

Order = Literal["pattern", "class", "split"]
Kind = Literal["empty", "complete", "blocks", "together", "random"]
ORDERS: tuple[Order, ...] = ("pattern", "class", "split")
MOST_COLUMNS, MOST_ROWS = 400, 120  # of a picture; more are merged
_FEW = 8  # experts up to which cases are sorted by the combination of annotators
_SURE = 4.0  # standard deviations beyond which chance is ruled out


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """The pattern of annotations.

    Attributes:
      experts, cases: how many there are.
      missing: share of the (case, expert) pairs without an annotation.
      blocks: groups of experts (with at least one annotation) that share no case with each other.
      block_of: the group of each expert, −1 for one without annotations.
      per_case: minimum, median and maximum number of annotations of a case.
      unseen: cases without annotations.
      together: correlation of two experts' choices of cases: root mean square within a split,
        beyond chance; 0 for independent choices.
      dependent: whether `together` is significant.
      class_spread: largest difference between classes in the share annotated, of any expert with
        enough cases; by_class: whether that is significant, over all experts.
    """

    experts: int
    cases: int
    missing: float
    blocks: int
    block_of: Int[np.ndarray, " M"]
    per_case: tuple[int, float, int]
    unseen: int
    together: float
    dependent: bool
    class_spread: float
    by_class: bool

    @cached_property
    def kind(self) -> Kind:
        """Complete, in blocks, dependent, or as if at random."""
        if self.missing >= 1 or not self.experts:
            return "empty"
        if self.missing <= 0:
            return "complete"
        if self.blocks > 1:
            return "blocks"
        # A correlation of a few hundredths is significant in a large data set, but not relevant.
        return "together" if self.dependent and self.together > 0.05 else "random"


class Picture(NamedTuple):
    """The cases × experts table, ordered and merged into R rows and K columns.

    Attributes:
      experts: expert positions, in order. cases: case positions, in order.
      per_row: experts in a row. per_column: cases in a column (the last may hold fewer).
      cells: (case, expert) pairs in each cell. annotated: of these, how many are annotated;
      right: how many rightly.
    """

    experts: Int[np.ndarray, " M"]
    cases: Int[np.ndarray, " N"]
    per_row: int
    per_column: int
    cells: Int[np.ndarray, "R K"]
    annotated: Int[np.ndarray, "R K"]
    right: Int[np.ndarray, "R K"]


def find_pattern(dataset: AnnotationSet, shared: Int[np.ndarray, "M M"] | None = None) -> Pattern:
    """Distinguishes complete, blocked, dependent and apparently random annotation.

    Args:
      dataset: the set.
      shared: its `shared_cases`, where these are known already.
    """
    mask = dataset.annotated
    n, m = mask.shape
    per_case = mask.sum(axis=1)
    shared = shared_cases(dataset) if shared is None else shared
    together, sure = _together(mask, dataset.split, shared)
    spread, differs = _by_class(dataset)
    blocks, block_of = _blocks(shared)
    return Pattern(
        experts=m,
        cases=n,
        missing=1 - float(mask.mean()) if mask.size else 1.0,
        blocks=blocks,
        block_of=block_of,
        per_case=(int(per_case.min()), float(np.median(per_case)), int(per_case.max())),
        unseen=int((per_case == 0).sum()),
        together=together,
        dependent=sure,
        class_spread=spread,
        by_class=differs,
    )


def picture(
    dataset: AnnotationSet,
    pattern: Pattern,
    order: Order = "pattern",
    *,
    columns: int = MOST_COLUMNS,
    rows: int = MOST_ROWS,
) -> Picture:
    """The table in an order that shows structure, small enough to be drawn.

    Args:
      dataset: the set.
      pattern: from `find_pattern`.
      order: `pattern`, or first by `class` or by `split` and then by pattern.
      columns: cases side by side at most.
      rows: experts one above the other at most.
    """
    mask = dataset.annotated
    right = mask & (dataset.annotations == dataset.truth[:, None])
    experts, cases = _arrange(dataset, pattern, right, order)
    n, m = mask.shape
    per_row, per_column = max(-(-m // rows), 1), max(-(-n // columns), 1)

    def put_together(table: Bool[np.ndarray, "N M"]) -> Int[np.ndarray, "R K"]:
        sums = np.add.reduceat(table[cases], np.arange(0, n, per_column), axis=0, dtype=np.int32)
        return np.add.reduceat(sums[:, experts], np.arange(0, m, per_row), axis=1).T

    widths = np.diff(np.append(np.arange(0, n, per_column), n))
    heights = np.diff(np.append(np.arange(0, m, per_row), m))
    return Picture(
        experts=experts,
        cases=cases,
        per_row=per_row,
        per_column=per_column,
        cells=np.outer(heights, widths),
        annotated=put_together(mask),
        right=put_together(right),
    )


def _arrange(
    dataset: AnnotationSet, pattern: Pattern, right: Bool[np.ndarray, "N M"], order: Order
) -> tuple[Int[np.ndarray, " M"], Int[np.ndarray, " N"]]:
    """Orders of experts and of cases, structure first, then by how much was annotated."""
    mask = dataset.annotated
    made, good = mask.sum(axis=0), right.sum(axis=0)
    per_case, good_of = mask.sum(axis=1), right.sum(axis=1)
    share_right = good / np.maximum(made, 1)
    structured = pattern.kind in ("blocks", "together")
    if structured:
        block = np.where(pattern.block_of < 0, pattern.blocks, pattern.block_of)
        place = _seriate(mask, pattern)
        experts = np.lexsort((-share_right, np.round(place, 6), block))
        # Experts without annotations do not count; a case's place is that of its annotators.
        rank = np.empty(len(experts))
        rank[experts] = np.arange(len(experts))
        middle = np.divide(
            mask @ rank, per_case, out=np.full(len(mask), np.inf), where=per_case > 0
        )
        keys = [-good_of, -per_case, middle]
        if pattern.kind == "blocks":
            first = np.where(per_case > 0, mask.argmax(axis=1), 0)
            keys.append(np.where(per_case > 0, block[first], pattern.blocks + 1))
    else:
        experts = np.lexsort((-share_right, -made))
        keys = [-good_of]
        if mask.shape[1] <= _FEW:
            keys += [~right[:, e] for e in experts[::-1]]
            keys += [~mask[:, e] for e in experts[::-1]]
        keys.append(-per_case)
    if order == "class":
        keys.append(dataset.truth)
    elif order == "split":
        keys.append(dataset.split)
    return experts, np.lexsort(keys)


def _seriate(mask: Bool[np.ndarray, "N M"], pattern: Pattern) -> Shaped[np.ndarray, " M"]:
    """A place on a line for each expert, near those who annotated the same cases.

    The first vector of the table's correspondence analysis that separates experts within a block
    (the vectors before it separate the blocks).
    """
    table = mask[mask.any(axis=1)].astype(np.float32)
    of_case, of_expert = table.sum(axis=1), np.maximum(table.sum(axis=0), 1)
    table /= np.sqrt(of_case)[:, None]
    gram = (table.T @ table).astype(np.float64) / np.sqrt(np.outer(of_expert, of_expert))
    values, vectors = np.linalg.eigh(gram)
    which = max(len(values) - 1 - pattern.blocks, 0)
    if values[which] < 0.02:  # no structure left
        return np.zeros(mask.shape[1])
    place = vectors[:, which] / np.sqrt(of_expert)
    return place / max(float(np.abs(place).max()), 1e-12)


def _blocks(shared: Int[np.ndarray, "M M"]) -> tuple[int, Int[np.ndarray, " M"]]:
    """Groups of experts connected by shared cases, largest first; −1 without annotations."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(csr_array(shared > 0), directed=False)
    active = np.diag(shared) > 0
    if not active.any():
        return 0, np.full(len(label), -1)
    names, sizes = np.unique(label[active], return_counts=True)
    rank = {int(name): i for i, name in enumerate(names[np.argsort(-sizes, kind="stable")])}
    # An expert without annotations is connected to nobody.
    block = np.array([rank.get(int(k), -1) for k in label])
    return len(names), block


def _together(
    mask: Bool[np.ndarray, "N M"], split: np.ndarray, shared: Int[np.ndarray, "M M"]
) -> tuple[float, bool]:
    """Root mean square correlation of two experts' choices beyond chance; whether significant.

    Within each split, so that a fully annotated test set does not count as structure. For
    independent choices each r² has mean 1 / (n − 1) and the sum over pairs is about chi-square.
    """
    parts = [mask[split == part] for part in Split if (split == part).any()]
    made = np.stack([inside.sum(axis=0) / np.sqrt(len(inside)) for inside in parts])
    gram, freedom = shared - made.T @ made, len(mask) - len(parts)
    varied = np.diag(gram) > 1e-3
    if varied.sum() < 2 or freedom < 3:
        return 0.0, False
    if not varied.all():
        gram = gram[np.ix_(varied, varied)]
    number = len(gram) * (len(gram) - 1) // 2
    spread = np.sqrt(np.diag(gram))
    gram /= spread  # in place: thousands of experts make large tables
    gram /= spread[:, None]
    # Each pair stands twice in the table, each expert once with itself.
    squares = (float(np.vdot(gram, gram)) - len(gram)) / 2
    beyond = squares / number - 1 / freedom
    sure = freedom * squares - number > _SURE * np.sqrt(2 * number)
    return float(np.sqrt(max(beyond, 0.0))), bool(sure)


def _by_class(dataset: AnnotationSet) -> tuple[float, bool]:
    """How far the share annotated differs between classes, and whether beyond chance.

    Within each split; sums of chi-square statistics over experts, with the cells where at least
    five annotated and five missing cases are expected.
    """
    mask, spread, statistic, cells = dataset.annotated, 0.0, 0.0, 0
    for part in Split:
        inside = dataset.split == part
        truth, made = dataset.truth[inside], mask[inside]
        counts = np.bincount(truth, minlength=len(dataset.classes))
        if not len(truth):
            continue
        found = np.stack([made[truth == c].sum(axis=0) for c in range(len(counts))])
        share = made.mean(axis=0)
        expected = counts[:, None] * share
        use = (expected >= 5) & (counts[:, None] - expected >= 5)
        use &= use.sum(axis=0) >= 2
        variance = np.where(use, expected * (1 - share), 1)
        statistic += float((((found - expected) ** 2 / variance)[use]).sum())
        # One degree of freedom per expert is used for the share itself.
        cells += int(use.sum() - use.any(axis=0).sum())
        rates = np.where(use, found / np.maximum(counts, 1)[:, None], np.nan)
        if use.any():
            kept = rates[:, use.any(axis=0)]
            gap = float((np.nanmax(kept, axis=0) - np.nanmin(kept, axis=0)).max())
            spread = max(spread, gap)
    sure = cells > 0 and statistic - cells > _SURE * np.sqrt(2 * cells)
    return spread, bool(sure)
