"""Start the Streamlit pages on localhost for one workspace."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from workbench.places import app_folder
from workbench.workspace import Workspace


def serve(workspace: Path, *, port: int, open_browser: bool, only: str | None = None) -> NoReturn:
    """Become the server of the pages: this process is replaced, so whoever stops it stops the server.

    The server listens on localhost only and reports nothing to anybody.

    Args:
        workspace: The workspace's folder.
        port: The port on localhost.
        open_browser: Whether to open a browser.
        only: Serve one page, for annotators who must not see the others; a mistake then shows no traceback either.
    """
    Workspace.create(workspace)
    served = str(workspace.resolve())
    folder = app_folder()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(folder / "app.py"),
        "--server.address=localhost",
        f"--server.port={port}",
        f"--server.headless={'false' if open_browser else 'true'}",
        "--server.showEmailPrompt=false",  # on a machine new to Streamlit it would wait for an answer in the terminal
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
        "--client.toolbarMode=minimal",
        "--logger.hideWelcomeMessage=true",  # with it goes an offer to install things, which is not ours to make
    ]
    command += ["--client.showErrorDetails=none"] if only else []
    what = f"the page {only!r}" if only else "the pages"
    sys.stderr.write(f"{what} of {served}: http://localhost:{port} (Ctrl+C stops the server)\n")
    os.chdir(folder)
    purpose = {"WORKBENCH_ONLY": only} if only else {}
    os.execve(sys.executable, command, {**os.environ, "WORKBENCH": served, **purpose})
