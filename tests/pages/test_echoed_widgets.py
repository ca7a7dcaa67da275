"""A widget that the program fills again and again: what the browser repeats is no wish."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from app.shared import state

    def take() -> None:
        if state.moved("slider"):
            st.session_state["asked"] = st.session_state["slider"]

    state.show("slider", st.session_state.get("answer", 10))
    st.slider("Where the answer puts it", 0, 100, key="slider", on_change=take)


def answer(app: AppTest, value: int, browser: int | None = None) -> None:
    """A run in which the answer is another one, while the browser still says an older value."""
    app.session_state["answer"] = value
    if browser is not None:
        app.slider[0].set_value(browser)
    app.run()


def test_no_value_that_was_shown_a_moment_ago_counts_as_a_move() -> None:
    app = AppTest.from_function(page).run()
    answer(app, 20)
    answer(app, 30, browser=10)  # it has not taken 20 yet
    answer(app, 40, browser=20)  # now it has, and not 30
    answer(app, 50, browser=30)
    answer(app, 20, browser=50)
    answer(app, 60, browser=40)
    assert "asked" not in app.session_state
    app.slider[0].set_value(77).run()
    assert app.session_state["asked"] == 77


def test_a_slider_that_is_moved_there_and_back_is_heard() -> None:
    app = AppTest.from_function(page).run()
    for value in (35, 10, 35):
        app.session_state["answer"] = value  # the program agrees with what was asked
        app.slider[0].set_value(value).run()
        assert app.session_state["asked"] == value
