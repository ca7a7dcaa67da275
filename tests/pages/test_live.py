"""A panel that updates itself: it ends in one run of the page and survives errors."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from app.shared import live

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    now = st.session_state.setdefault("now", "going on")
    drawn = st.session_state.pop("drawn", now)

    def read() -> str:
        if now == "broken":
            raise OSError("no such file")
        return str(now)

    live.panel(
        read, st.text, key="panel", what="The runs", seconds=None, state=lambda s: s, drawn=drawn
    )
    st.text("below")


def _run(**session: str) -> AppTest:
    app = AppTest.from_function(_page)
    for name, value in session.items():
        app.session_state[name] = value
    return app.run()


def test_what_was_read_is_drawn() -> None:
    app = _run()
    assert [text.value for text in app.text] == ["going on", "below"]
    assert app.session_state["runs"] == 1


def test_a_change_since_the_page_was_drawn_runs_the_page_once_more() -> None:
    app = _run(drawn="waiting")
    assert app.session_state["runs"] == 2
    assert [text.value for text in app.text] == ["going on", "below"]


def test_an_error_is_shown_in_place_and_the_page_goes_on() -> None:
    app = _run(now="broken", drawn="going on")
    assert not app.exception
    assert "could not be read" in app.warning[0].value
    assert [text.value for text in app.text] == ["below"]
