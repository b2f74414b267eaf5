"""The Gate page: results of a release and of the one that is live, from a file, this machine, or a stored run.

Version, mode, release, paths and runs are in the URL; nothing is decided by a link. Whoever presses the button has
scored the set once more, and that is counted, because a set that is looked at often flatters what is tuned on it. An
uploaded file stays in memory; of it only the report is kept, which holds no output.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.first_run import can_upload, in_memory
from workbench.ui.golden import GoldenSet, golden_set
from workbench.ui.words import plain, when
from workbench.workspace import Workspace
from workbench.workspace.planning import rows_not_taken

TYPES = ["jsonl", "ndjson", "csv", "tsv"]
BY_CONTRACT, DEEP, TRIP_WIRE = "as the contract says", "deep", "trip-wire"
PRESSED, DECIDED = "gate.pressed", "gate.decided"
NOBODY = "people, checks or a file"
NONE = ""


@dataclass(frozen=True)
class Source:
    """Where results come from: an upload, a path, or a run; empty where nothing was chosen."""

    kind: str = ""
    name: str = ""
    mark: str = ""
    upload: Any = None

    def __bool__(self) -> bool:
        return bool(self.kind)

    @contextmanager
    def lent(self) -> Iterator[str | Path]:
        """What the gate takes: the id of a run, a path, or for the while a path to bytes in memory."""
        if self.kind == "upload":
            with in_memory(self.upload.getbuffer(), self.upload.name) as path:
                yield path
        else:
            yield self.name if self.kind == "run" else Path(self.name)

    @property
    def code(self) -> str:
        """The argument in a notebook: an upload by the name that it has on the person's own machine."""
        return repr(self.name)


@dataclass(frozen=True)
class GateDesk:
    """What is to be decided, and what was.

    Attributes:
        golden: The versions, each checked.
        version: The version that results are laid beside; None before the first.
        results: Of the release.
        baseline: Of the release that is live.
        asked: Version, mode, release and the like, as the verb takes them.
        report: What the gate says; None where nothing was decided.
        told: Rows of the files that were not taken, in sentences.
        why: Why nothing can be decided.
    """

    golden: GoldenSet
    version: int | None = None
    results: Source = Source()
    baseline: Source = Source()
    asked: tuple[tuple[str, Any], ...] = ()
    report: Any = None
    told: tuple[str, ...] = ()
    why: str = ""

    @property
    def ws(self) -> Workspace:
        """The workspace."""
        return self.golden.ws

    @property
    def state(self) -> str:
        """Name what everything here is kept by."""
        return f"{self.golden.state} {self.ws.settings.model_dump_json()}"

    @property
    def key(self) -> str:
        """Name what is to be decided."""
        return repr((self.results.mark, self.baseline.mark, self.asked))

    @property
    def touched(self) -> Any:
        """What verify found, where the version is not what was frozen."""
        return next((each for each in self.golden.touched if each.version == self.version), None)


def gate_desk(ws: Workspace) -> GateDesk:
    """Draw the controls and decide, where that was asked for."""
    golden = golden_set(ws)
    if golden.newest is None:
        return GateDesk(golden)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        versions = [str(each) for each in reversed(golden.versions["version"].tolist())]
        version = st.selectbox(
            "Golden set", versions, key="golden", bind="query-params", width=120, format_func=lambda each: f"v{each}"
        )
        mode = st.segmented_control(
            "Mode", [BY_CONTRACT, DEEP, TRIP_WIRE], default=BY_CONTRACT, required=True, key="mode", bind="query-params",
            help="A trip-wire tests the whole and critical slices only, with a wider margin. Deep tests every slice.",
        )  # fmt: skip
        candidate = st.text_input(
            "Release", key="candidate", bind="query-params", width=150, max_chars=80, placeholder="2.4.0",
            help="For the record. Sealed cases count where they were opened for this release.",
        )  # fmt: skip
        judge = _judge(ws, golden.state)
        grows = st.checkbox(
            "The run grows and is looked at several times", key="grows", bind="query-params",
            help="Bounds that hold at every look; takes 1.6 to 2 times as many cases.",
        )  # fmt: skip
    desk = GateDesk(golden, int(version))
    if desk.touched is not None:
        return desk
    results, baseline = _sources(ws, golden.state)
    asked = {
        "version": int(version), "mode": None if mode == BY_CONTRACT else mode, "anytime": grows, "judge": judge,
        "release": candidate.strip(),
    }  # fmt: skip
    return _decided(GateDesk(golden, int(version), results, baseline, tuple(asked.items())))


def _judge(ws: Workspace, state: str) -> str | None:
    """Let it be said whose verdicts these are, where there are judges."""
    names = _judges(ws, state)
    if not names:
        return None
    chosen = st.selectbox(
        "Verdicts by", [NOBODY, *names], key="judge", bind="query-params", width=210,
        help="A judge's verdicts count only where it is calibrated well enough to gate.",
    )  # fmt: skip
    return None if chosen == NOBODY else str(chosen)


