"""What was chosen: kept across pages in the session, and in the URL so that a link reopens it."""

import math
import time
from collections.abc import Callable, Collection, Hashable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")
_PAGE, _VISIT = "page:name", "page:visit"
_ECHOES, _ECHO_LASTS = "url:echoes", 5.0  # seconds
_OVERRULED = "widgets:overruled"


def adopt(
    key: str,
    default: T,
    *,
    read: Callable[[str], T] | None = None,
    valid: Callable[[T], bool] | None = None,
    like: Hashable | None = None,
) -> T:
    """Makes the session hold a value for a keyed widget that is about to be drawn.

    What the URL says wins when it is news (a link, a reload, a page link with parameters); what
    the session remembers comes next, then the default. Anything that is not valid is passed over,
    so an old link can never break a page.

    Args:
      key: name in the session and in the URL.
      default: taken when nothing valid is known.
      read: makes a value of the URL's text, raising ValueError; None for a text.
      valid: whether the value can be chosen now.
      like: given for a widget that is always drawn: what it can hold (see `show`).
    """
    value: Any = st.session_state.get(key)
    if (said := news(key)) is not None:
        try:
            value = read(said) if read else said
        except (ValueError, TypeError):
            pass
        if valid is not None and value is not None and not valid(value):
            value = st.session_state.get(key)
    if value is None or (valid is not None and not valid(value)):
        value = default
    show(key, value, like)
    return value


def arrive(page: str) -> None:
    """Tells that this page is drawn now; widgets of another page are other widgets."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_VISIT] = st.session_state.get(_VISIT, 0) + 1
        st.session_state.pop(_ECHOES, None)  # whatever the URL says now, somebody meant
        st.session_state.pop(_OVERRULED, None)


def show(key: str, value: object, like: Hashable | None = ()) -> None:
    """Makes the session hold a value for the keyed widget that is drawn next.

    What is written here is sent to the browser and overrules what somebody has typed there while
    the page was being drawn, so nothing is written that the widget holds already. A widget of the
    same key on another page, or one that can hold other values, counts as another one and would
    start from its own default: for these it is always written.

    Args:
      key: of the widget.
      value: what it should hold.
      like: what the widget can hold (limits, options); None writes always.
    """
    drawn = (st.session_state.get(_VISIT), like)
    held = key in st.session_state and st.session_state[key] == value
    if held:
        _acknowledge(key, value)
    else:
        _overrule(key)
    if like is None or not held or st.session_state.get(_drawn(key)) != drawn:
        st.session_state[key] = value
    st.session_state[_drawn(key)] = drawn
    st.session_state[_shown(key)] = value


def moved(key: str) -> bool:
    """Whether somebody has moved the widget that `show` filled; to be asked in its callback.

    A callback runs too when the browser repeats what it has not brought up to date yet: the value
    before the program wrote another one, or that of a widget that is no longer drawn. That is
    nobody's wish, and must not undo what somebody has done elsewhere meanwhile.
    """
    value = st.session_state.get(key)
    if _shown(key) in st.session_state and st.session_state[_shown(key)] == value:
        return False
    now = time.monotonic()
    overruled = st.session_state.get(_OVERRULED, {}).get(key, ())
    return not any(old == value and now - when <= _ECHO_LASTS for old, when in overruled)


def _overrule(key: str) -> None:
    """Notes what a widget held, and what it was given last, before the program writes anew.

    Of several values written one soon after the other the browser may repeat any: it takes them
    in turn, and says what it has reached by then.
    """
    now = time.monotonic()
    before = [st.session_state[k] for k in (key, _shown(key)) if k in st.session_state]
    overruled: dict[str, tuple[tuple[object, float], ...]] = st.session_state.get(_OVERRULED, {})
    fresh = tuple(one for one in overruled.get(key, ()) if now - one[1] <= _ECHO_LASTS)
    overruled[key] = (*fresh, *((value, now) for value in before))
    st.session_state[_OVERRULED] = overruled


def _acknowledge(key: str, value: object) -> None:
    """Forgets what the browser may repeat, once it says the newest value.

    Not where that value was overruled a moment ago: then this may be the repetition of it.
    """
    overruled = st.session_state.get(_OVERRULED, {})
    if all(old != value for old, _ in overruled.get(key, ())):
        overruled.pop(key, None)


def news(key: str) -> str | None:
    """What the URL says and this page has neither written there nor read yet.

    While a slider is dragged, the browser sends its next value together with an address that it
    has not brought up to date yet. That is no link somebody followed, and must not undo the drag:
    what the URL said until a moment ago on this page is no news either; nor is it then for who
    goes back.
    """
    said = st.query_params.get(key)
    if said is None or said == st.session_state.get(_mark(key)):
        return None
    replaced = st.session_state.get(_ECHOES, {}).get((key, said), -math.inf)
    return said if time.monotonic() - replaced > _ECHO_LASTS else None


def choose(key: str, value: object) -> None:
    """Sets a value from the program: what this page's URL still says is no news any more."""
    st.session_state[key] = value
    st.session_state[_mark(key)] = st.query_params.get(key)


