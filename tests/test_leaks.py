"""Real traces through the whole main job: what people are called and how they are reached is nowhere in the workspace.

Gold comes from the structured fields of the same trace (benchmarks/redaction_leaks.py). Every Parquet column and SQL
table is decoded and searched trace by trace; the raw bytes of every other file are searched for the unambiguous values.
"""

import json
import re
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.redaction_leaks import MUST_NOT_LEAK, readable, strings, trace_gold
from workbench import Workspace

NURTUREBOSS, TAU = "nurtureboss/nurtureboss_traces_labeled.json", "tau_airline/gpt-4o-airline.json"
SETS = [  # file, whether names stand in lines, every how many of its traces
    pytest.param((NURTUREBOSS, True, 3), id="part of nurtureboss json"),
    pytest.param((NURTUREBOSS, True, 1), id="nurtureboss json", marks=pytest.mark.deep),
    pytest.param((TAU, False, 1), id="tau_airline", marks=pytest.mark.deep),
]


@pytest.fixture(scope="module", params=SETS)
def ingested(request, test_data, tmp_path_factory):
    name, lines, every = request.param
    folder = tmp_path_factory.mktemp("leaks")
    raw = json.loads((test_data / name).read_text(encoding="utf-8"))[::every]
    file = test_data / name
    if every > 1:
        file = folder / "part.json"
        file.write_text(json.dumps(raw), encoding="utf-8")
    ws = Workspace.create(folder / "w")
    report = ws.ingest(file)
    ws.map()
    assert report.traces == len(raw)
    gold = [{(kind, value) for kind, value in trace_gold(trace, lines=lines) if kind in MUST_NOT_LEAK} for trace in raw]
    assert sum(map(len, gold)) > 100 / every
    return ws, gold


def test_no_trace_shows_what_its_own_fields_give_away(ingested):
    ws, gold = ingested
    stored = ws.traces().to_dict("records")
    left = [
        (row, kind)
        for row, (trace, values) in enumerate(zip(stored, gold, strict=True))
        for kind, value in values
        if any(readable(kind, value).search(text) for _, text in strings(trace))
    ]
    assert left == []


def test_no_other_file_or_table_holds_an_address_number_or_full_name(ingested):
    ws, gold = ingested
    unambiguous = {value for values in gold for kind, value in values if kind in ("e-mail", "phone")}
    tables = "\n".join(_sql_text(ws.path / "workbench.db"))
    parquet = "\n".join(
        text
        for path in sorted(ws.path.rglob("*.parquet"))
        if "vectors" not in path.parts
        for _, text in strings(pq.read_table(path).to_pylist())
    )
    for value in unambiguous:
        assert not readable("e-mail" if "@" in value else "phone", value).search(tables + parquet)
    for path in (path for path in ws.path.rglob("*") if path.is_file() and path.suffix != ".parquet"):
        content = path.read_bytes()
        assert not [value for value in unambiguous if value.encode() in content], path.name


def test_the_cluster_names_hold_nobodys_name(ingested):
    ws, gold = ingested
    names = {value.lower() for values in gold for kind, value in values if kind == "name"}
    said = " ".join(ws.clusters()["name"]).lower()
    assert not names & set(re.findall(r"\w+", said))


def _sql_text(path: Path) -> list[str]:
    with sqlite3.connect(path) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [str(row) for name in names for row in database.execute(f'SELECT * FROM "{name}"')]
