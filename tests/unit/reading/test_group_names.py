import pytest

from core.dataset.group_names import group_name


@pytest.mark.parametrize(
    ("column", "name"),
    [("group_site", "site"), ("Group_Site", "Site"), ("superclass", "superclass"), ("group_",) * 2],
)
def test_a_group_is_called_by_its_column_without_the_mark(column: str, name: str) -> None:
    assert group_name(column) == name
