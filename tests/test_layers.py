"""Who may import whom, walked over the code; and that importing the package stays light."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"

# room -> rooms it may import. A room is a top-level name inside the package.
ALLOWED = {
    "__init__": {"errors", "workspace", "__init__"},
    "__main__": {"cli"},
    "errors": set(),
    "tables": set(),
    "contract": {"errors"},
    "one_line": set(),
    "settings": {"contract", "errors", "rules"},
    "places": {"errors"},
    "stats": {"errors"},
    "formats": {"tables", "errors"},
    "store": {"tables", "errors"},
    "redact": {"stats", "tables", "errors"},
    "embed": {"stats", "tables", "errors"},
    "clusters": {"stats", "tables", "errors"},
    "signals": {"tables", "errors"},
    "compare": {"stats", "tables", "errors"},
    "search": {"stats", "tables", "errors"},
    "export": {"tables", "errors"},
    "sample": {"stats", "tables", "errors"},
    "codebook": {"stats", "tables", "errors"},
    "labels": {"codebook", "long_form", "stats", "tables", "errors"},
    "rubric": {"codebook", "labels", "tables", "errors"},
    "rules": {"labels", "tables", "errors"},
    "coverage": {"stats", "tables", "errors"},
    "drift": {"long_form", "one_line", "stats", "tables", "errors"},
    "mirror": {"one_line", "stats", "tables", "errors"},
    "refresh": {"one_line", "stats", "tables", "errors"},
    "golden": {"long_form", "stats", "tables", "errors"},
    "rank": {"codebook", "stats", "tables", "errors"},
    "long_form": {"tables", "errors"},
    "agree": {"long_form", "stats", "tables", "errors"},
    "queues": {"errors"},
    "gate": {"contract", "long_form", "stats", "tables", "errors"},
    "runs": {"service", "errors"},
    "service": {"errors"},
    "score": {"long_form", "rules", "tables", "errors"},
    "judge": {"long_form", "service", "stats", "tables", "errors"},
    "leakage": {"long_form", "stats", "tables", "errors"},
    "redact_file": {"redact", "errors"},
    # orchestration between the verbs and several rooms
    "ingest": {"formats", "store", "redact", "signals", "tables", "errors"},
    "atlas": {"embed", "clusters", "stats", "errors"},
    "lineage": {"atlas", "clusters", "stats", "errors"},
    "purge": {"atlas", "clusters", "errors"},
    "overview": {"stats", "redact", "errors"},
    "warm": {"clusters", "embed", "errors"},
    "charts": {"tables"},
    "workspace": None,  # every step, store and formats
    "ui": {"workspace", "charts", "demo", "errors", "tables", "__init__"},
    "cli": {"workspace", "errors", "redact", "redact_file", "formats", "serve", "demo", "__init__"},
    "serve": {"workspace", "places", "errors"},
    "demo": {"workspace", "places", "settings", "errors"},
}
HOSTS = {"ui", "cli", "serve", "demo"}


def _imports(path: Path) -> set[str]:
    """The rooms a file imports, type-only imports left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    type_only = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in type_only:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "workbench":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {_room(alias.name) for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("workbench.")}
    return found


def _room(name: str) -> str:
    return name if (PACKAGE / name).exists() or (PACKAGE / f"{name}.py").exists() else "__init__"


FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_app" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_layers(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert room in ALLOWED, f"a new room {room!r}: say in this test what it may import"
    allowed = ALLOWED[room]
    imported = _imports(path) - {room}
    if allowed is None:
        assert not imported & HOSTS
    else:
        assert imported <= allowed, f"{room} may not import {sorted(imported - allowed)}"


def test_only_the_ui_imports_streamlit() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in FILES
        if any(
            line.strip().startswith(("import streamlit", "from streamlit")) for line in path.read_text().splitlines()
        )
    }
    assert users <= {"ui"}


def test_importing_the_package_is_light() -> None:
    heavy = ("streamlit", "torch", "umap", "numba", "presidio_analyzer", "sentence_transformers", "pandas", "sklearn")
    code = f"import sys, workbench, workbench.cli; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_importing_the_workspace_loads_no_engine() -> None:
    heavy = ("streamlit", "torch", "umap", "numba", "presidio_analyzer", "sentence_transformers")
    code = f"import sys; from workbench import Workspace; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("whole", ["workbench.workspace.Workspace", "workbench.store.Store"])
def test_no_two_parts_of_a_class_bear_the_same_name(whole: str) -> None:
    """Verbs are written in many files; one that hides another of the same name would be called in its place."""
    module, _, name = whole.rpartition(".")
    parts = [part for part in getattr(import_module(module), name).__mro__ if part.__module__.startswith("workbench")]
    seen: dict[str, type] = {}
    hidden = []
    for part in reversed(parts):
        for attribute, value in vars(part).items():
            if attribute.startswith("__") or not (callable(value) or isinstance(value, property)):
                continue
            before = seen.get(attribute)
            if before is not None and not declared_only(before, attribute):
                hidden.append(f"{part.__name__}.{attribute} hides {before.__name__}.{attribute}")
            seen[attribute] = part
    assert hidden == []


def declared_only(part: type, attribute: str) -> bool:
    """Whether a part only says that another has it: the body raises NotImplementedError."""
    return "NotImplementedError" in getattr(vars(part)[attribute], "__code__", type(declared_only.__code__)).co_names
