"""The router: which pages there are. Draws nothing; workbench/ui/page.py says why."""

import streamlit as st

from workbench.ui.menu import SECTIONS
from workbench.ui.serving import may_draw

listed = [(path, title) for pages in SECTIONS.values() for path, title, _ in pages if may_draw(title)]
st.navigation(
    [st.Page(path, title=title, default=place == 0) for place, (path, title) in enumerate(listed)], position="hidden"
).run()
