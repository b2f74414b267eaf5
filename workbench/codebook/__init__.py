"""The codebook: what failures are called, in versions, and what old labels mean after every change."""

from workbench.codebook.book import Change, Code, Codebook, History
from workbench.codebook.changes import (
    By,
    create,
    edit,
    import_codes,
    merge,
    rename,
    restore,
    retire,
    split,
)
from workbench.codebook.fields import EDITABLE, severity_of
from workbench.codebook.lineage import Lineage, Meaning, to_current, touched
from workbench.codebook.names import clean_name, same_name
from workbench.codebook.settled import settled_codes

__all__ = [
    "EDITABLE",
    "By",
    "Change",
    "Code",
    "Codebook",
    "History",
    "Lineage",
    "Meaning",
    "clean_name",
    "create",
    "edit",
    "import_codes",
    "merge",
    "rename",
    "restore",
    "retire",
    "same_name",
    "settled_codes",
    "severity_of",
    "split",
    "to_current",
    "touched",
]
