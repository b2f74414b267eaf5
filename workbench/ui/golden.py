"""The Golden set page: its versions and whether each is still what was frozen, checked when the page opens.

What verify found is kept for as long as the workspace and every golden file are as they were. A version that was
touched is named with file, line and case in the colour of failures, and nothing is read out of it. Of sealed cases
nothing is here but their number.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from workbench.charts import FAIL, PASS
from workbench.ui.cases_start import cases_start
from workbench.ui.codes import say_what_happened
from workbench.ui.tables import fitted
from workbench.ui.who import name_field, person
from workbench.ui.words import notebook, plain, when
from workbench.workspace import Workspace

CASES = "pages/cases.py"
AS_FROZEN, TOUCHED = "as it was frozen", "touched"
ROW = 35


@dataclass(frozen=True)
class GoldenSet:
    """The golden set in front of one person."""

    ws: Workspace
    person: str
    versions: pd.DataFrame
    verified: tuple[Any, ...]
    cases: pd.DataFrame

    @property
    def state(self) -> str:
        """What everything that is read of the set is kept by."""
        return state_of(self.ws)

    @cached_property
    def sound(self) -> list[int]:
        """The versions that are as they were frozen, newest first."""
        return [each.version for each in reversed(self.verified) if each.ok]

    @property
    def touched(self) -> list[Any]:
        """What verify found of the versions that are not."""
        return [each for each in self.verified if not each.ok]

    @property
    def newest(self) -> int | None:
        """The newest version; None before the first."""
        return int(self.versions["version"].max()) if len(self.versions) else None

    def count(self, status: str) -> int:
        """How many cases have a status."""
        return int((self.cases["status"] == status).sum())


def state_of(ws: Workspace) -> str:
    """Name the state of the workspace and of its golden files."""
    return f"{ws.path} {ws.revision} {ws.golden_stamp()}"


def golden_set(ws: Workspace) -> GoldenSet:
    """Read the versions and check each."""
    versions, verified, cases = _read(ws, state_of(ws))
    return GoldenSet(ws, person(ws), versions, verified, cases)


@st.cache_resource(max_entries=4, show_spinner="Checking the versions …")
def _read(_ws: Workspace, state: str) -> tuple[pd.DataFrame, tuple[Any, ...], pd.DataFrame]:
    return _ws.golden_versions(), tuple(_ws.verify_golden()), _ws.cases(pool="golden")


def golden_head(golden: GoldenSet) -> None:
    """Draw the line above: how much there is, whether it is sound, who is here."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(" · ".join(_head(golden)), width="stretch")
        name_field("golden", golden.person)
    say_what_happened()


def _head(golden: GoldenSet) -> list[str]:
    if golden.newest is None:
        parts = ["**no version yet**"]
    else:
        newest = golden.versions.iloc[-1]
        parts = [f"**v{golden.newest}** is the specification since {_day(newest['created_at'])}"]
        parts += (
            [f"{newest['cases']:,} cases, {newest['blind']:,} of them sealed"] if newest["cases"] is not None else []
        )
    waiting = golden.count("candidate")
    parts += [f"{waiting:,} candidates wait for a decision"] if waiting else []
    return parts


def golden_empty(golden: GoldenSet) -> bool:
    """Where there is neither case nor version, offer the ways to a first case; whether that was so."""
    if len(golden.cases) or golden.newest is not None:
        return False
    cases_start(golden.ws, golden.person, "golden")
    return True


def golden_versions(golden: GoldenSet) -> None:
    """List the versions, newest first, and what is wrong with those that were touched."""
    if golden.newest is None:
        st.info(
            "Nothing was frozen yet. The first version makes these cases the specification.", icon=":material/ac_unit:"
        )
        return
    rows = version_rows(golden.versions, golden.verified)
    colours = {AS_FROZEN: f"color: {PASS}; font-weight: 600", TOUCHED: f"color: {FAIL}; font-weight: 600"}
    st.dataframe(
        rows.style.map(lambda word: colours.get(word, ""), subset=["checked now"]),
        key="golden.versions",
        hide_index=True,
        row_height=ROW,
        height=fitted(len(rows), 300, ROW),
        column_config=_COLUMNS,
    )
    for each in golden.touched:
        st.error(_what_was_touched(each), icon=":material/gpp_bad:")
    for notice in dict.fromkeys(notice for each in golden.verified for notice in each.notices):
        st.caption(plain(notice))


