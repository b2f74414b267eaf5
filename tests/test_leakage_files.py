"""Files of texts, and the verb: rows, formats, fields, results, and one line where something is wrong."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.errors import BadRequest, MissingColumns, UnreadableFile
from workbench.leakage.files import read_texts
from workbench.leakage.results import passed_by_row
from workbench.workspace.leakage import effect_file, leakage_files

TEXTS = ["where is my parcel", "cancel it, please", "why; was I charged"]
COMPARED = ("exact", "ngram", "minhash", "substring")
SECRET = "Ottilie Quarles lives at 14 Elder Mews"


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(*arguments):
    command = [sys.executable, "-m", "workbench", "leakage", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# --- reading -----------------------------------------------------------------------------------------------------


def test_every_format_gives_the_same_texts(tmp_path):
    rows = [{"id": n, "question": text} for n, text in enumerate(TEXTS)]
    made = [
        lines(tmp_path / "a.jsonl", rows),
        tmp_path / "b.json",
        tmp_path / "c.csv",
        tmp_path / "d.tsv",
        tmp_path / "e.parquet",
        tmp_path / "f.json",
    ]
    made[1].write_text(json.dumps(rows))
    made[2].write_text("id,question\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(TEXTS)))
    made[3].write_text("id\tquestion\r\n" + "".join(f"{n}\t{text}\r\n" for n, text in enumerate(TEXTS)))
    pq.write_table(pa.Table.from_pylist(rows), made[4])
    made[5].write_text(json.dumps({"version": 1, "rows": rows}))
    for path in made:
        found = read_texts(path)
        assert (found.texts, found.field, found.guessed) == (TEXTS, "question", True), path
        assert not read_texts(path, "question").guessed
    assert read_texts(lines(tmp_path / "g.jsonl", TEXTS), "whatever").texts == TEXTS  # plain strings have no field


def test_prose_is_read_by_paragraph_or_by_line(tmp_path):
    prompt = tmp_path / "prompt.md"
    prompt.write_text("You are kind.\nAnswer briefly.\n\n\nQ: where is it?\nA: there\n")
    assert read_texts(prompt).texts == ["You are kind.\nAnswer briefly.", "Q: where is it?\nA: there"]
    listed = tmp_path / "few.txt"
    listed.write_text("one\n  two \nthree\n")
    assert read_texts(listed).texts == ["one", "two", "three"]


def test_rows_count_over_what_is_not_empty(tmp_path):
    path = tmp_path / "gaps.jsonl"
    path.write_text('\ufeff{"text": "a"}\n\n   \n{"text": ""}\n{"text": null}\n{"other": 1}\n{"text": "b"}')
    assert read_texts(path).texts == ["a", None, None, None, "b"]


def test_fields(tmp_path):
    nested = lines(tmp_path / "n.jsonl", [{"input_payload": {"query": "q", "history": []}}])
    assert read_texts(nested).texts == ["q"] and read_texts(nested, "input_payload.query").texts == ["q"]
    chat = lines(
        tmp_path / "m.jsonl", [{"messages": [{"role": "user", "content": "hi"}, {"role": "x", "content": "yo"}]}]
    )
    assert read_texts(chat).texts == ["hi\nyo"]
    numbers = lines(tmp_path / "i.jsonl", [{"n": 7, "parts": {"b": 1}}])
    assert read_texts(numbers, "n").texts == ["7"] and read_texts(numbers, "parts").texts == ['{"b": 1}']
    only = lines(tmp_path / "o.jsonl", [{"frage": "wo", "n": 1}])
    assert read_texts(only).field == "frage"
    with pytest.raises(MissingColumns, match=r"no column 'text' \(it has: a, b, others\)"):
        read_texts(lines(tmp_path / "x.jsonl", [{"a": "1", "b": "2", SECRET: 3}]))
    with pytest.raises(MissingColumns, match="'prompt'"):
        read_texts(only, "prompt")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b'{"text": "x"}\n{"text": "Ottilie', "row 1 is not valid JSON"),
        ("a.jsonl", b'{"text": "x"}\n["Ottilie"]\n', "row 1 is no object"),
        ("a.jsonl", b"", "holds no rows"),
        ("a.jsonl", b"\n \n", "holds no rows"),
        ("a.json", b'[{"text": "Ottilie"', "not valid JSON"),
        ("a.json", b"{}", "expected a list"),
        ("a.json", b"[]", "holds no rows"),
        ("a.csv", b"id,text\n1,Ottilie,2\n", "row 0 has 3 fields"),
        ("a.csv", b'id,text\n1,"Ottilie\n', "never closed"),
        ("a.csv", b"", "holds no rows"),
        ("a.txt", b" \n\n", "is empty"),
        ("a.jsonl", b'{"text": "\xff"}', "not UTF-8"),
        ("a.parquet", b"Ottilie", "not readable as Parquet"),
        ("a.docx", b"Ottilie", "not read"),
    ],
)
def test_damage_is_told_without_the_text(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said) as told:
        read_texts(path)
    assert "Ottilie" not in str(told.value)


def test_paths_that_are_none(tmp_path):
    with pytest.raises(UnreadableFile, match="no such file"):
        read_texts(tmp_path / "nope.jsonl")
    with pytest.raises(UnreadableFile, match="folder"):
        read_texts(tmp_path)


# --- results -----------------------------------------------------------------------------------------------------


def test_results_by_case_id_or_by_order(tmp_path):
    cases = read_texts(
        lines(tmp_path / "c.jsonl", [{"case_id": f"c{n}", "text": text} for n, text in enumerate(TEXTS)])
    )
    by_id = lines(tmp_path / "r.jsonl", [{"case_id": "c2", "passed": True}, {"case_id": "c0", "passed": "FAIL"}])
    assert passed_by_row(by_id, cases) == [False, None, True]
    in_order = tmp_path / "r.csv"
    in_order.write_text("passed\n1\nfalse\n")
    with pytest.raises(BadRequest, match="2 rows and the evaluation file 3"):
        passed_by_row(in_order, cases)
    assert passed_by_row(in_order, read_texts(lines(tmp_path / "two.jsonl", TEXTS[:2]))) == [True, False]
    with pytest.raises(BadRequest, match="twice"):
        passed_by_row(lines(tmp_path / "t.jsonl", [{"case_id": "c0", "passed": 1}] * 2), cases)
    with pytest.raises(BadRequest, match="row 0 has a value") as told:
        passed_by_row(lines(tmp_path / "v.jsonl", [{"case_id": "c0", "passed": "Ottilie"}]), cases)
    assert "Ottilie" not in str(told.value)
    with pytest.raises(MissingColumns, match="passed"):
        passed_by_row(lines(tmp_path / "w.jsonl", [{"case_id": "c0"}]), cases)


# --- the verb ----------------------------------------------------------------------------------------------------


def test_few_shot_examples_in_a_prompt_are_found(tmp_path):
    asked = ["How long does a transfer to Germany take on a weekend?", "Which cards do you accept for a deposit?"]
    cases = lines(tmp_path / "cases.jsonl", [{"question": text} for text in [*asked, "What is the rate?"]])
    prompt = tmp_path / "prompt.txt"
    prompt.write_text(f"You answer questions about banking.\n\nQ: {asked[0]}\nA: Two days.\n\nQ: Is it?\nA: Yes.\n")
    found, files = leakage_files(cases, [prompt], rungs=COMPARED)
    assert [(row.eval_row, row.other_row, row.rung) for row in found.pairs.itertuples()] == [(0, 1, "ngram")]
    assert set(files) == {"", "prompt.txt"} and found.pairs["against"].tolist() == ["prompt.txt"]


def test_files_of_one_name_are_told_apart(tmp_path):
    (tmp_path / "x").mkdir()
    cases = lines(tmp_path / "cases.jsonl", TEXTS)
    both = [lines(tmp_path / "t.jsonl", TEXTS[:1]), lines(tmp_path / "x" / "t.jsonl", TEXTS[1:2])]
    found, _ = leakage_files(cases, both, rungs=["exact"])
    assert found.pairs["against"].tolist() == [str(path) for path in both]
    with pytest.raises(BadRequest, match="twice"):
        leakage_files(cases, [both[0], both[0]], rungs=["exact"])


def test_effect_of_a_file(tmp_path):
    cases = lines(tmp_path / "c.jsonl", [f"case number {n} of all" for n in range(60)])
    train = lines(tmp_path / "t.jsonl", [f"Case number {n} of all!" for n in range(30)])
    results = lines(tmp_path / "r.jsonl", [{"passed": n < 32} for n in range(60)])
    found, files = leakage_files(cases, [train], rungs=["exact"])
    effect = effect_file(found, files[""], results)
    assert (effect.flagged.estimate, effect.clean.estimate, effect.verdict) == (1.0, 2 / 30, "higher")


def test_the_verb_prints_one_object_and_no_text(tmp_path):
    cases = lines(tmp_path / "cases.jsonl", [{"text": SECRET}, {"text": "is the shop open"}, {"text": ""}])
    train = lines(tmp_path / "train.jsonl", [{"question": "Is the SHOP open?"}, {"question": SECRET.upper()}])
    found = run("--eval", cases, "--against", train, "--json")
    assert found.returncode == 0, found.stderr
    assert found.stdout.count("\n") == 1
    answer = json.loads(found.stdout)
    pairs = [(pair["eval_row"], pair["other_row"], pair["rung"], pair["score"]) for pair in answer["pairs"]]
    assert pairs == [(0, 1, "exact", 1.0), (1, 0, "exact", 1.0)]
    assert answer["by_rung"] == {"exact": 2, "ngram": 0, "minhash": 0, "substring": 0, "semantic": 0}
    assert answer["share"] == 2 / 3 and answer["fields"] == {"eval": "text", "train.jsonl": "question"}
    assert "the text was taken from 'question'" in found.stderr and "1 of 3 rows say nothing" in found.stderr
    assert "NaN" not in found.stdout and "Ottilie" not in found.stdout + found.stderr
    named = run("--eval", cases, "--against", train, "--text", "text", "--against-text", "question", "--rungs", "exact")
    assert named.returncode == 0 and "2 of 3 evaluation rows (66.7%)" in named.stdout
    assert "taken from" not in named.stderr and "Ottilie" not in named.stdout
    shown = run("--eval", cases, "--against", train, "--rungs", "exact", "--show")
    assert "Ottilie" in shown.stdout and "OTTILIE" in shown.stdout


def test_the_verb_within_one_file(tmp_path):
    cases = lines(tmp_path / "cases.jsonl", ["same thing", "other", "Same thing."])
    answer = json.loads(run("--eval", cases, "--within", "--rungs", "exact,ngram", "--json").stdout)
    assert answer["pairs"] == [{"eval_row": 0, "against": "itself", "other_row": 2, "rung": "exact", "score": 1.0}]
    assert answer["by_rung"] == {"exact": 1, "ngram": 0} and answer["share"] == 2 / 3
    results = lines(tmp_path / "r.jsonl", [{"passed": True}, {"passed": False}, {"passed": None}])
    answer = json.loads(run("--eval", cases, "--within", "--rungs", "exact", "--results", results, "--json").stdout)
    assert answer["effect"]["verdict"] == "undecided" and answer["effect"]["reason"].startswith("too_few")
    assert answer["effect"]["missing"] == 1 and answer["effect"]["flagged"]["estimate"] == 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--eval", "CASES"],
        ["--eval", "CASES", "--against", "nope.jsonl"],
        ["--eval", "CASES", "--against", "CASES", "--within"],
        ["--eval", "CASES", "--against", "CASES", "--text", "nope"],
        ["--eval", "CASES", "--within", "--rungs", "fuzzy"],
        ["--eval", "CASES", "--within", "--rungs", ","],
        ["--eval", "CASES", "--within", "--show", "--json"],
        ["--eval", "EMPTY", "--within"],
        ["--eval", "HALF", "--within"],
        ["--against", "CASES"],
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, arguments):
    made = {
        "CASES": lines(tmp_path / "cases.jsonl", [{"text": SECRET}]),
        "EMPTY": tmp_path / "empty.jsonl",
        "HALF": tmp_path / "half.jsonl",
    }
    made["EMPTY"].write_text("")
    made["HALF"].write_text(f'{{"text": "x"}}\n{{"text": "{SECRET}')
    found = run(*(made.get(each, each) for each in arguments))
    assert found.returncode == 2 and found.stdout == ""
    assert found.stderr.count("\n") == 1 and found.stderr.startswith("workbench: ")
    assert "Ottilie" not in found.stderr
