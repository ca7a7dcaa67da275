import pytest

from core.dataset.group_names import group_name, names_patients


@pytest.mark.parametrize(
    ("column", "name"),
    [("group_site", "site"), ("Group_Site", "Site"), ("superclass", "superclass"), ("group_",) * 2],
)
def test_a_group_is_called_by_its_column_without_the_mark(column: str, name: str) -> None:
    assert group_name(column) == name


@pytest.mark.parametrize(
    ("column", "patients"),
    [("group_patient", True), ("Group_Patient_ID", True), ("patient", True), ("group_site", False)],
)
def test_a_group_column_can_name_patients(column: str, patients: bool) -> None:
    assert names_patients(column) == patients
