"""Codes that were settled one by one: labels whose dimension is ``code: NAME`` and whose value is yes or no.

Settling one code of a trace says nothing about its other codes. The name is the one the code had then; a *no* holds as
long as the code is the same one, because that a trace is no case of a part says nothing about the whole it was merged
into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.codebook.lineage import to_current

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.codebook.book import History

OF_CODE = "code: "
YES = "yes"


def settled_codes(labels: DataFrame, history: History) -> DataFrame:
    """The labels that settle one code, under the names codes have now.

    Args:
        labels: Label rows with at least trace_id, dimension, value and codebook_version.
        history: Every version of the codebook.

    Returns:
        Their rows with ``dimension`` as it reads now and ``code``, the name; those whose code is gone are left out.
    """
    rows = labels[labels["dimension"].str.startswith(OF_CODE).fillna(False).astype(bool)]
    names = rows["dimension"].str.removeprefix(OF_CODE)
    found = to_current(rows.assign(dimension="code", value=names), history)
    unknown = (found["why"] == "unknown").fillna(False)
    name = found["code"].astype(object).mask(unknown, names.astype(object))
    active = {code.code_id for code in history.current.active}
    same = found["code_id"].isna() | found["code_id"].isin(active)
    kept = name.notna() & ((rows["value"] == YES) | same)
    return rows.assign(code=name, dimension=OF_CODE + name.astype("str"))[kept]