def ask(key: str, text: str) -> None:
    """Writes to the URL what this page shall read from it, as if somebody had followed a link."""
    st.session_state.get(_ECHOES, {}).pop((key, text), None)
    st.query_params[key] = text


def publish(key: str, value: object, default: object = None) -> None:
    """Writes a value to the URL, or takes it out where it is the default."""
    if value is None or value == default:
        _replaced(key, None)
        st.session_state.pop(_mark(key), None)
        if key in st.query_params:
            del st.query_params[key]
        return
    text = _text(value)
    _replaced(key, text)
    last = st.session_state.get(_mark(key))
    st.session_state[_mark(key)] = text
    # Also where the address says it already: it may lag, and take what was written last after it.
    if st.query_params.get(key) != text or last not in (None, text):
        st.query_params[key] = text


def _replaced(key: str, text: str | None) -> None:
    """Notes that the URL says this from now on, for the time in which what it said may echo."""
    now = time.monotonic()
    echoes: dict[tuple[str, str], float] = st.session_state.get(_ECHOES, {})
    fresh = {k: when for k, when in echoes.items() if now - when <= _ECHO_LASTS}
    last, said = st.session_state.get(_mark(key)), st.query_params.get(key)
    if last is not None and last != text:
        fresh[key, last] = now
    if said is not None and said not in (text, last):
        # It lags, or is a link's. What comes back again and again is meant in the end.
        fresh.setdefault((key, said), now)
    st.session_state[_ECHOES] = fresh


def option(key: str, options: Collection[str], default: str) -> str:
    """`adopt` for one of several names."""
    return adopt(key, default, valid=lambda value: value in options)


def whole(key: str, default: int, least: int, most: int, *, always: bool = False) -> int:
    """`adopt` for a whole number within limits; `always` says that its widget is always drawn."""
    like = (least, most) if always else None
    return adopt(key, default, read=int, valid=lambda v: least <= v <= most, like=like)


def span(key: str, default: tuple[int, int], least: int, most: int) -> tuple[int, int]:
    """`adopt` for a range of whole numbers, written `10-90`."""

    def read(text: str) -> tuple[int, int]:
        low, _, high = text.partition("-")
        return int(low), int(high)

    return adopt(key, default, read=read, valid=lambda v: least <= v[0] <= v[1] <= most)


def theme() -> Any:
    """The mode the reader sees, "light" or "dark"."""
    return "dark" if st.context.theme.type == "dark" else "light"


def _drawn(key: str) -> str:
    return f"drawn:{key}"


def _shown(key: str) -> str:
    return f"shown:{key}"


def _mark(key: str) -> str:
    return f"url:{key}"


def _text(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
