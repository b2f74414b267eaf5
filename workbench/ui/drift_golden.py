"""Retrieval of the golden queries: what they fetch beside what they fetched when it was last written down."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from workbench.charts import percent
from workbench.ui.drift_tables import MEASURES, difference, table, value_words
from workbench.ui.drift_verdict import p_words
from workbench.ui.words import plain

NO_SNAPSHOT = (
    "No snapshot of the golden queries is kept, so it cannot be told whether the index or the questions changed."
    " Bring what they fetch: workbench retrieval snapshot FILE"
)
MOST = 50


def golden_queries_shown(found: Any) -> None:
    """Draw the comparison with the snapshot; say what is missing where there is none."""
    st.markdown("**The golden queries**, which stay the same: what they fetch is the retriever's doing")
    if found.jaccard is None:
        st.caption(plain(" ".join(found.sentences) or NO_SNAPSHOT))
        return
    mark = {True: ":primary[●]", False: ":gray[○]"}.get(found.changed, ":gray[–]")
    first, *rest = [plain(each) for each in found.sentences]
    st.markdown("  \n".join([f"{mark} {first}", *rest]))
    left, right = st.columns([55, 45], gap="medium")
    with left:
        rows = found.measures
        table(paired_rows(rows), rows["p_bh"] <= found.level, "drift.golden")
    with right:
        unlike = found.frame[found.frame["jaccard"] < 1].head(MOST)
        if unlike.empty:
            st.caption("Every query fetches what it fetched.")
        else:
            table(query_rows(unlike), unlike["jaccard"] < 1, "drift.queries", _COLUMNS)


_COLUMNS = {"case": st.column_config.LinkColumn(display_text=r"case=([^&]*)", width=90)}


def paired_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of scores of the same queries, then and now."""
    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            "": [MEASURES[row["measure"]] for row in rows],
            "then": [value_words(row["measure"], row["before"]) for row in rows],
            "now": [value_words(row["measure"], row["now"]) for row in rows],
            "difference": [difference(row) for row in rows],
            "p": ["" if pd.isna(row["p_bh"]) else p_words(row["p_bh"]) for row in rows],
            "queries": [f"{row['n']:,}" for row in rows],
        }
    )


def query_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of queries that fetch something else, the least alike first."""
    return pd.DataFrame(
        {
            "case": [f"cases?{urlencode({'case': each})}" for each in frame["case_id"]],
            "shared": [percent(each) for each in frame["jaccard"]],
            "gone": [", ".join(map(str, each)) for each in frame["gone"]],
            "came": [", ".join(map(str, each)) for each in frame["came"]],
        }
    )
