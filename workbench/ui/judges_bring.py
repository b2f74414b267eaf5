"""Bring a judge's labels from a file, or define a judge: by a form or a TOML file, in versions.

An uploaded file stays in memory and passes the redactor like everything that is brought in. A key is never asked for:
the form takes the name of the environment variable that holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.first_run import can_upload, in_memory
from workbench.ui.judges import state_of
from workbench.ui.who import READER
from workbench.ui.words import plain
from workbench.workspace import Workspace

BROUGHT = "judges.brought"
DEFINED = "judges.defined"
TROUBLE = "judges.define.trouble"
FIELDS = "judges.define."
FORM = ("model", "provider", "url", "key_env", "dimension", "price_in", "price_out", "prompt")
NEW = "a new judge"
PROMPT = """\
You check the answers of an assistant against what it was given.

Conversation:
{conversation}

Passages and tool results it had:
{passages}

Fail the last answer if the customer would be misled, or is left without the help that was possible. Else pass it.
First say in one or two sentences what decides it.

{answer_format}"""


def judge_bring(ws: Workspace) -> None:
    """Take a judge's labels from a file."""
    _told(BROUGHT)
    st.markdown(
        "Columns `trace_id` and `value`; if there: `annotator`, `dimension`, `note` (the critique), `labelled_at`."
    )
    upload = None
    if can_upload():
        upload = st.file_uploader(
            "A judge's labels: CSV, JSONL, JSON or Parquet", key="judges.upload",
            help="Stays in memory until it is redacted; nothing raw is written to disk.",
        )  # fmt: skip
    path = st.text_input("or a file on this machine", key="judges.path", placeholder="/exports/judge.csv")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Judge, where the file does not say", key="judges.name", width=260)
        dimension = st.text_input("Dimension, where it does not", value="outcome", key="judges.on", width=220)
        if st.button("Bring in", key="judges.bring", type="primary", disabled=not (upload or path.strip())):
            _take(ws, upload, path.strip(), name.strip(), dimension.strip())


def _take(ws: Workspace, upload: Any, path: str, name: str, dimension: str) -> None:
    try:
        with _file(upload, path) as source:
            report = ws.import_labels(
                source, annotator=name or None, annotator_kind="judge", dimension=dimension or None
            )
    except WorkbenchError as error:
        called = upload.name if upload else path
        st.error(plain(_short(str(error), called)), icon=":material/error:")
        return
    known = f", {report.known:,} were there already" if report.known else ""
    unread = f", {report.unreadable:,} of them cannot be read" if report.unreadable else ""
    st.session_state[BROUGHT] = {
        "text": f"{report.labels:,} labels added{known}{unread}; {report.rejected:,} rows rejected.",
        "rejected": [{"row": row["row"], "reason": row["reason"]} for row in report.rejected_rows[:500]],
    }
    st.rerun()


@contextmanager
def _file(upload: Any, path: str) -> Iterator[Path]:
    if upload is None:
        yield Path(path)
        return
    with in_memory(upload.getbuffer(), upload.name) as source:
        yield source


def _short(message: str, name: str) -> str:
    """A message without the folder of a file that lies in memory."""
    found = message.find(f"/{name}")
    return message if found < 0 else message[found + 1 :]


def _told(key: str) -> None:
    told = st.session_state.pop(key, None)
    if told:
        (st.success if not told["rejected"] else st.warning)(plain(told["text"]), icon=":material/inventory:")
        if told["rejected"]:
            st.dataframe(told["rejected"], hide_index=True, height=180)


def judge_define(ws: Workspace) -> None:
    """Define a judge, or its next version, by a form or a file."""
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        st.error(plain(trouble), icon=":material/error:")
    _told(DEFINED)
    names = _judges(ws, state_of(ws))
    left, right = st.columns([30, 70], gap="large")
    with left:
        st.selectbox("Change", [NEW, *names], key="judges.change", on_change=_fill, args=(ws,))
        st.text_input("By", key=f"{FIELDS}author", value=st.session_state.get(READER, ""), max_chars=60)
        st.text_input("Why, or what changed", key=f"{FIELDS}reason", placeholder="fails promises of refunds now")
        st.markdown("**From a TOML file** instead of the form: the same fields.")
        if can_upload():
            upload = st.file_uploader("Description of a judge", type="toml", key="judges.toml")
            name = st.text_input("Its name", key="judges.toml.name", placeholder="refunds-judge")
            if st.button("Define from the file", disabled=not (upload and name.strip())):
                _define_file(ws, upload, name.strip())
    with right:
        _form(ws)


