"""The commands, their arguments with what each means, and how each argument is read."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from core.cli import options as reading
from core.cli import places
from core.cli import sweep as sweeps
from core.config.missing_rates import MOST_LEARNING_RATE
from core.consensus.methods import TEXTS
from core.encoding import missing_words


class Command(NamedTuple):
    """A command: what it does, an example, and its arguments with their meaning, by heading."""

    help: str
    example: str = ""
    arguments: Mapping[str, Mapping[str, str]] = {}


# Each sets the field of `TrainConfig` of its name, or the one in `FIELDS`.
CONFIG = {
    "what is trained": {
        "--method NAME": "",
        "--coverage A:B:STEP": "targets of the AI's share of cases, from 0 to 1: a range, a list "
        "such as 0.2,0.5, or one number (default: 0:1:0.1)",
        "--humans free|balanced": "how the experts divide the other cases: freely, or equally",
        "--bounds FILE.json": "your own bounds instead of targets, as shares of cases: "
        '{"lower": {"Ann": 0.2}, "upper": {"AI": 0.5}}',
        "--curve one|each": "one: train once per seed, without bounds, and fit prices for every "
        "target; each: train every target's own mixture, as published (default: one)",
        "--off-duty EXPERT": "an expert who gets no cases; may be repeated",
        "--ai learned|external": "train an AI, or use the set's own AI (default: learned; external "
        "where its scores are all there is)",
        "--set NAME=VALUE": "a setting of the method; may be repeated: ",
    },
    "missing annotations": {
        "--missing-rate R": "share of the train annotations to remove at random before training, "
        "from 0 to below 1",
        "--missing-rate-of EXPERT=R": "the same for one expert, such as Ann=0.3; may be repeated",
    },
    "network and training": {
        "--network NAME": "auto: chosen by the data; ",
        "--hidden W,W": "widths of the hidden layers, 1 to 4,096 units each (default: 128,128)",
        "--expert-networks auto|separate|shared": "a network per expert, or one for all of them",
        "--epochs N": "passes over the train cases, 1 to 100,000",
        "--batch-size B": "maximum number of cases in a training step, 1 to 1,000,000",
        "--lr X": f"learning rate of the first step, above 0 and at most {MOST_LEARNING_RATE:g}",
        "--weight-decay X": "weight of an L2 penalty, 0 or more",
        "--seeds S": "how many random seeds, 1 to 1,000; each trains the whole grid once",
        "--seed K": "the first random seed, 0 or more",
    },
}
DATA_SET = {
    "data set": {
        "PATH": "a folder, zip or file; sample:NAME; or stored:HASH for one in the library (its "
        "content hash, or how that begins)",
        "--ignore-unknown-cases": "leave out annotations of cases that are not in the set",
        "--truth-words ask|missing|class": "what a word such as NA means where it is the "
        "ground truth of several cases: missing leaves these cases out, class keeps it as a class "
        "(default: ask, by an error)",
        "--consensus none|majority|dawid-skene|crowdlab": "which consensus of the experts is the "
        "ground truth of cases that have none (default: none, which leaves such cases out). "
        + "; ".join(TEXTS.values()),
        "--answer ANSWER=CLASS": "what an answer that is no class means; ANSWER= for no "
        "annotation, ANSWER=ANSWER for an answer of its own; may be repeated",
        "--ids exact|alike": "alike joins ids that differ only in capitals, leading zeros, "
        '".0", folders or endings (default: exact)',
        "--repeats refuse|first|last|majority": "which of several annotations of a case by one "
        "expert counts (default: refuse)",
        "--keep-column NAME": "use this column as a feature although it looks like none; may be "
        "repeated",
        "--leave-out-column NAME": "do not use this column as a feature; may be repeated",
        "--patients COLUMN": "the column that says whose case it is: ids for the beginning of the "
        "case ids, none for no patients (default: guessed by name)",
        "--split given|draw": "draw draws train and test again although the set has splits "
        "(default: given)",
        "--test-fold FOLD": "test on this fold of the set's column of folds, and train on the "
        "others; may be repeated",
        "--roles FILE.json": "what the columns of other tables than cases.csv and annotations.csv "
        "are for, as the dashboard downloads it (default: guessed)",
        "--finding NAME": "which of several findings to read (default: inspect compares all)",
        "--cut X": "readers' scores from here on are answers of the positive class; where the "
        "ground truth is grades (1 to 5, 4a, III), the lowest grade of the upper of two classes",
        "--positive CLASS": "the class that a high score speaks for (default: guessed)",
        "--primary-ai NAME": "which of several AIs coverage counts; cases can go to the others as "
        "they can to experts (default: the first)",
        "--missing-words A,B": "words that say that something is missing, in place of the usual "
        "ones (NA, ?, unknown …)",
        "--rate R": "read the manifests of this missing rate",
    }
}
COMMANDS = {
    "inspect": Command(
        "describe a data set", "python -m core inspect sample:fna_panel", arguments=DATA_SET
    ),
    "derive": Command(
        "make a data set of another one by a recipe: annotations removed, simulated experts added",
        "python -m core derive sample:fna_panel --recipe recipe.json --seed 3\n"
        '  where recipe.json holds {"keep_experts": [], "steps": [{"kind": "team"}]}',
        DATA_SET
        | {
            "what is made": {
                "--recipe FILE.json": "the steps, as the dashboard downloads them; kinds: ",
                "--seed K": "of everything that is drawn (default: 0)",
                "--name NAME": "what to call the new set",
                "--dry-run": "show the accuracies that result and store nothing",
            }
        },
    ),
    "train": Command(
        "train and evaluate the whole grid, targets × seeds",
        "python -m core train sample:fna_panel --coverage 0:1:0.25 --epochs 20 --out results",
        DATA_SET
        | CONFIG
        | {
            "output": {
                "--out DIR": "also write curve.csv, the outputs and the model to this folder",
                "--quiet": "show no progress",
            }
        },
    ),
    "sweep": Command(
        "compare methods over data sets, missing rates and policies; started again, it continues",
        "python -m core sweep compare.yaml --out results\n"
        "  where compare.yaml holds\n"
        "    data: [sample:fna_panel, ../data/mine]\n"
        "    methods: [pl2d, naive, correctness]\n"
        "    missing_rates: [0, 0.5]\n"
        "    seeds: 5\n"
        "    train: {epochs: 60, coverage: 0:1:0.1}\n"
        "    sensitivity: {batch_size: [64, 256]}",
        {
            "what is compared": {
                "SPEC.yaml": "data, methods, missing_rates, humans, seeds, seed, train (other "
                "settings by name), against, rule, at_coverage, sensitivity (setting: values; "
                "missingness: random, difficult, easy)"
            },
            "how": {
                "--workers-inline": "train in this process also while a worker is running; without "
                "a worker that is so anyway"
            },
            "output": {
                "--out FOLDER": "also write tables as CSV, LaTeX and HTML, and the spec that "
                "remakes them, to this folder",
                "--quiet": "show no progress",
            },
        },
    ),
    "route": Command(
        "assign new cases by a trained model",
        "python -m core route results new_cases.csv --capacities capacities.json\n"
        '  where capacities.json holds {"Ann": 20, "AI": {"least": 10, "most": 60}}',
        {
            "cases and model": {
                "MODEL_OR_RUN": "a folder that train --out wrote, or a run's id",
                "CASES": "a CSV, or a folder or zip with cases.csv or images",
                "--seed K": "which of the run's models (default: the first)",
            },
            "how many cases an agent gets": {
                "--capacities FILE.json": 'cases, whole numbers: {agent: n} or {agent: {"least": '
                'n, "most": n}}; agents left out are free; needed unless a scenario says how many',
                "--scenario FILE.json": "a scenario as Workload exports it: its guard rules and "
                "duties hold, and its bounds where the capacities name nobody",
                "--scenario-name NAME": "which one, of a file with several",
                "--outside people|ai": "who gets cases outside the range of training, where "
                "the model's expectations do not hold: people only, or the AI too (default: "
                "people)",
                "--online": "assign one case at a time, by prices",
            },
            "output": {"--out FILE.csv": "also write the worklist as a table"},
        },
    ),
    "check": Command(
        "compare the store with its checksums",
        arguments={
            "options": {
                "--repair": "rebuild a missing or damaged record of runs from the runs' own files; "
                "what is left of the old one is moved aside"
            }
        },
    ),
    "backup": Command(
        "write data sets, runs and scenarios to one zip, also while the dashboard runs",
        "python -m core backup caseload.zip",
        {"arguments": {"NEW.zip": "the zip to write"}},
    ),
    "restore": Command(
        "make a new store from a backup, in a new folder CASELOAD_HOME",
        "CASELOAD_HOME=new_store python -m core restore caseload.zip",
        {"arguments": {"FILE.zip": "a zip that backup wrote"}},
    ),
    "clean": Command("remove what nothing needs and say what that freed"),
}
FIELDS = {
    "--lr": "learning_rate",
    "--missing-rate-of": "missing_rates",
    "--set": "settings",
    "--answer": "answers",
    "--keep-column": "keep_columns",
    "--leave-out-column": "leave_out_columns",
    "--test-fold": "test_folds",
    "MODEL_OR_RUN": "model",
    "SPEC.yaml": "spec",
    "NEW.zip": "file",
    "FILE.zip": "file",
}
MANY = (
    *("off_duty", "missing_rates", "settings"),
    *("answers", "keep_columns", "leave_out_columns", "test_folds"),
)
READ: Mapping[str, Callable[[str], Any]] = {  # others are text
    "PATH": places.data_set,
    "SPEC.yaml": sweeps.spec_file,
    "--out DIR": places.run_folder,
    "--out FOLDER": sweeps.folder,
    "--answer ANSWER=CLASS": reading.answer,
    "--roles FILE.json": reading.roles_file,
    "--recipe FILE.json": reading.recipe_file,
    "--cut X": reading.cut,
    "--missing-words A,B": missing_words.from_text,
    **{
        typed: reading.one_of(typed.split()[0], tuple(typed.split()[1].split("|")))
        for typed in (*DATA_SET["data set"], "--outside people|ai")
        if "|" in typed
    },
    "--method NAME": reading.method,
    "--coverage A:B:STEP": reading.parse_coverage,
    "--bounds FILE.json": lambda text: reading.read_bounds(Path(text)),
    "--set NAME=VALUE": reading.setting,
    "--missing-rate R": reading.real,
    "--missing-rate-of EXPERT=R": reading.rate_of,
    "--hidden W,W": reading.widths,
    "--epochs N": reading.integer,
    "--batch-size B": reading.integer,
    "--lr X": reading.learning_rate,
    "--weight-decay X": reading.real,
    "--seeds S": reading.integer,
    "--seed K": reading.integer,
    "MODEL_OR_RUN": places.model,
    "CASES": partial(places.existing, expected="a folder, a zip or one of its files"),
    "--capacities FILE.json": reading.capacities_file,
    "--scenario FILE.json": reading.scenario_file,
    "--out FILE.csv": partial(places.new_file, name="--out"),
    "NEW.zip": partial(places.new_file, name="NEW.zip"),
    "FILE.zip": partial(places.existing, expected="a zip that backup wrote"),
}
