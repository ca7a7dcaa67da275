"""What to know about a data set before training on it, most important first."""

from collections.abc import Iterator

import numpy as np

from core.base.percents import percent, rounded
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import scoring
from core.dataset.group_names import group_name, names_patients
from core.dataset.truth_source import part_of_truth
from core.insight.accuracy import by_group
from core.insight.agreement import MIN_SHARED, Agreement, agreement, pair_kappas
from core.insight.calibration import calibration
from core.insight.check import NAMED, FirstCheck, count, listing, points
from core.insight.drift import date_column
from core.insight.how_many import cases_for, half_width
from core.insight.overall import overall
from core.insight.reads import reads
from core.insight.time_checks import time_checks

FEW_ANNOTATIONS = 20  # of train: an expert's accuracy is then a third the pool's (core.correctness)
WIDE = 0.10  # half an interval that leaves a share rather open
_FEW_CASES = 30  # of a group
_ENOUGH = 30  # shared cases, or cases of a class, to ask for
_MOST_GROUPS = 20  # values of a column beyond which its groups are not looked at one by one
_POOR = 0.4  # agreement beyond chance below which labels themselves are in doubt
_ONE_SIDED = 0.9  # share of a class from which accuracy says little
_MOST_KAPPAS = 100  # experts whose pairs are looked at for agreement by chance alone
_COPIES = 50  # shared cases on which two experts never differ


def first_checks(dataset: AnnotationSet, pairs: Agreement | None = None) -> list[FirstCheck]:
    """Findings in plain words, serious ones first.

    Args:
      dataset: the set.
      pairs: its `agreement`, where that is known already; with kappas where it `needs_kappas`.
    """
    if not dataset.experts:
        return []
    found = [
        *_tests(dataset),
        *_truth(dataset),
        *_few(dataset),
        *_positives(dataset),
        *_pairs(dataset, pairs or agreement(dataset, kappas=needs_kappas(dataset))),
        *_labels(dataset),
        *_unlearnt(dataset),
        *_external(dataset),
        *time_checks(dataset),
        *_groups(dataset),
    ]
    return sorted(found, key=lambda check: not check.serious)


def needs_kappas(dataset: AnnotationSet) -> bool:
    """Whether pairs that agree by chance alone are looked for: of many pairs some do."""
    return len(dataset.experts) <= _MOST_KAPPAS


