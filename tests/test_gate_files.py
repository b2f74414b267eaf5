"""What the gate reads and writes: result files row by row, JUnit XML and Markdown that nothing can break out of."""

import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.contract import EvaluationContract
from workbench.errors import MissingColumns, UnreadableFile
from workbench.gate import gate, junit, markdown, read_results

SECRET = "jane.doe@example.com wants her money"


def lines(tmp_path, *rows, name="results.jsonl"):
    path = tmp_path / name
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def test_every_row_is_taken_or_rejected_with_a_reason(tmp_path):
    path = lines(
        tmp_path,
        {"case_id": "c1", "output": SECRET, "passed": True},
        {"case_id": "c2", "output": {"answer": 42}, "passed": "fail", "latency": 3},
        "{half a li",
        {"case_id": "", "output": SECRET},
        {"case_id": "c3", "output": SECRET, "passed": "perhaps"},
        "[1, 2]",
        "",
        {"case_id": "c4", "error": "timeout"},
        {"case_id": "c5"},
        {"case_id": 6, "output": "", "passed": 1},
    )
    found = read_results(path)
    assert found.rows == 9 == len(found.frame) + len(found.rejected)
    assert [at for at, _ in found.rejected] == [2, 3, 4, 5, 7]
    assert found.frame["case_id"].tolist() == ["c1", "c2", "c4", "6"]
    assert found.frame["passed"].tolist() == [True, False, None, True]
    assert found.frame["output"][1] == '{"answer": 42}' and found.further == ("latency",)
    assert not any("jane" in reason for _, reason in found.rejected)
    assert "4 of 9 rows, 3 scored, 5 rejected" in repr(found)
    assert found.told.startswith("5 of 9 rows of the file were not taken: row 2: not valid JSON; row 3: case_id: ")
    assert found.told.endswith("; and more.") and "jane" not in found.told
    assert read_results(lines(tmp_path, {"case_id": "c1", "passed": True})).told is None


def test_a_table_says_the_same(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text(
        'case_id,output,passed,error\nc1,"a, b",true,\nc2,x,False,\nc3,,,timeout\nc4,too,few\nc5,"open,true,\n'
    )
    found = read_results(path)
    assert found.frame["passed"].tolist() == [True, False, None] and found.frame["error"].tolist()[2] == "timeout"
    assert found.frame["output"][0] == "a, b"
    assert [reason for _, reason in found.rejected] == [
        "3 fields where the header has 4", "a quoted field is never closed; nothing after it can be read",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "error", "said"),
    [
        ("none.jsonl", None, UnreadableFile, "no such file"),
        ("x.xlsx", "x", UnreadableFile, "Rename or convert"),
        ("x.jsonl", "\n\n", UnreadableFile, "no rows"),
        ("x.jsonl", '{"output": "x"}\n', MissingColumns, "case_id"),
        ("x.csv", "case_id,cost\nc1,3\n", MissingColumns, "output"),
        ("x.jsonl", '{"case_id": "c1", "output": "", "passed": "perhaps"}\n', UnreadableFile, "none of 1 rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path, name, text, error, said):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(error, match=said) as found:
        read_results(path)
    assert "\n" not in str(found.value)


def report(name="refund", ids=None, blind=(), **contract):
    n = 60
    ids = ids or [f"c{i}" for i in range(n)]
    cases = pd.DataFrame(
        {"case_id": ids, "intent": [name, "other"] * (n // 2), "blind": [i in blind for i in range(n)], "query": SECRET}
    )
    now = pd.DataFrame({"case_id": ids, "passed": [i >= 12 for i in range(n)], "output": SECRET})
    before = pd.DataFrame({"case_id": ids, "passed": [i < 58 for i in range(n)], "output": SECRET})
    terms = EvaluationContract(slice_by=("intent",), **contract)
    return gate(cases, now, terms, baseline=before)


def test_junit_says_what_was_tested_and_how_it_ended():
    found = report(threshold=0.9, decision="ship it")
    whole = ET.fromstring(junit(found))
    assert found.verdict == "fail" and int(whole.get("failures")) > 0 and whole.get("errors") == "0"
    names = [case.get("name") for case in whole.iter("testcase")]
    assert names[:3] == ["verdict", "overall", "baseline"] and "slice intent=refund" in names
    assert int(whole.get("tests")) == len(names)
    baseline = next(case for case in whole.iter("testcase") if case.get("name") == "baseline")
    assert baseline.find("failure") is not None and "lost: c0, c1" in baseline.find("failure").text


def test_junit_counts_what_cannot_be_told_as_an_error_not_a_failure():
    found = gate(
        pd.DataFrame({"case_id": list("abcdefgh")}),
        pd.DataFrame({"case_id": list("abcdefgh"), "passed": [True] * 8}),
        EvaluationContract(threshold=0.9),
    )
    whole = ET.fromstring(junit(found))
    assert found.verdict == "undecided" and whole.get("failures") == "0" and int(whole.get("errors")) == 2
    passing = gate(
        pd.DataFrame({"case_id": list("abcdefgh")}),
        pd.DataFrame({"case_id": list("abcdefgh"), "passed": [True] * 8}),
        EvaluationContract(threshold=0.5),
    )
    whole = ET.fromstring(junit(passing))
    assert (whole.get("failures"), whole.get("errors"), whole.get("skipped")) == ("0", "0", "0")


def test_neither_shows_what_people_or_models_said_nor_a_sealed_id():
    found = report(threshold=0.9, blind=(0, 1))
    for text in (junit(found), markdown(found)):
        assert "jane" not in text
        assert "c2" in text and "c0," not in text and "`c0`" not in text and "c1," not in text and "`c1`" not in text
    assert "2 sealed" in markdown(found)


NASTY = [
    "a|b", "`code`", "<script>alert(1)</script>", "]]>", "@everyone #1 GH-2", "[x](http://evil.example)", "a\n# big",
    "\x00\x1b[31m", "\u202egnp", "&amp; & <!-- -->", "*b* _i_ ~s~", "\\", "x" * 500, "![x](https://evil.example/x.png)",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_text_from_cases_breaks_out_of_neither(name):
    ids = [f"{name} {i}" for i in range(60)]
    found = report(name, ids, threshold=0.9)
    whole = ET.fromstring(junit(found))
    assert int(whole.get("tests")) == len(list(whole.iter("testcase")))
    shown = markdown(found)
    assert "<script" not in shown and "\x1b" not in shown and "\u202e" not in shown
    rows = [line for line in shown.splitlines() if line.startswith("| `")]
    assert rows and all(line.count("|") == 6 for line in rows)
    outside = "".join(part for at, part in enumerate(shown.split("`")) if at % 2 == 0)
    assert shown.count("`") % 2 == 0
    for sign in ("@everyone", "](http", "<!--", "#1"):
        assert sign not in outside
    assert not any(line.startswith("# ") for line in shown.splitlines())


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.strip()))
@settings(max_examples=40, deadline=None)
def test_any_name_of_a_slice_gives_whole_xml(name):
    if any(0xD800 <= ord(each) <= 0xDFFF for each in name):
        return
    found = report(name, threshold=0.9)
    assert ET.fromstring(junit(found)).get("name") == "workbench gate"
    assert markdown(found).count("`") % 2 == 0


def test_markdown_has_the_worst_slice_first_and_the_notes():
    shown = markdown(report(threshold=0.9, decision="ship the *new* prompt"))
    assert shown.startswith("## ❌ Fail") and "ship the \\*new\\* prompt" in shown
    assert "against the baseline" in shown and "Passed before, fails now (12)" in shown
    assert "Failed before, passes now (2)" in shown
