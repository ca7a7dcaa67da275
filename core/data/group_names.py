"""Group columns within a sentence, said alike on screen, on the command line and in files."""

PREFIX = "group_"  # marks a column of a table of cases as a group


def group_name(column: str) -> str:
    """What the group is called: its column without the mark, `group_site` → `site`."""
    marked = column.casefold().startswith(PREFIX) and len(column) > len(PREFIX)
    return column[len(PREFIX) :] if marked else column
