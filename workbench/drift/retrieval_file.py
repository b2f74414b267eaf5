"""A file of what a retriever fetched for queries, row by row used or refused; what stands in it is in no message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.drift.retrieval import Fetched, read_fetched
from workbench.errors import MissingColumns, UnreadableFile
from workbench.long_form import read_long, text_of

HALF = "it holds half a character (a lone surrogate), which no file can keep"
TWICE = "an earlier row has the same case_id and query, and that one is used"


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one query fetched: the case or the query, ids and scores of passages, best first, and their texts."""

    case_id: str | None
    query: str | None
    fetched: Fetched = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Fetches:
    """A file of them, and rows that cannot be used: file, row (from 0) and reason."""

    rows: tuple[Fetch, ...]
    rejected_rows: tuple[dict[str, Any], ...]


def read_retrievals(path: Path) -> Fetches:
    """Read a .jsonl, .json, .csv, .tsv or .parquet file of retrieved (list of {id, score, text}) by case_id or query.

    Raises:
        UnreadableFile: It is missing, empty or damaged, or no row of it can be used.
        MissingColumns: It has no retrieved, or neither case_id nor query.
    """
    frame = read_long(path, needed=("retrieved",), of="retrievals")
    names = [name for name in ("case_id", "query") if name in frame.columns]
    if not names:
        known = [str(name) for name in frame.columns if str(name).isidentifier()]
        raise MissingColumns(f"{path.name}: the file", ["case_id"], known, "Name the case of each row, or its query.")
    rows, rejected = [], []
    seen: set[tuple[tuple[str, str], ...]] = set()
    for number, row in enumerate(frame[[*names, "retrieved"]].to_dict("records")):
        given = {name: str(row[name]).strip() for name in names if not _missing(row[name])}
        passages = _passages(row["retrieved"])
        reason = (
            "neither case_id nor query: name the case, or what was asked" if not any(given.values())
            else "retrieved: expected a list of passages, each with an id" if passages is None
            else HALF if _half([*given.values(), *_texts(passages)])
            else TWICE if tuple(given.items()) in seen else None
        )  # fmt: skip
        if reason:
            rejected.append({"file": path.name, "row": number, "reason": reason})
            continue
        seen.add(tuple(given.items()))
        [fetched] = read_fetched([passages])
        texts = {str(one["id"]): one["text"] for one in passages or () if isinstance(one.get("text"), str)}
        once = dict(reversed(fetched or []))  # the best of those that stand twice
        kept = [(name, once[name]) for name in dict.fromkeys(name for name, _ in fetched or ())]
        rows.append(Fetch(given.get("case_id") or None, given.get("query") or None, kept, texts))
    if not rows:
        why = rejected[0]["reason"] if rejected else "it holds no rows"
        raise UnreadableFile(f"{path}: no row can be used: {why}. Correct it")
    return Fetches(tuple(rows), tuple(rejected))


def read_corpus(path: Path) -> list[str]:
    """The ids of all passages there are: a .txt file of one a line, or any table with a column id.

    Raises:
        UnreadableFile: It is missing, empty or damaged.
        MissingColumns: It has no id.
    """
    if path.suffix.lower() == ".txt" and path.is_file():
        found = [line.strip() for line in text_of(path).splitlines()]
    else:
        found = [str(each).strip() for each in read_long(path, needed=("id",), of="passages")["id"].dropna()]
    ids = list(dict.fromkeys(each for each in found if each))
    if not ids:
        raise UnreadableFile(f"{path}: the file names no passage. Give a file with one id a line")
    return ids


def _passages(value: Any) -> list[dict[str, Any]] | None:
    """The passages of a row; None where it is no list of them."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list):
        return None
    found = [one if isinstance(one, dict) else {"id": one} for one in value]
    return found if all(isinstance(one.get("id"), str | int) and str(one["id"]).strip() for one in found) else None


def _texts(passages: list[dict[str, Any]]) -> list[str]:
    return [str(one[name]) for one in passages for name in ("id", "text") if one.get(name)]


def _half(texts: list[str]) -> bool:
    return any("\ud800" <= each <= "\udfff" for text in texts for each in text)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)
