"""Files as they come: which format they are in, and what happens to the damaged, the odd and the far too long."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from workbench import formats
from workbench.errors import UnknownName, UnreadableFile
from workbench.formats import ReadOptions, Rejected, TraceRow

ROWS = [{"input": "where is my order", "output": "on its way"}, {"input": "cancel it", "output": "done"}]


def written(tmp_path: Path, content: bytes | str, name: str = "export.dat") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def inputs(records: list) -> list[str | None]:
    return [record.trace["input"] if isinstance(record, TraceRow) else None for record in records]


def reasons(records: list) -> list[str]:
    return [record.reason for record in records if isinstance(record, Rejected)]


def test_every_format_says_what_it_reads():
    assert {"generic", "transcript", "otlp", "openinference", "langfuse", "braintrust"} <= set(formats.FORMATS)
    for name, reader in formats.FORMATS.items():
        assert reader.name == name
        assert reader.meaning and "\n" not in reader.meaning


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0 bytes"),
        (b" \n\n ", "empty"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "image"),
        (b"SQLite format 3\x00" + bytes(100), "SQLite"),
        (b"PK\x03\x04" + bytes(100), "zip"),
        (b"PAR1 and nothing else", "Parquet"),
        (b"Dear all,\nthis is a letter, nothing else.\nBye", "neither JSON nor a table"),
        (b'{"input": "hal', "no row of it is valid JSON"),
        (b"text,category\n", "no rows"),
        (b"item,annotator,value\n1,ann,pass\n2,ann,fail\n", "no column"),
        (b'[{"trajectory_id": 1, "summary": "it went quite wrong here"}]', "no column"),
        (gzip.compress(lines(*ROWS * 5000).encode(), mtime=0)[:-100], "cut short"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_one_line(tmp_path, content, says):
    path = written(tmp_path, content)
    with pytest.raises(UnreadableFile) as caught:
        list(formats.read(path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_a_missing_path_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(UnreadableFile, match="does not exist"):
        formats.detect(tmp_path / "nowhere.jsonl")
    with pytest.raises(UnreadableFile, match="not a file"):
        formats.detect(tmp_path)


def test_an_unknown_format_lists_the_known_ones(tmp_path):
    with pytest.raises(UnknownName, match="langfuse"):
        list(formats.read(written(tmp_path, lines(*ROWS)), format="langfuze"))


def test_a_refusal_never_quotes_what_might_be_a_persons_line(tmp_path):
    path = written(tmp_path, "Jane Miller (jane@example.com),x\nTom Baker,y\n")
    with pytest.raises(UnreadableFile) as caught:
        formats.detect(path)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        lines(*ROWS),
        lines(*ROWS).replace("\n", "\r\n") + "\r\n\r\n",
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(json.dumps(row, indent=2) for row in ROWS),
        json.dumps({"count": 2, "traces": ROWS}),
        json.dumps({"data": {"rows": ROWS}}, indent=1),
        json.dumps(ROWS)[:-1] + ",]",
        "input,output\nwhere is my order,on its way\ncancel it,done\n",
        "input;output\nwhere is my order;on its way\ncancel it;done\n",
        "input\toutput\nwhere is my order\ton its way\ncancel it\tdone\n",
        b"\xef\xbb\xbf" + lines(*ROWS).encode(),
        b"\xef\xbb\xbfinput,output\nwhere is my order,on its way\ncancel it,done\n",
        lines(*ROWS).encode("utf-16"),
        "input,output\nwhere is my order,on its way\ncancel it,done\n".encode("utf-16-le"),
        gzip.compress(lines(*ROWS).encode(), mtime=0),
    ],
)
def test_every_layout_gives_the_same_rows(tmp_path, content):
    path = written(tmp_path, content, "whatever.xyz")
    assert formats.detect(path) == "generic"
    records = list(formats.read(path))
    assert [record.row for record in records] == [0, 1]
    assert inputs(records) == ["where is my order", "cancel it"]
    assert [record.trace["output"] for record in records] == ["on its way", "done"]


def test_parquet_with_times_lists_and_numbers(tmp_path):
    import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    at = datetime.datetime(2026, 3, 1, 12, 0)
    table = pa.table(
        {
            "question": ["why", "how"],
            "created_at": [at, at],
            "score": [0.5, float("nan")],
            "tags": [["a", "b"], []],
            "extra": [{"k": 1}, None],
        }
    )
    path = tmp_path / "no-suffix"
    pq.write_table(table, path)
    first, second = formats.read(path)
    assert first.trace["input"] == "why"
    assert first.trace["started_at"] == at.replace(tzinfo=datetime.UTC)
    assert first.trace["tags"] == ["a", "b"]
    assert first.trace["metadata"] == {"k": 1, "score": 0.5}
    assert second.trace["metadata"] == {}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lines(*ROWS) + '\n{"input": "secret hal', ["where is my order", "cancel it", None]),
        (json.dumps(ROWS)[:-20], ["where is my order", None]),
        (json.dumps(ROWS)[:-1], ["where is my order", "cancel it", None]),
        (json.dumps({"data": ROWS})[:-25], ["where is my order", None]),
        ('[{"input": "a"}, {"input": secret}, {"input": "c"}]', ["a", None, "c"]),
        ('{"input": "a"}\n7\n"secret"\nnull\n[1]\n{}\n{"input": null}\n', ["a", *[None] * 6]),
        (b'{"input": "secret\xe9"}\n' + '{"input": "é"}\n{"input": "è"}'.encode(), [None, "é", "è"]),
        (b"text,n\nsecret\xe9,1\n" + "é,2\nè,3\n".encode(), [None, "é", "è"]),
        ('{"input": "a", "x": ' + "[" * 10_000 + "]" * 10_000 + '}\n{"input": "b"}', [None, "b"]),
        ("[" + '{"a":' * 10_000 + "1" + "}" * 10_000 + ', {"input": "b"}]', [None, "b"]),
        ("text,n\na,1\nsecret\nc,3,secret\nd,4\n", ["a", None, None, "d"]),
        ('text,n\na,1\n"secret,2\nc,3\nd,4\n', ["a", None, "c", "d"]),
    ],
)
def test_a_broken_row_costs_that_row_and_is_never_quoted(tmp_path, content, expected):
    records = list(formats.read(written(tmp_path, content)))
    assert inputs(records) == expected
    assert [record.row for record in records] == list(range(len(records)))
    assert not any("secret" in reason for reason in reasons(records))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"x": NaN, "y": -Infinity', {}),
        ('"x": ' + "9" * 5000, {"x": "9" * 5000}),
        ('"x": 123456789012345678901', {"x": "123456789012345678901"}),
        ('"x": 1234567890123456789', {"x": 1234567890123456789}),
        ('"x": "a\\ud800b"', {"x": "a\ufffdb"}),
        ('"x": 1, "x": 2', {"x": 2}),
        ('"x": "a\\u0000b"', {"x": "a\x00b"}),
    ],
)
def test_values_that_json_or_utf8_cannot_hold(tmp_path, text, value):
    rows = list(formats.read(written(tmp_path, f'{{"input": "a", {text}}}\n{{"input": "b"}}')))
    assert inputs(rows) == ["a", "b"]
    assert rows[0].trace["metadata"] == value
    json.dumps(rows[0].trace).encode("utf-8")


@pytest.mark.parametrize("layout", ["lines", "first line", "array", "csv", "envelope"])
def test_a_row_beyond_the_limit_is_rejected_without_being_held(tmp_path, layout):
    huge = "x" * 50_000_000
    content = {
        "lines": f'{{"input": "a"}}\n{{"input": "{huge}"}}\n{{"input": "b"}}\n',
        "first line": f'{{"input": "{huge}"}}\n{{"input": "b"}}\n',
        "array": f'[{{"input": "a"}}, {{"input": "{huge}"}}, {{"input": "b"}}]',
        "csv": f"text,n\na,1\n{huge},2\nb,3\n",
        "envelope": f'{{"rows": [{{"input": "a"}}, {{"input": "{huge}"}}, {{"input": "b"}}]}}',
    }[layout]
    path = written(tmp_path, content)
    del content, huge
    tracemalloc.start()
    records = list(formats.read(path, options=ReadOptions(max_row_bytes=2 * 1024 * 1024)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert inputs(records) == ([None, "b"] if layout == "first line" else ["a", None, "b"])
    assert reasons(records) == ["row: longer than 2 MB"]
    assert peak < 40_000_000


@pytest.mark.parametrize("layout", ["lines", "array", "envelope", "csv"])
@pytest.mark.deep
def test_memory_does_not_grow_with_the_file(tmp_path, layout):
    row = {"input": "where is my order " * 200, "n": 1}

    def peak(n: int) -> int:
        path = tmp_path / f"{n}"
        with path.open("w") as out:
            if layout == "csv":
                out.write("input,n\n" + f"{row['input']},1\n" * n)
            elif layout == "lines":
                out.write((json.dumps(row) + "\n") * n)
            else:
                body = ",".join([json.dumps(row)] * n)
                out.write(f"[{body}]" if layout == "array" else f'{{"data": [{body}]}}')
        tracemalloc.start()
        assert sum(1 for _ in formats.read(path)) == n
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(4_000), peak(12_000)
    assert large < small * 1.3 + 1_000_000


def test_a_whole_file_in_windows_1252_is_read_and_said(tmp_path):
    heard: list[str] = []
    path = written(tmp_path, "text,n\ncafé,1\nthé “vert”,2\n".encode("cp1252"))
    records = list(formats.read(path, options=ReadOptions(notice=heard.append)))
    assert inputs(records) == ["café", "thé “vert”"]
    assert any("Windows-1252" in notice for notice in heard)


def test_nul_bytes_in_a_cell_do_not_make_a_table_binary(tmp_path):
    records = list(formats.read(written(tmp_path, "text,n\n" + "a fine row,1\n" * 300 + "a\x00b,2\n")))
    assert len(records) == 301
    assert not reasons(records)
