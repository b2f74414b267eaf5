"""Start the Streamlit pages on localhost for one workspace."""

import os
import subprocess
import sys
from pathlib import Path

from workbench.places import app_folder
from workbench.workspace import Workspace


def serve(workspace: Path, *, port: int, open_browser: bool) -> int:
    """Run the pages until they are stopped; returns the exit status of the server.

    The server listens on localhost only and reports nothing to anybody.
    """
    Workspace.create(workspace)
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
    ]
    environment = {**os.environ, "WORKBENCH": str(Path(workspace).resolve())}
    try:
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
