"""What this server is for: all pages, or the one that annotators may see.

Whoever can open the Map or the Agreement page is not blind. A server started with ``workbench app --only queue`` draws
that page and no other, whatever address is asked for: the frame of every page asks here before it opens the workspace.
"""

import os

ONLY = "WORKBENCH_ONLY"
PAGES = {"queue": ("Queue",)}
"""What may be drawn, by what the server is for."""


def is_only() -> bool:
    """Whether this server serves a part of the pages."""
    return bool(os.environ.get(ONLY))


def may_draw(title: str) -> bool:
    """Whether the page of this title may be drawn here; where the server's purpose is not known, none may."""
    return not is_only() or title in PAGES.get(os.environ[ONLY], ())
