"""What tests read off the Runs page."""

from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest


def row(app: AppTest, name: str) -> dict[str, object]:
    """The table's row of the run of this name."""
    shown = app.dataframe[0].value
    (found,) = shown[shown["Name"] == name].to_dict("records")
    return found


def links(app: AppTest) -> dict[str, dict[str, str]]:
    """Query parameters of the page's links by label, with the page they lead to."""
    found = {}
    for link in app.get("page_link"):
        query = {key: value[0] for key, value in parse_qs(link.proto.query_string).items()}
        off = {"disabled": "true"} if link.proto.disabled else {}
        found[link.proto.label] = {"to": link.proto.page, **query, **off}
    return found


def buttons(app: AppTest) -> dict[str, str]:
    """Labels of the page's buttons by key."""
    return {button.key: button.label for button in app.button}
