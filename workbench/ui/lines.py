"""The lines that give a page's figures and tables in a notebook; a test runs them and compares."""

from workbench.ui.explore import BY_MEANING_AT_MOST, BY_TEXT_AT_MOST, MAP, MapView
from workbench.ui.scatter import polygon
from workbench.workspace import Workspace


def overview_code(ws: Workspace) -> str:
    """Give the Overview page's figures."""
    return (
        f"from workbench import Workspace, charts\n\nws = Workspace({str(ws.path)!r})\nstate = ws.overview()\n"
        "charts.per_day(state.per_day, marks=state.marks)\n"
        "charts.failure_forest(state.clusters, overall=state.failure_signals.estimate)"
    )


def map_code(ws: Workspace, view: MapView) -> str:
    """Give the Map page's picture, table and comparison as they stand."""
    lines = ["import pandas as pd", "from workbench import Workspace, charts", "", f"ws = Workspace({str(ws.path)!r})"]
    lines += [
        "points = ws.points()",
        f"charts.scatter(points, colour={view.controls.colour!r}, clusters=ws.clusters())",
    ]
    if view.controls.filters.n_set:
        lines.append(view.controls.filters.code())
    if view.controls.query:
        limit = BY_MEANING_AT_MOST if view.controls.meaning else BY_TEXT_AT_MOST
        lines.append(f"found = ws.search({view.controls.query!r}, meaning={view.controls.meaning}, limit={limit})")
        lines.append("points = points[points.trace_id.isin(found.trace_id)]")
    drawn = polygon(MAP)
    if view.selected_by == "drawn" and drawn:
        corners = ", ".join(f"{name}={[round(each, 3) for each in drawn[name]]}" for name in ("x", "y"))
        lines.append(f"points = points[points.trace_id.isin(ws.within({corners}))]")
    elif view.selected_by == "cluster":
        lines.append(f"points = points[points.cluster == {view.cluster}]")
    if view.selected is not None:
        lines.append("print(ws.compare(points.trace_id))")
    if view.trace_id is not None:
        lines += [f"ws.trace({view.trace_id!r})", f"ws.neighbours({view.trace_id!r})"]
    return "\n".join(lines)
