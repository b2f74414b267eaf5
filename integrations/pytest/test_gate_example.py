"""The gate as a test, beside the other tests of a product. Copy it, and say where workspace and results are.

    WORKBENCH=workspace WORKBENCH_RESULTS=results.jsonl pytest test_gate_example.py

*Undecided* is neither a pass nor a failure, and pytest has no word for it. Here it fails, and the message begins with
that word: whoever merges decides, not the test. A team that lets undecided releases through says so with
``WORKBENCH_UNDECIDED=xfail``; then it shows as an expected failure with its reason. It is never skipped.
"""

import os

import pytest

from workbench import Workspace


@pytest.fixture(scope="module")
def report():
    """What the gate says of these results."""
    return Workspace(os.environ.get("WORKBENCH", "workspace")).gate(
        os.environ.get("WORKBENCH_RESULTS", "results.jsonl"),
        baseline=os.environ.get("WORKBENCH_BASELINE"),
        contract=os.environ.get("WORKBENCH_CONTRACT"),
    )


def test_the_release_passes(report):
    """Everything that the contract demands is shown."""
    if report.verdict == "undecided" and os.environ.get("WORKBENCH_UNDECIDED") == "xfail":
        pytest.xfail(f"undecided: {report.reason}. {report.advice}")
    assert report.passed, f"{report.verdict}: {report.reason}. {report.advice}\n{report}"


def test_no_slice_fails(report):
    """A slice that breaks is named, however well the whole does."""
    assert report.failing == []
