"""A page opened in a test the way a person does, through the router, and everything it says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from workbench import Workspace

APP = str(Path(__file__).parent.parent / "app.py")
PATIENCE = 120  # seconds for one run of a script; a slow machine makes a test slow, not wrong


def open_page(ws: Workspace | Path, page: str, monkeypatch: pytest.MonkeyPatch, **query: str | list[str]) -> AppTest:
    """Open a page with a query; it has to get through without an exception."""
    monkeypatch.setenv("WORKBENCH", str(ws.path if isinstance(ws, Workspace) else ws))
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def opener(page: str) -> Callable[..., AppTest]:
    """What opens one page: ``(ws, monkeypatch, **query)``."""

    def opened(ws: Workspace | Path, monkeypatch: pytest.MonkeyPatch, **query: str | list[str]) -> AppTest:
        return open_page(ws, page, monkeypatch, **query)

    return opened


def said(app: AppTest, *, code: bool = False) -> str:
    """Everything a page says in Markdown, captions, notices and text; and in code, which is never read as Markdown."""
    kinds = [app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.toast, app.text]
    return "\n".join(str(part.value) for parts in (*kinds, *([app.code] if code else [])) for part in parts)
