"""The frame of a sample: the traces it may be drawn from, with what its strata ask about.

What takes time (groups of near-duplicates, the guess at injection attempts) is worked out once per state of the traces
and kept, so that a draw reads light columns only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, NotReady, TooLittleData
from workbench.store.reading import check_condition

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from workbench.store import Store

LIGHT = (
    "trace_id", "started_at", "latency_ms", "cost_usd", "status", "feedback", "signals", "name", "release", "tools_hash"
)  # fmt: skip
MARKS = "marks-1"  # the number goes up when what is worked out changes
UNCLUSTERED, OFF_MAP = -1, -2
NO_MAP = "there is no map yet (make one: workbench map)"


def read_frame(
    store: Store,
    *,
    since: object = None,
    until: object = None,
    where: str | None = None,
    clusters: Sequence[int] | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> DataFrame:
    """The traces of a window, one row each.

    Returns:
        The light columns of traces; signals joined by ", "; unit, length, injection, abandoned; cluster where there is
        a map (-1 unclustered, -2 not on the map).

    Raises:
        TooLittleData: No trace is there, or none meets the window.
        NotReady: Clusters were named and there is no map.
    """
    condition, params = _window(since, until, where)
    frame = store.traces(columns=LIGHT, where=condition, params=params)
    if frame.empty and not store.count():
        raise TooLittleData("this workspace holds no traces to draw from. Ingest some first: workbench ingest FILE")
    frame["signals"] = [", ".join(each) if hasattr(each, "__len__") else "" for each in frame["signals"].tolist()]
    frame = frame.merge(marks(store, progress), on="trace_id", how="left", validate="one_to_one")
    late = frame["unit"].isna().to_numpy()  # came in between the two reads: a group of its own
    if late.any():
        top = int(frame["unit"].max()) if not late.all() else -1
        frame.loc[late, "unit"] = range(top + 1, top + 1 + int(late.sum()))
    points = store.query("SELECT trace_id, cluster FROM points") if store.newest_map() is not None else None
    if points is not None:
        cluster = points.set_index("trace_id")["cluster"].astype("Int64").fillna(UNCLUSTERED)
        frame["cluster"] = frame["trace_id"].map(cluster).fillna(OFF_MAP).astype("int64")
    if clusters is not None:
        if points is None:
            raise NotReady("clusters were named and this workspace has no map yet. Make one: workbench map")
        frame = frame[frame["cluster"].isin(list(clusters))].reset_index(drop=True)
    if frame.empty:
        raise TooLittleData("no trace is in the part that since, until, where and clusters leave; widen it.")
    return frame


def matches(store: Store, frame: DataFrame, where: str) -> np.ndarray:
    """Which traces of a frame meet a SQL condition."""
    found = store.traces(columns=["trace_id"], where=where)["trace_id"]
    matched: np.ndarray = frame["trace_id"].isin(found).to_numpy(dtype=bool)
    return matched


def moment(value: object, *, end: bool = False) -> datetime | None:
    """A time given as a day or a moment, in UTC; a day as an end means the whole of it.

    Raises:
        BadRequest: It is neither.
    """
    if value is None:
        return None
    try:
        day = value if not isinstance(value, str) else None
        if isinstance(value, str):
            day = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        raise BadRequest(
            f"{str(value)[:40]!r} is no time; write a day as 2026-11-05 or a moment as 2026-11-05T14:30."
        ) from None
    if isinstance(day, datetime):
        return day.replace(tzinfo=UTC) if day.tzinfo is None else day.astimezone(UTC)
    if isinstance(day, date):
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=int(end))
    raise BadRequest("a window needs days or moments; write 2026-11-05 or 2026-11-05T14:30.")


def _window(since: object, until: object, where: str | None) -> tuple[str | None, list[Any]]:
    first, last = moment(since), moment(until, end=True)
    if where is not None:
        check_condition(where)  # alone: one that closes a bracket it did not open would step out of the window
    parts = [f"(\n{where}\n)"] if where is not None else []
    params: list[Any] = []
    for bound, sign in ((first, ">="), (last, "<")):
        if bound is not None:
            parts.append(f"started_at {sign} ?")
            params.append(bound)
    if params and where is not None and "?" in where:
        raise BadRequest("a condition with a question mark cannot go with --since or --until; write the times into it.")
    return " AND ".join(parts) or None, params


def marks(store: Store, progress: Callable[[str, int, int | None], None] | None = None) -> DataFrame:
    """What a draw needs of the texts: trace_id, unit, length, injection, abandoned; worked out where it is not kept."""
    kept = store.marks(MARKS)
    if kept is not None:
        return kept
    from workbench.sample import near_duplicate_groups

    report = progress or (lambda stage, done, total: None)
    state = store.traces_state()
    report("near-duplicates", 0, None)
    last_role = "json_extract_string(messages, '$[#-1].role')"
    texts = store.query(
        "SELECT trace_id, concat_ws(' ', input, output) AS text, n_turns, n_tool_calls,"
        f" CASE WHEN json_valid(messages) THEN {last_role} END AS last_role FROM traces ORDER BY trace_id"
    )
    shape = texts["n_turns"].astype("string").fillna("") + "/" + texts["n_tool_calls"].astype("string").fillna("")
    text = [each if isinstance(each, str) else None for each in texts["text"].tolist()]
    made = texts[["trace_id"]].assign(
        unit=near_duplicate_groups(text, shape.tolist()), length=[len(each or "") for each in text]
    )
    report("injection attempts", 0, None)
    guesses = _injections(store)
    made["injection"] = made["trace_id"].map(guesses).astype("string").fillna("")
    made["abandoned"] = texts["last_role"].str.lower().isin(_user_roles()).to_numpy(dtype=bool)
    if store.traces_state() == state:
        store.save_marks(MARKS, state, made)
    return made


def _user_roles() -> frozenset[str]:
    from workbench.signals import USER_ROLES

    return USER_ROLES


def _injections(store: Store) -> dict[str, str]:
    """Families of injection attempts by trace; the text of operators and models is left out."""
    import orjson

    from workbench.sample import injection_pattern, injection_patterns

    look = "replace(concat_ws(' ', input, messages, retrieved), '\\n', ' ')"
    likely = store.query(
        f"SELECT trace_id, input, messages, retrieved FROM traces WHERE regexp_matches({look}, ?, 'i')",
        [injection_pattern()],
    )
    found = {}
    for row in likely.itertuples():
        texts = [row.input] if isinstance(row.input, str) else []
        for column in (row.messages, row.retrieved):
            texts += _foreign(orjson.loads(column)) if isinstance(column, str) else []
        families = injection_patterns(texts)
        if families:
            found[row.trace_id] = ", ".join(families)
    return found


def _foreign(items: Any) -> list[str]:
    """The texts of messages and passages that neither the operator nor the model wrote."""
    from workbench.signals import ASSISTANT_ROLES, plain_text

    own = ASSISTANT_ROLES | {"system", "developer"}
    texts = []
    for item in items if isinstance(items, list) else [items]:
        if not isinstance(item, Mapping) or str(item.get("role") or "").lower() not in own:
            texts.append(plain_text(item))
    return texts
