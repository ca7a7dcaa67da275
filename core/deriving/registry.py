"""The kinds of step there are; a new one is a file in this room and a line here."""

from typing import Annotated, get_args

from pydantic import Field

from core.deriving.class_pairs import ClassPairs
from core.deriving.class_skill import ClassSkill
from core.deriving.fatigue import Fatigue
from core.deriving.feature_skill import FeatureSkill
from core.deriving.group_skill import GroupSkill
from core.deriving.noisy_copy import NoisyCopy
from core.deriving.remove_classes import RemoveClasses
from core.deriving.remove_difficult import RemoveDifficult
from core.deriving.remove_random import RemoveAtRandom
from core.deriving.step import Step
from core.deriving.strictness import Strictness
from core.deriving.team import Team

AnyStep = Annotated[
    Team
    | RemoveAtRandom
    | RemoveClasses
    | RemoveDifficult
    | ClassSkill
    | ClassPairs
    | FeatureSkill
    | GroupSkill
    | Strictness
    | Fatigue
    | NoisyCopy,
    Field(discriminator="kind"),
]
_STEPS: tuple[type[Step], ...] = get_args(get_args(AnyStep)[0])
KINDS = {step.model_fields["kind"].default: step for step in _STEPS}
