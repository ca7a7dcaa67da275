"""A widget that shows a record which other controls change: what the browser repeats is no wish."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from app.shared import following

    def take() -> None:
        if following.moved("slider"):
            st.session_state["asked"] = following.held("slider")

    value = st.session_state.get("answer", 10)
    st.slider(
        "The AI takes", 0, 100, value, key=following.key("slider", value), on_change=take
    )  # fmt: skip


def test_what_the_browser_repeats_of_an_older_widget_is_no_move() -> None:
    app = AppTest.from_function(page).run()
    late = app.slider[0]
    app.session_state["answer"] = 20
    app.run()
    assert app.slider[0].value == 20
    late.set_value(11).run()  # of a widget that is gone
    assert "asked" not in app.session_state
    assert app.slider[0].value == 20
    app.slider[0].set_value(77).run()
    assert app.session_state["asked"] == 77


def test_a_value_that_the_program_showed_a_moment_ago_can_be_chosen() -> None:
    app = AppTest.from_function(page).run()
    for value in (0, 36):
        app.session_state["answer"] = value
        app.run()
    app.slider[0].set_value(0).run()
    assert app.session_state["asked"] == 0


def test_a_widget_that_the_record_follows_stays_the_same_one() -> None:
    app = AppTest.from_function(page).run()
    for value in (35, 10, 35):
        before = app.slider[0].key
        app.session_state["answer"] = value  # the program agrees with what was asked
        app.slider[0].set_value(value).run()
        assert app.session_state["asked"] == value
        assert app.slider[0].key == before