_COLUMNS: dict[str, Any] = {
    "version": st.column_config.TextColumn(width=58),
    "checked now": st.column_config.TextColumn(
        width=112, help="Files, cases, order, signature and changelog against what was frozen, just now."
    ),
    "cases": st.column_config.NumberColumn(width=50),
    "sealed": st.column_config.TextColumn(width=72, help="Cases in the blind slice, and their share."),
    "changes": st.column_config.TextColumn(width=190),
    "frozen (UTC)": st.column_config.TextColumn(width=125),
    "by": st.column_config.TextColumn(width=70),
    "why": st.column_config.TextColumn(width=220),
    "looks": st.column_config.NumberColumn(width=50, help="How often the sealed slice was opened."),
    "sha256": st.column_config.TextColumn(
        width=150, help="Write it down somewhere else: workbench golden verify N --sha256 HASH then finds any forgery."
    ),
}


def version_rows(versions: pd.DataFrame, verified: tuple[Any, ...]) -> pd.DataFrame:
    """Make the table of versions, newest first, in the words of the page."""
    sound = {each.version: each.ok for each in verified}
    rows = versions.iloc[::-1]
    return pd.DataFrame(
        {
            "version": [f"v{each}" for each in rows["version"]],
            "checked now": [AS_FROZEN if sound.get(each) else TOUCHED for each in rows["version"]],
            "cases": pd.array(rows["cases"].tolist(), dtype="Int64"),
            "sealed": [_sealed(row) for row in rows.to_dict("records")],
            "changes": [_changes(row) for row in rows.to_dict("records")],
            "frozen (UTC)": [_moment(each) for each in rows["created_at"]],
            "by": rows["author"].astype("string").fillna("").tolist(),
            "why": rows["reason"].astype("string").fillna("").tolist(),
            "looks": rows["looks"].tolist(),
            "sha256": rows["sha256"].astype("string").fillna("").tolist(),
        }
    )


def _sealed(row: dict[Any, Any]) -> str:
    if row["blind"] is None or not row["cases"]:
        return ""
    return f"{row['blind']:,} ({row['blind'] / row['cases']:.0%})"


def _changes(row: dict[Any, Any]) -> str:
    told = [f"{row[how]:,} {how}" for how in ("added", "removed", "relabelled", "edited") if row[how]]
    return ", ".join(told)


def _moment(value: Any) -> str:
    return "" if value is None else when(pd.Timestamp(value))


def _day(value: Any) -> str:
    at = pd.Timestamp(value)
    return f"{at.day} {at:%b %Y}"


def _what_was_touched(verified: Any) -> str:
    lines = [
        f"- **{plain(each.file)}** {plain(each.problem)}" + (f" · case {plain(each.case_id)}" if each.case_id else "")
        for each in verified.problems
    ]
    return (
        f"**v{verified.version} is not what was frozen.** Nothing of it is shown or compared here. Restore its files "
        "from the repository or a backup.\n\n" + "\n".join(lines)
    )


def golden_next(golden: GoldenSet) -> None:
    """Say what to do next, and give the page in a notebook."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {_next(golden)}", width="content")
        if _to_gate(golden):
            st.page_link("pages/gate.py", label="Gate", icon=":material/arrow_forward:")
        st.page_link(CASES, label="Cases", icon=":material/arrow_forward:")
    notebook(golden_code(golden))


def _to_gate(golden: GoldenSet) -> bool:
    return golden.newest is not None and not golden.touched


def _next(golden: GoldenSet) -> str:
    if golden.touched:
        return "restore what was touched before anything is scored on it."
    if golden.count("candidate"):
        return f"decide on the {golden.count('candidate'):,} candidates."
    if golden.newest is None:
        return "freeze the first version once the cases are accepted." if golden.count("accepted") else "make cases."
    return "run the product on it, and gate the release; mine new candidates every week."


def golden_code(golden: GoldenSet) -> str:
    """Give what the page shows in a notebook."""
    lines = ["from workbench import Workspace, charts", "", f"ws = Workspace({str(golden.ws.path)!r})"]
    lines += ["versions = ws.golden_versions()", "verified = ws.verify_golden()", "looks = ws.golden_looks()"]
    lines += ["made_of = ws.golden_composition()", "charts.golden_sources(made_of.sources)"]
    lines += [f"charts.golden_growth(ws.golden_growth({sorted(golden.sound)}))"]
    pair = compared(golden)
    if pair is not None:
        lines.append(f"diff = ws.golden_diff{pair}")
    return "\n".join(lines)


def compared(golden: GoldenSet) -> tuple[int, int] | None:
    """The two versions that are compared: those in the URL, else the newest two that are sound."""
    if len(golden.sound) < 2:
        return None
    asked = [st.query_params.get(name, "") for name in ("before", "after")]
    before, after = (int(each) if each.isdigit() and int(each) in golden.sound else None for each in asked)
    return before or golden.sound[1], after or golden.sound[0]