def _tests(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Whether the team's accuracy can be measured."""
    test = dataset.index(Split.TEST)
    if not len(test):
        return
    made = int(dataset.annotated[test].sum())
    if not made:
        yield FirstCheck(
            kind="no_test_annotations",
            text="No expert annotated a test case: the team's accuracy cannot be measured.",
            remedy="Let the experts annotate test cases, or draw the splits again.",
            serious=True,
        )
        return
    half = float(half_width(0.8, len(test)))
    if half > 0.05:
        yield FirstCheck(
            kind="few_test_cases",
            text=f"There are {len(test):,} test cases: an accuracy near 80 % will be known only to "
            f"± {points(half)}.",
            remedy=f"For ± 5 points, {cases_for(0.8, 0.05):,} test cases are needed.",
            serious=half > WIDE,
        )


def _truth(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    filled = None if dataset.consensus is None else dataset.consensus.filled
    if filled is not None and not (dataset.annotated[filled].sum(axis=1) > 1).any():
        yield FirstCheck(
            kind="only_answer",
            text=f"The truth of {count(int(filled.sum()), 'case')} is the only answer to each: "
            "against it, whoever gave that answer is always right.",
            remedy="No accuracy on these cases says anything. Have a second expert annotate some "
            "of them, or get the truth of some.",
            serious=True,
        )
    if part := part_of_truth(dataset):
        verb, whose = ("is", "this expert's") if len(part) == 1 else ("are", "their")
        yield FirstCheck(
            kind="part_of_truth",
            text=f"{listing(part)} {verb} probably part of the ground truth: {whose} answers are "
            f"the truth in nearly every case, so {whose} accuracy is too high.",
            remedy="Use a ground truth that was made without them, or set them off duty.",
            serious=True,
        )


def _few(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Experts with too few annotations to learn from."""
    train = dataset.index(Split.TRAIN)
    made = dataset.annotated[train].sum(axis=0)
    few = np.flatnonzero(made < min(FEW_ANNOTATIONS, max(len(train), 1)))
    if not len(few):
        return
    named = [dataset.experts[i] for i in few]
    if len(few) == 1:
        text = f"{named[0]} annotated {count(int(made[few[0]]), 'training case')}: too few to "
        text += "learn from."
    else:
        text = f"{len(few):,} of {len(made):,} experts annotated fewer than {FEW_ANNOTATIONS} "
        text += f"training cases, too few to learn from: {listing(named)}."
    yield FirstCheck(
        kind="few_annotations",
        text=text,
        remedy=f"Have at least {FEW_ANNOTATIONS} annotated by each, or set them off duty. Until "
        "then they are taken to be about as good as the others.",
        serious=len(few) * 2 >= len(made) or len(made) <= 10,
    )


def _positives(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Classes whose sensitivity will hardly be known, and one that is nearly everything."""
    sizes = np.bincount(dataset.truth, minlength=len(dataset.classes))
    if len(dataset.truth) and sizes.max() > _ONE_SIDED * len(dataset.truth):
        yield FirstCheck(
            kind="one_sided",
            text=f"{percent(sizes.max() / len(dataset.truth))} of the cases are of class "
            f"{dataset.classes[int(sizes.argmax())]}: whoever always says so has that accuracy.",
            remedy="Judge by the sensitivity for each class, not by accuracy alone.",
            serious=False,
        )
    scored = scoring(dataset)
    test = dataset.split == Split.TEST
    found = []
    for label, name in enumerate(dataset.classes):
        mine = dataset.truth == label
        made = int(scored.made[mine].sum())
        share = scored.right[mine].sum() / made if made else 0.5
        number = int((mine & test).sum()) if test.any() else int(mine.sum())
        half = float(half_width(share, number))
        if half > WIDE:
            found.append((half, name, int(mine.sum()), number, float(share)))
    found.sort(key=lambda row: -row[0])
    named = len(found) if len(found) <= NAMED else 2
    for half, name, cases, tests, share in found[:named]:
        where = f", {tests:,} of them test cases" if test.any() else ""
        yield FirstCheck(
            kind="few_of_class",
            text=f"Class {name} has {count(cases, 'case')}{where}: its sensitivity will be known "
            f"only to ± {points(half)}.",
            remedy=f"For ± {points(WIDE)}, {cases_for(share, WIDE):,} "
            f"{'test ' if test.any() else ''}cases of it are needed.",
            serious=half > 2 * WIDE,
        )
    if rest := len(found) - named:
        yield FirstCheck(
            kind="few_of_class",
            text=f"The sensitivity for {rest:,} more classes will be "
            f"known only to ± {points(WIDE)} or worse.",
            remedy="Add cases of these classes, or merge classes that need no telling apart.",
            serious=False,
        )


def _pairs(dataset: AnnotationSet, pairs: Agreement) -> Iterator[FirstCheck]:
    """Experts who cannot be compared, and experts who are the same."""
    names = dataset.experts
    idle = np.flatnonzero(~dataset.annotated.any(axis=0))
    active = ~(np.isin(pairs.first, idle) | np.isin(pairs.second, idle))
    never = np.flatnonzero(active & (pairs.shared == 0))
    if len(never):
        first = [(names[pairs.first[k]], names[pairs.second[k]]) for k in never[:NAMED]]
        if len(never) <= 2:
            text = " ".join(f"{a} and {b} never read the same case." for a, b in first)
        else:
            text = f"{len(never):,} of {int(active.sum()):,} pairs of experts never read the same "
            text += f"case, such as {first[0][0]} and {first[0][1]}."
        yield FirstCheck(
            kind="never_together",
            text=text,
            remedy="They can only be compared through the ground truth, and how they would do "
            f"reading together is a guess. Give them {_ENOUGH} cases in common.",
            serious=False,
        )
    same = np.flatnonzero((pairs.shared >= _COPIES) & (pairs.agreed >= 1) & ~pairs.constant)
    if len(same):
        listed = ", ".join(
            f"{names[pairs.first[k]]} and {names[pairs.second[k]]} ({pairs.shared[k]:,} cases)"
            for k in same[:NAMED]
        )
        more = f", and {len(same) - NAMED:,} more pairs" if len(same) > NAMED else ""
        yield FirstCheck(
            kind="copies",
            text=f"Experts who never differ: {listed}{more}. One may be a copy of the other.",
            remedy="Ask how the answers were collected. A copy adds no second opinion.",
            serious=True,
        )
    low = np.flatnonzero((pairs.shared >= MIN_SHARED) & (pairs.kappa < 0.05) & ~pairs.constant)
    if len(low) and needs_kappas(dataset):
        own = pair_kappas(dataset, pairs.first[low], pairs.second[low])
        against = low[own.high < 0.2]
        if len(against):
            k = against[0]
            more = f" (and {len(against) - 1:,} more pairs)" if len(against) > 1 else ""
            yield FirstCheck(
                kind="no_agreement",
                text=f"{names[pairs.first[k]]} and {names[pairs.second[k]]} agree no more than "
                f"would be expected by chance{more}.",
                remedy="Check that they label the same thing, and that no answers are swapped.",
                serious=True,
            )
    both = overall(dataset)
    if both.value is not None and both.high is not None and both.low is not None:
        if both.value < _POOR and both.cases >= MIN_SHARED:
            measure = "Fleiss' κ" if both.measure == "fleiss" else "Krippendorff's α"
            ends = f"{rounded(both.low, 2)} to {rounded(both.high, 2)}"
            yield FirstCheck(
                kind="poor_agreement",
                text=f"The experts agree poorly: {measure} is {rounded(both.value, 2)} ({ends}).",
                remedy="Look at the cases they disagree on; the classes may need a clearer "
                "definition.",
                serious=False,
            )


def _labels(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Experts who say the same whatever they see, or are right less often than without looking."""
    table = reads(dataset)
    m = len(dataset.experts)
    n = np.bincount(table.expert, minlength=m)
    first, last = np.full(m, np.iinfo(np.int32).max), np.full(m, -1)
    np.minimum.at(first, table.expert, table.said)
    np.maximum.at(last, table.expert, table.said)
    constant = np.flatnonzero((n >= FEW_ANNOTATIONS) & (first == last))
    if len(constant):
        label = dataset.answers[first[constant[0]]]
        who = [dataset.experts[i] for i in constant]
        one = len(who) == 1
        yield FirstCheck(
            kind="constant",
            text=f"{who[0]} always answers {label}."
            if one
            else f"{len(who):,} experts always give the same answer: {listing(who)}.",
            remedy="Check whether other answers were lost; nothing can be learnt from these.",
            serious=True,
        )
    # Agreement with a consensus of the others is as rare as chance just where being right is.
    scored, chance = scoring(dataset), 1 / len(dataset.classes)
    n, right = scored.made.sum(axis=0), scored.right.sum(axis=0)
    share = np.divide(right, n, out=np.ones(m), where=n > 0)
    high = share + half_width(0.5, n.astype(float))
    worse = np.setdiff1d(np.flatnonzero((n >= FEW_ANNOTATIONS) & (high < chance)), constant)
    if len(worse):
        yield FirstCheck(
            kind="below_chance",
            text=f"Right less often than guessing: {listing([dataset.experts[i] for i in worse])}.",
            remedy="Check whether their answers are swapped or belong to other cases.",
            serious=True,
        )


def _unlearnt(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Classes that some expert never annotated in train, and missing that depends on the class."""
    train = dataset.index(Split.TRAIN)
    truth, made = dataset.truth[train], dataset.annotated[train]
    busy = made.sum(axis=0) >= FEW_ANNOTATIONS
    if not busy.any():
        return
    per_class = np.stack([made[truth == c].sum(axis=0) for c in range(len(dataset.classes))])
    blind = (per_class == 0) & busy
    counts = blind.sum(axis=1)
    worst = int(counts.argmax())
    if not counts[worst]:
        return
    who = [dataset.experts[i] for i in np.flatnonzero(blind[worst])]
    verb = "has" if len(who) == 1 else "have"
    others = int((counts > 0).sum()) - 1
    more = f" The same holds for {others} other classes." if others > 1 else ""
    if others == 1:
        more = " The same holds for one other class."
    yield FirstCheck(
        kind="unseen_class",
        text=f"{listing(who)} {verb} no training case of {dataset.classes[worst]}.{more}",
        remedy="Their skill for it is guessed from their other cases. Give them some cases of it.",
        serious=False,
    )


def _external(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    if dataset.ai_probabilities is None:
        return
    found = calibration(dataset)
    excess = found.excess
    if found.cases < 50 or excess.low * excess.high <= 0 or abs(excess.value) < 0.02:
        return
    how = "overconfident" if excess.value > 0 else "underconfident"
    side = "more" if excess.value > 0 else "less"
    low, high = sorted((100 * abs(excess.low), 100 * abs(excess.high)))
    yield FirstCheck(
        kind="calibration",
        text=f"The external AI is {how}: on average it claims to be right "
        f"{points(abs(excess.value))} {side} often than it is "
        f"({rounded(low)} to {rounded(high)}).",
        remedy="Its probabilities need calibrating before they are compared with experts.",
        serious=abs(excess.value) > 0.1,
    )


def _groups(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Small groups, and groups in which the experts are clearly less accurate."""
    dated = date_column(dataset.groups)
    small: list[str] = []
    for column in dataset.groups:
        values = np.asarray(dataset.groups[column], str)
        different = np.unique(values)
        if names_patients(column) or column == dated or not 2 <= len(different) <= _MOST_GROUPS:
            continue
        table = by_group(dataset, column)
        name = group_name(column)
        rows = zip(table["group"], table["cases"], strict=True)
        small += [f"{name} {g or '(blank)'} ({n:,})" for g, n in rows if n < _FEW_CASES]
        enough = table[(table["cases"] >= _FEW_CASES) & table["accuracy"].notna()]
        if len(enough) >= 2:
            best = enough.loc[enough["accuracy"].idxmax()]
            worst = enough.loc[enough["accuracy"].idxmin()]
            if worst["high"] < best["low"]:
                yield FirstCheck(
                    kind="group_accuracy",
                    text=f"The experts are right less often for {name} {worst['group']} "
                    f"({percent(worst['accuracy'])}) than for {name} {best['group']} "
                    f"({percent(best['accuracy'])}).",
                    remedy="Look at results per group, too: an average hides this.",
                    serious=False,
                )
    if small:
        yield FirstCheck(
            kind="small_groups",
            text=f"Groups of fewer than {_FEW_CASES} cases: {listing(small)}.",
            remedy="Figures for them will be very uncertain. Merge them with similar groups, or "
            "collect more.",
            serious=False,
        )
