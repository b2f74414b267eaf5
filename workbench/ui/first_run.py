"""Three ways in: the demo, a file, an export from a platform; and bringing more in later.

Raw text never rests on disk: an uploaded file stays in memory and ingest reads it through a descriptor that has no
name in any folder (Linux). Where the system has no such descriptors the upload is not offered, and the page asks for a
path instead, because writing a temporary file would be exactly what redaction on the way in is there to prevent.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import cached
from workbench.ui.words import plain
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from workbench.ingest import IngestReport

PROMISE = (
    "What happens to your data: it is read on this machine; names, contact details and other personal data are "
    "replaced before the first byte is written; "
)

PLATFORMS = (
    ("Langfuse", "open a trace, download it as JSON"),
    ("Arize Phoenix", "export the project's spans as JSON or Parquet"),
    ("OpenTelemetry", "OTLP/JSON lines from the collector's file exporter"),
    ("Braintrust", "download the logs as CSV or JSON"),
    ("Anything else", "JSONL, CSV or Parquet with one conversation or one message pair a row"),
)


def first_run(ws: Workspace) -> None:
    """Offer the ways in to a workspace that holds no traces."""
    st.space("small")
    st.markdown("#### This workspace is empty. Three ways in:")
    demo, file, platform = st.columns(3, gap="medium", border=True)
    with demo:
        st.markdown("##### :material/science: Look at the demo")
        st.markdown("About 1,500 made-up traces of a travel and retail assistant, with failures to find.")
        st.caption("Built in a folder of its own beside this workspace; takes a minute.")
        if st.button("Build and open the demo", type="primary", width="stretch"):
            open_demo(ws)
    with file:
        st.markdown("##### :material/upload_file: Bring a file")
        bring_in(ws)
    with platform:
        st.markdown("##### :material/hub: From your platform")
        for name, how in PLATFORMS:
            st.markdown(f"**{name}** · {how}")
        st.caption("Then bring the file in here, or: `workbench ingest FILE`. The format is found by looking inside.")
    url = ws.settings.embedding.url
    sent = (
        f"the redacted texts are then sent to {plain(url)} for their vectors." if url else "nothing is sent anywhere."
    )
    st.info(PROMISE + sent, icon=":material/shield_lock:")
    state = cached.overview(ws)
    st.caption(f"Redaction policy: {plain(state.policy)}. {plain(state.leaks)}")


def bring_in(ws: Workspace) -> None:
    """Take files or a path from the person and ingest them, with progress, then say what became of every row."""
    uploads = []
    if can_upload():
        uploads = st.file_uploader(
            "Files: JSONL, JSON, CSV or Parquet",
            accept_multiple_files=True,
            key="upload",
            help="Stays in memory until it is redacted; nothing raw is written to disk.",
        )
    path = st.text_input("or a file or folder on this machine", key="upload.path", placeholder="/exports/traces.jsonl")
    if st.button("Bring in", type="primary", disabled=not (uploads or path), width="stretch"):
        with ExitStack() as stack:
            named = {str(stack.enter_context(in_memory(each.getbuffer(), each.name))): each.name for each in uploads}
            take(ws, [*named, *filter(None, [path.strip()])], named)


def take(ws: Workspace, paths: Sequence[str], names: dict[str, str]) -> None:
    """Ingest and map, showing how far it is; then read everything anew.

    Args:
        paths: What to ingest.
        names: How to call a path that is only a descriptor.
    """
    with st.status("Reading and redacting …", expanded=True) as status:
        try:
            report = ws.ingest(*paths, progress=progress_line())
            st.session_state["brought"] = account(report, names)
            if not report.took_anything:
                status.update(label="Nothing could be taken in", state="error")
                show_account()
                return
            status.update(label="Laying out the map …")
            ws.map(update=ws.has_map(), progress=progress_line())
        except WorkbenchError as error:
            status.update(label="That did not work", state="error")
            st.error(plain(_renamed(str(error), names)))
            return
    st.rerun()


def show_account() -> None:
    """Tell what became of the rows that were just brought in, once."""
    told = st.session_state.pop("brought", None)
    if told is None:
        return
    (st.success if told["took"] else st.error)(told["summary"], icon=":material/inventory:")
    for notice in told["notices"]:
        st.caption(notice)
    if told["rejected"]:
        with st.expander(f"Rows that could not be read: {len(told['rejected']):,}", expanded=not told["took"]):
            st.dataframe(told["rejected"], hide_index=True, height=220)


def account(report: "IngestReport", names: dict[str, str]) -> dict[str, Any]:
    """Put an ingest into words; the notices carry the columns that were guessed."""
    redacted = ", ".join(f"{count:,} {entity.lower().replace('_', ' ')}" for entity, count in _most(report.redacted))
    summary = (
        f"{report.traces:,} new traces, {report.duplicates:,} known already, {report.rejected:,} could not be read. "
        f"Redacted by {report.ner}: {redacted or 'nothing found'}."
    )
    return {
        "took": report.took_anything,
        "summary": plain(summary),
        "notices": [plain(_renamed(notice, names)) for notice in report.notices[:12]],
        "rejected": [
            {**row, "file": names.get(str(row["file"]), str(row["file"])), "reason": _renamed(row["reason"], names)}
            for row in report.rejected_rows[:500]
        ],
    }


def open_demo(ws: Workspace) -> None:
    """Build the demo beside the workspace and switch this browser session to it."""
    from workbench.demo import build_demo

    folder = ws.path.resolve().parent / "demo"
    with st.status("Building the demo …", expanded=True) as status:
        try:
            build_demo(folder, progress=progress_line())
        except WorkbenchError as error:
            status.update(label="That did not work", state="error")
            st.error(plain(error))
            return
    st.session_state["workspace"] = str(folder)
    st.rerun()


def progress_line() -> Callable[[str, int, int | None], None]:
    """Make a progress callback that draws one bar and moves it at most a hundred times a stage."""
    bar = st.progress(0.0, text="Starting …")
    shown: dict[str, int] = {}

    def report(stage: str, done: int, total: int | None) -> None:
        step = int(100 * done / total) if total else done // 1000
        if shown.get(stage) == step:
            return
        shown[stage] = step
        text = f"{plain(stage)}: {done:,} of {total:,}" if total else f"{plain(stage)}: {done:,}"
        bar.progress(min(max(step / 100, 0.0), 1.0) if total else 0.0, text=text)

    return report


def can_upload() -> bool:
    """Whether this system can hold a file in memory under a path of its own."""
    return hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


@contextmanager
def in_memory(content: memoryview | bytes, name: str) -> Iterator[Path]:
    """Lend a path to bytes that lie in memory only; the path, a link to a descriptor, is gone with the block.

    >>> with in_memory(b"raw", "mine.jsonl") as path:
    ...     path.name, path.read_bytes()
    ('mine.jsonl', b'raw')
    """
    descriptor = os.memfd_create("upload", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        with TemporaryDirectory() as folder:
            link = Path(folder) / (Path(name).name or "upload")
            link.symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
            yield link
    finally:
        os.close(descriptor)


def _most(redacted: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(redacted.items(), key=lambda each: -each[1])[:6]


def _renamed(text: str, names: dict[str, str]) -> str:
    for path, name in names.items():
        text = text.replace(path, name)
    return text
