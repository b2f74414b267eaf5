"""The menu: which pages there are, in which sections.

Streamlit's own menu is switched off: after a deep link to a server that has just started it would list file names, and
differ from the menu everybody else sees. ``app.py`` routes by this list and every page draws it.
"""

import streamlit as st

from workbench.ui.serving import may_draw

SECTIONS: dict[str, list[tuple[str, str, str]]] = {
    "Explore": [
        ("pages/overview.py", "Overview", ":material/dashboard:"),
        ("pages/map.py", "Map", ":material/scatter_plot:"),
        ("pages/drift.py", "Drift", ":material/timeline:"),
    ],
    "Review": [
        ("pages/sample.py", "Sample", ":material/casino:"),
        ("pages/read.py", "Read & tag", ":material/menu_book:"),
        ("pages/codebook.py", "Codebook", ":material/style:"),
        ("pages/rank.py", "Rank", ":material/sort:"),
    ],
    "Label": [
        ("pages/rubric.py", "Rubric", ":material/rule:"),
        ("pages/queue.py", "Queue", ":material/inbox:"),
        ("pages/agreement.py", "Agreement", ":material/handshake:"),
        ("pages/judges.py", "Judges", ":material/gavel:"),
    ],
    "Evaluate": [
        ("pages/coverage.py", "Coverage", ":material/grid_on:"),
        ("pages/regress.py", "Regressions", ":material/assignment_late:"),
        ("pages/cases.py", "Cases", ":material/fact_check:"),
        ("pages/golden.py", "Golden set", ":material/verified:"),
        ("pages/mirror.py", "Mirror", ":material/flip:"),
        ("pages/gate.py", "Gate", ":material/door_open:"),
        ("pages/power.py", "Power", ":material/query_stats:"),
    ],
}


def menu() -> None:
    """Draw the menu."""
    for section, pages in SECTIONS.items():
        drawn = [each for each in pages if may_draw(each[1])]
        if not drawn:
            continue
        with st.container(gap=None):
            st.caption(section)
            for path, title, icon in drawn:
                st.page_link(path, label=title, icon=icon, width="stretch")


def start() -> None:
    """Go to the first page that is served here."""
    served = [path for pages in SECTIONS.values() for path, title, _ in pages if may_draw(title)]
    if served:
        st.switch_page(served[0])
    st.error("No page is served here: what this server is for is not known. Start it with `workbench app`.")
