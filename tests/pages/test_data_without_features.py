"""The Data page of sets that hold labels alone, or labels with an AI's scores."""

from pathlib import Path

import pytest

from tests.pages.conftest import Open
from tests.pages.sets import stored_set


@pytest.mark.parametrize("ai", [False, True], ids=["labels", "scores"])
@pytest.mark.parametrize("view", ["cases", "first", "pattern"])
def test_sets_without_features_have_all_parts(
    view: str, ai: bool, empty_home: Path, open_page: Open
) -> None:
    app = open_page("data", data=stored_set(2, features=False, ai=ai), view=view)
    assert not app.exception
    assert not app.error
