"""Group columns within a sentence, said alike on screen, on the command line and in files."""

PREFIX = "group_"  # marks a column of a table of cases as a group


def is_group(column: str) -> bool:
    """Whether a column is marked as a group."""
    return column.casefold().startswith(PREFIX)


def names_patients(column: str) -> bool:
    """Whether a group is the patient, whose cases must not be on both sides of a split."""
    return group_name(column).casefold() in ("patient", "patient_id", "patient id", "patientid")


def group_name(column: str) -> str:
    """What the group is called: its column without the mark, `group_site` → `site`."""
    return (column[len(PREFIX) :] if is_group(column) else "") or column
