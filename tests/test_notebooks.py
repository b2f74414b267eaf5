"""The notebooks run from top to bottom, as they are."""

import warnings
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
WRITES = {
    "tour": "points.csv",
    "error_analysis": "codes.csv",
    "agreement_study": "agreement.tex",
    "golden_set": "golden.jsonl",
    "drift": "drift.csv",
}
"""What each leaves behind when it ran to its end."""


@pytest.mark.deep
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel machinery's own
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
        client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs and not any(output.output_type == "error" for output in outputs)
    assert (tmp_path / WRITES[path.stem]).exists()
