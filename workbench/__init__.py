"""Error analysis on production LLM traces: ingest, redact, map, sample, read, rank, label, gate, watch.

    from workbench import Workspace
    ws = Workspace("w"); ws.ingest("traces.jsonl"); ws.map(); ws.clusters()

Importing the package is light: the heavy libraries are imported by the verb that needs them.
"""

from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Workspace", "WorkbenchError", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Workspace":
        from workbench.workspace import Workspace

        return Workspace
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
