"""The router: which pages there are. Draws nothing; workbench/ui/page.py says why."""

import streamlit as st

from workbench.ui.menu import SECTIONS, start
from workbench.ui.serving import is_only, may_draw

listed = [(path, title) for pages in SECTIONS.values() for path, title, _ in pages if may_draw(title)]
pages = [st.Page(path, title=title, default=place == 0 and not is_only()) for place, (path, title) in enumerate(listed)]
if is_only():  # the page at the root of a server has no address of its own, and the one that is served needs one
    pages.append(st.Page(start, title="Start", default=True))
st.navigation(pages, position="hidden").run()