def _form(ws: Workspace) -> None:
    if f"{FIELDS}prompt" not in st.session_state:
        st.session_state[f"{FIELDS}prompt"] = PROMPT
    with st.form("judges.define", border=False):
        with st.container(horizontal=True):
            st.text_input("Name", key=f"{FIELDS}name", max_chars=60, placeholder="refunds-judge")
            st.text_input("Model", key=f"{FIELDS}model", placeholder="aria-large-2")
            st.text_input("Made by", key=f"{FIELDS}provider", placeholder="if the name does not tell")
        with st.container(horizontal=True):
            st.text_input(
                "Address (OpenAI-compatible)", key=f"{FIELDS}url", placeholder="http://localhost:8080/v1",
                help="The redacted text of the chosen traces is sent there, and nowhere else, when a run is started.",
            )  # fmt: skip
            st.text_input(
                "Variable that holds the key", key=f"{FIELDS}key_env", placeholder="JUDGE_KEY",
                help="The name of an environment variable of this server. The key itself is never asked for, shown or "
                "stored.",
            )  # fmt: skip
        with st.container(horizontal=True):
            st.text_input("Dimension", key=f"{FIELDS}dimension", placeholder="outcome")
            st.number_input("$ per million tokens in", 0.0, value=None, key=f"{FIELDS}price_in", format="%g")
            st.number_input("$ per million tokens out", 0.0, value=None, key=f"{FIELDS}price_out", format="%g")
        st.text_area(
            "Prompt", key=f"{FIELDS}prompt", height=260,
            help="May hold {input}, {output}, {conversation}, {passages}, {rubric} and {answer_format}. It is redacted "
            "before it is stored, and sent as it is stored.",
        )  # fmt: skip
        st.form_submit_button("Define this version", type="primary", on_click=_define, args=(ws,))


def _given() -> dict[str, Any]:
    """The fields of the form that say something."""
    values = {name: st.session_state.get(f"{FIELDS}{name}") for name in FORM}
    stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    return {name: value for name, value in stripped.items() if value not in (None, "")}


def _define(ws: Workspace) -> None:
    name = st.session_state.get(f"{FIELDS}name", "")
    before = _spec_of(ws, st.session_state.get("judges.change", NEW))
    kept = {field: value for field, value in before.items() if field not in FORM}
    _store(ws, name, kept | _given())


def _define_file(ws: Workspace, upload: Any, name: str) -> None:
    with in_memory(upload.getbuffer(), upload.name) as source:
        _store(ws, name, source)
    st.rerun()


def _store(ws: Workspace, name: str, spec: Any) -> None:
    author, reason = (st.session_state.get(f"{FIELDS}{each}") or "" for each in ("author", "reason"))
    try:
        made = ws.define_judge(name, spec, author=author, reason=reason)
    except WorkbenchError as error:
        st.session_state[TROUBLE] = str(error)
        return
    new = "defined" if made.new else "is as it was: nothing in it changed"
    st.session_state[DEFINED] = {
        "text": " ".join([f"{name} version {made.version} {new}.", *made.notices]),
        "rejected": [],
    }


def _spec_of(ws: Workspace, name: str) -> dict[str, Any]:
    """What was said of the judge in its newest version; nothing of a new one."""
    if name == NEW:
        return {}
    spec: dict[str, Any] = ws.judge_version(name).spec.model_dump(mode="json", exclude_defaults=True)
    return spec


def _fill(ws: Workspace) -> None:
    """Fill the form with the newest version of the judge that is to be changed."""
    name = st.session_state["judges.change"]
    spec = _spec_of(ws, name)
    st.session_state[f"{FIELDS}name"] = "" if name == NEW else name
    for field in ("model", "provider", "url", "key_env", "dimension"):
        st.session_state[f"{FIELDS}{field}"] = spec.get(field) or ""
    for field in ("price_in", "price_out"):
        st.session_state[f"{FIELDS}{field}"] = spec.get(field)
    st.session_state[f"{FIELDS}prompt"] = spec.get("prompt") or PROMPT


@st.cache_resource(max_entries=4, show_spinner=False)
def _judges(_ws: Workspace, state: str) -> list[str]:
    return _ws.judges()["judge"].tolist()
