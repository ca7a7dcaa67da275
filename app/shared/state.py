"""Choices, kept across pages in the session, and in the URL so that a link reopens them.

A link is read once: on arrival at a page, and when somebody goes back or forward. From then on the
URL only follows. A browser that sends a slider's next value with an address it has not brought up
to date yet therefore undoes nothing. Where a page shows its defaults it follows from the first
change on, because every change of the URL is an entry in the browser's history: such a page takes
one press of Back to leave. What the session remembers is written at once, for a reload to find.
"""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")
_PAGE, _VISIT, _LINK = "page:name", "page:visit", "page:link"
_WRITTEN, _UNTOUCHED = "url:written", "url:untouched"
# Pages say themselves that what these lead to is gone, and what is shown instead.
_LEADS = frozenset({"data", "run", "runs", "chosen", "watch", "baseline", "under", "point"})


@dataclass(slots=True)
class _Link:
    """The address of a page.

    Attributes:
      url: what it should say.
      came: the page, and what the URL said on arrival.
      returned: somebody went back or forward on the page: what is left out is at its default.
      sent: what `url` was at the end of the last run; None before that.
      unread: what was said on arrival and no widget has taken up yet.
      settled: names that were taken up since.
      remembered: whether the page shows anything that neither the URL nor a default says.
      refused: texts by name that could not be used and have not been reported yet.
    """

    url: dict[str, str]
    came: Hashable
    returned: bool = False
    sent: dict[str, str] | None = None
    unread: dict[str, str] = field(init=False)
    settled: set[str] = field(init=False, default_factory=set)
    remembered: bool = field(init=False, default=False)
    refused: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.unread = dict(self.url)

    def settle(self, key: str) -> None:
        self.unread.pop(key, None)
        self.settled.add(key)


def arrive(page: str) -> None:
    """Begins a page's run: on arrival the URL is a link to be read, and widgets are other ones."""
    stays = st.session_state.get(_PAGE) == page
    if stays and not went_back():
        return
    if not stays:
        st.session_state[_PAGE] = page
        st.session_state[_VISIT] = st.session_state.get(_VISIT, 0) + 1
    url = st.query_params.to_dict()
    came = (page, *sorted(url.items()))
    if stays:  # where nothing had been changed yet, the URL says less than was shown
        url = dict(st.session_state.get(_UNTOUCHED, {}).get(came, url))
    st.session_state[_LINK] = _Link(url, came, returned=stays)


def went_back() -> bool:
    """Whether this run is due to the browser's buttons for back and forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def mirror() -> None:
    """Brings the URL up to date, at the end of a run and all at once.

    Written also where the URL seems to say so already: it may lag.
    """
    link = _link()
    if link.sent is None:
        st.session_state.setdefault(_UNTOUCHED, {})[link.came] = dict(link.url)
        if not link.remembered or link.returned:
            link.sent = dict(link.url)
    if link.url != link.sent:
        st.query_params.from_dict(link.url)
    link.sent = dict(link.url)


def address() -> str:
    """A link to what has been published so far in this run.

    The browser's own address can say less: where a page shows its defaults it stays as it was.
    """
    return f"{st.context.url or ''}?{urlencode(_link().url)}"


def remember() -> None:
    """Notes that the page shows something that neither the URL nor a default says."""
    _link().remembered = True


def said(key: str) -> str | None:
    """A parameter of the URL, whether it was read or not."""
    return _link().url.get(key)


def news(key: str) -> str | None:
    """A parameter of a new link that has not been used yet."""
    return _link().unread.get(key)


def refuse(key: str) -> None:
    """Notes that what a link said cannot be used, so that the page can report it."""
    link = _link()
    if key not in _LEADS and key in link.unread:
        link.refused[key] = link.unread[key]


def refused() -> dict[str, str]:
    """What a link said and could not be used, by name; each is returned once."""
    link = _link()
    found, link.refused = link.refused, {}
    return found


def left_out(key: str) -> bool:
    """Whether somebody went back to where a value had not been set yet."""
    link = _link()
    written: set[str] = st.session_state.get(_WRITTEN, set())
    return link.returned and key in written and key not in link.settled | link.url.keys()


def adopt(
    key: str,
    default: T,
    *,
    read: Callable[[str], T] | None = None,
    valid: Callable[[T], bool] | None = None,
    like: Hashable | None = None,
) -> T:
    """Makes the session hold a value for a keyed widget that is about to be drawn.

    What a link said comes first, then what the session remembers, then the default. Anything that
    is not valid is passed over and noted (`refused`), so an old link can never break a page.

    Args:
      key: name in the session and in the URL.
      default: taken when nothing valid is known.
      read: makes a value of the URL's text, raising ValueError; None for a text.
      valid: whether the value can be chosen now.
      like: given for a widget that is always drawn: what it can hold. What the session holds is
        then not written again, which would overrule what somebody does while the page is drawn.
        Its default has to be the value: a browser may mount it after further runs.
    """
    value: Any = default if left_out(key) else st.session_state.get(key)
    if (text := news(key)) is not None:
        try:
            found: Any = read(text) if read else text
            if valid is not None and not valid(found):
                raise ValueError(f"not among what can be chosen: {found!r}")
            value = found
        except (ValueError, TypeError):
            refuse(key)
    if value is None or (valid is not None and not valid(value)):
        value = default
    elif text is None and value != default:
        remember()
    _link().settle(key)
    drawn, known = f"drawn:{key}", (st.session_state.get(_VISIT), like)
    if like is None or st.session_state.get(key) != value or st.session_state.get(drawn) != known:
        st.session_state[key] = value
    st.session_state[drawn] = known
    return value


def choose(key: str, value: object) -> None:
    """Sets a value from the program, which overrules a link."""
    st.session_state[key] = value
    _link().settle(key)


def ask(key: str, text: str) -> None:
    """Has a text read as if it came from a link."""
    link = _link()
    link.unread[key] = text
    link.settled.discard(key)


def publish(key: str, value: object, default: object = None) -> None:
    """Has the URL say a value, or nothing where it is the default."""
    link = _link()
    link.settle(key)
    if value is None or value == default:
        link.url.pop(key, None)
    else:
        link.url[key] = _text(value)
        st.session_state.setdefault(_WRITTEN, set()).add(key)


def _link() -> _Link:
    """The address of the page that is drawn."""
    if _LINK not in st.session_state:
        st.session_state[_LINK] = _Link(st.query_params.to_dict(), came=None)
    link: _Link = st.session_state[_LINK]
    return link


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


def _text(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