def _sources(ws: Workspace, state: str) -> tuple[Source, Source]:
    """Let results and baseline be brought, and draw the button."""
    runs = _runs(ws, state)
    done = bool(st.session_state.get(PRESSED) or st.session_state.get(DECIDED))
    with st.expander("Results and baseline", icon=":material/upload_file:", expanded=not done):
        left, right = st.columns(2, gap="medium")
        with left:
            results = _source("results", "run", "Results of the release, case by case", runs)
        with right:
            baseline = _source("baseline", "live", "Baseline: the release that is live, on the same cases", runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Decide", key="gate.decide", type="primary", icon=":material/gavel:", disabled=not results,
            on_click=lambda: st.session_state.update({PRESSED: True}),
            help="Scores the set: a look, which is counted once for the same results.",
        )  # fmt: skip
        st.caption(_chosen(results, baseline), width="stretch")
    return results, baseline


def _chosen(results: Source, baseline: Source) -> str:
    if not results:
        return "Choose the results first."
    against = f"against {plain(baseline.name)}" if baseline else "without a baseline: thresholds alone decide"
    return f"{plain(results.name)} {against}"


def _source(key: str, run_key: str, label: str, runs: dict[str, str]) -> Source:
    """Let one set of results be chosen: an upload goes before a path, a path before a run."""
    upload = None
    if can_upload():
        upload = st.file_uploader(
            label, type=TYPES, key=f"gate.{key}", help="Stays in memory; of it only the report is kept."
        )
    else:
        st.markdown(label)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = st.text_input(
            "or a file on this machine", key=key, bind="query-params", placeholder=f"/runs/{key}.jsonl", width="stretch"
        ).strip()
        run = _run(run_key, runs) if runs else NONE
    if upload is not None:
        return Source("upload", upload.name, sha256(upload.getbuffer()).hexdigest(), upload)
    if path:
        file = Path(path)
        stat = file.stat() if file.is_file() else None
        return Source("path", path, f"{path} {stat.st_mtime_ns} {stat.st_size}" if stat else path)
    return Source("run", run, run) if run else Source()


def _run(key: str, runs: dict[str, str]) -> str:
    """Let a stored run be chosen; it stands in the URL by its id, and one that is gone chooses none."""
    given = st.query_params.get(key, NONE)
    st.session_state[f"gate.{key}"] = given if given in runs else NONE
    chosen: str = st.selectbox(
        "or a stored run", [NONE, *runs], key=f"gate.{key}", width="stretch", on_change=_chose, args=(key,),
        format_func=lambda each: runs.get(each, "none"),
    )  # fmt: skip
    return chosen


def _chose(key: str) -> None:
    chosen = st.session_state[f"gate.{key}"]
    if chosen == NONE:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen


def _decided(desk: GateDesk) -> GateDesk:
    """The desk with what the gate says, where that was asked for and nothing was changed since."""
    if not desk.results:
        st.session_state.pop(PRESSED, None)
        return desk
    if st.session_state.pop(PRESSED, False):
        st.session_state[DECIDED] = desk.key
    before = st.session_state.get(DECIDED)
    if before != desk.key:
        if before:
            st.info("What is to be decided has changed. Decide anew.", icon=":material/refresh:")
        return desk
    try:
        looks = len(desk.ws.gate_looks(desk.version))  # a look is no new revision
        report, told = _gated(desk.ws, f"{desk.state} {looks}", desk.key, desk)
    except WorkbenchError as error:
        return _with(desk, why=_short(str(error), desk.results, desk.baseline))
    return _with(desk, report=report, told=told)


def _with(desk: GateDesk, **more: Any) -> GateDesk:
    return GateDesk(desk.golden, desk.version, desk.results, desk.baseline, desk.asked, **more)


def _short(message: str, *sources: Source) -> str:
    """A message without the folder of a file that lies in memory."""
    for source in sources:
        found = message.find(f"/{source.name}") if source.kind == "upload" else -1
        message = message[found + 1 :] if found >= 0 else message
    return message


@st.cache_resource(max_entries=8, show_spinner="Deciding …")
def _gated(_ws: Workspace, state: str, key: str, _desk: GateDesk) -> tuple[Any, tuple[str, ...]]:
    """Decide once; the look is written down by the verb, once for the same results."""
    told = []
    with _desk.results.lent() as results:
        told += [_of(_desk.results, results)]
        if not _desk.baseline:
            return _ws.gate(results, **dict(_desk.asked)), tuple(filter(None, told))
        with _desk.baseline.lent() as baseline:
            told += [_of(_desk.baseline, baseline)]
            return _ws.gate(results, baseline=baseline, **dict(_desk.asked)), tuple(filter(None, told))


def _of(source: Source, path: str | Path) -> str | None:
    said = None if source.kind == "run" else rows_not_taken(path)
    return None if said is None else f"{source.name}: {said}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _judges(_ws: Workspace, state: str) -> list[str]:
    judged = _ws.judged()
    return sorted(judged.loc[judged["kind"] == "judge", "judge"].unique())


@st.cache_resource(max_entries=4, show_spinner=False)
def _runs(_ws: Workspace, state: str) -> dict[str, str]:
    """The stored runs by what they are called, the newest first."""
    rows = _ws.runs().iloc[::-1].to_dict("records")
    return {
        str(row["run_id"]): " · ".join(
            filter(None, (str(row["release"] or ""), f"v{row['version']}", when(row["started_at"])))
        )
        for row in rows
    }
