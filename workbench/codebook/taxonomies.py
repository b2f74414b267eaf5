"""Published taxonomies of failures as optional starting points, as data files beside this module.

A list made elsewhere is a help in round two and a hindrance in round one: who reads with it in hand sees what is on
it. The names are facts, given with their source; what is said about them is said in our own words. No severities are
given, because what a failure costs is known only to whoever runs the product.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import UnknownName

FOLDER = Path(__file__).parent / "published"
TAXONOMIES: tuple[str, ...] = ("mast", "trail", "agentrx", "tau_bench")


@dataclass(frozen=True)
class Taxonomy:
    """A published taxonomy.

    Attributes:
        name: what it is called here.
        title: what its authors call it.
        source: where it was published.
        licence: under which terms the source can be had; the texts here are our own.
        about: what it was made from, and when not to trust it.
        codes: its categories, as rows that can be imported.
    """

    name: str
    title: str
    source: str
    licence: str
    about: str
    codes: tuple[dict[str, Any], ...] = field(repr=False)


@cache
def taxonomy(name: str) -> Taxonomy:
    """One published taxonomy.

    Raises:
        UnknownName: there is none of that name here.
    """
    if name not in TAXONOMIES:
        raise UnknownName("taxonomy", name, TAXONOMIES)
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    told = {key: str(content[key]) for key in ("title", "source", "licence", "about")}
    return Taxonomy(name, codes=tuple(content["codes"]), **told)
