"""Where the app's own files lie: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

from workbench.errors import WorkbenchError


def app_folder() -> Path:
    """The folder that holds app.py, pages/ and sample_data/."""
    package = Path(__file__).parent
    for folder in (package / "_app", package.parent):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder
    raise WorkbenchError("app.py and pages/ are missing from this installation. Install trace-workbench again")
