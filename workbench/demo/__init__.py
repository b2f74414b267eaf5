"""The demo workspace: synthetic traces, mapped, labelled by three people and judged; a golden set in two versions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.demo.golden import golden_loop
from workbench.places import app_folder
from workbench.settings import SETTINGS_FILE
from workbench.workspace import Workspace


def build_demo(folder: Path, *, progress: Callable[[str, int, int | None], None] | None = None) -> dict[str, Any]:
    """Ingest sample_data/traces.jsonl, map it, take in who labelled what, freeze cases; what is there is kept.

    Returns:
        workspace, traces (in the workspace), new, clusters, labels (new), judged (labels of judges, new), golden
        (versions), gates (verdicts by release and version) and ner.
    """
    sample = app_folder() / "sample_data"
    settings = folder / SETTINGS_FILE
    if not settings.exists():
        folder.mkdir(parents=True, exist_ok=True)
        settings.write_text((sample / SETTINGS_FILE).read_text(encoding="utf-8"), encoding="utf-8")
    workspace = Workspace.create(folder)
    report = workspace.ingest(sample / "traces.jsonl", progress=progress)
    if report.traces or not workspace.has_map():
        workspace.map(progress=progress)
    if workspace.samples().empty:
        workspace.import_sample(sample / "sample.csv", name="labelled in October and November")
    if workspace.rubric().version == 0:  # before the labels, which carry its version
        workspace.import_rubric(sample / "rubric.toml", author="demo", reason="what the annotators labelled by")
    labels = workspace.import_labels(sample / "labels.csv", create_codes=True)
    judged = [workspace.import_labels(sample / name).labels for name in ("judge.csv", "judges_more.csv")]
    workspace.run_rules(progress=progress)
    if workspace.queues().empty:
        workspace.make_queue(workspace.samples()["sample_id"].iloc[0], overlap=0.3, name="try it", author="demo")
    golden = golden_loop(workspace, sample, progress=progress)
    clusters = workspace.clusters()
    return {
        "workspace": str(folder),
        "traces": workspace.count(),
        "new": report.traces,
        "clusters": len(clusters),
        "labels": labels.labels,
        "judged": sum(judged),
        "golden": golden["versions"],
        "gates": golden["verdicts"],
        "ner": report.ner,
    }
