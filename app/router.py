"""The page registry: which pages there are, in which order, and what happens when one breaks."""

import logging
import sys
from pathlib import Path

# Streamlit runs this file as a script; the pages import `app` and `core` from the root.
ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app import guarding  # noqa: E402
from app.shared import state, trouble, views, words  # noqa: E402

if __name__ == "router":
    # `streamlit run app/router.py`. Where Streamlit finds such a line it imports the file before it
    # answers anybody, and that ends here; else it would serve until a page is opened.
    app = st.App(__file__)
    guarding.refuse_to_start()

PAGES = (
    ("home", "Home", ":material/home:"),
    ("data", "Data", ":material/table_view:"),
    ("train", "Train", ":material/model_training:"),
    ("tradeoffs", "Trade-offs", ":material/show_chart:"),
    ("workload", "Workload", ":material/balance:"),
    ("cases", "Cases", ":material/list:"),
    ("worklist", "Worklist", ":material/checklist:"),
    ("runs", "Runs", ":material/list_alt:"),
    ("compare", "Compare", ":material/leaderboard:"),
    ("learn", "Learn", ":material/school:"),
)


def main() -> None:
    """Draws the frame and runs the chosen page."""
    if wrong := guarding.wrong_start():
        guarding.end_server(wrong)
        st.error(wrong)
        st.stop()
    # Our own file: a named icon would be fetched from another server.
    icon = str(ROOT / "app" / "icon.svg")
    st.set_page_config(page_title=words.TITLE, page_icon=icon, layout="wide")
    pages = [
        st.Page(ROOT / "pages" / f"{name}.py", title=title, icon=sign, default=name == "home")
        for name, title, sign in PAGES
    ]
    page = st.navigation(pages, position="top")
    st.logo(str(ROOT / "app" / "logo.svg"), size="medium")
    state.arrive(page.title)
    views.frame()
    trouble.pending()
    try:
        page.run()
    except Exception as error:  # control flow of streamlit is no Exception
        logging.getLogger("caseload").exception("page %s", page.title)
        trouble.show(error)
    views.refused_link()
    state.mirror()


main()
