"""Published figures through the command line, and tables that are broken in every way people break them."""

import csv
import json
import math

import krippendorff
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from workbench.agree import Scale, agree
from workbench.cli import cli
from workbench.errors import WorkbenchError


def run(*arguments):
    found = CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=True)
    if isinstance(found.exception, WorkbenchError):
        return 2, "", str(found.exception)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout, found.stderr


def answer(*arguments):
    code, out, err = run(*arguments, "--json")
    assert code == 0 and out.count("\n") == 1, err
    return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


def long_file(path, rows, kind):
    """A table with one row per annotator and one column per item, as a long file."""
    frame = pd.DataFrame(
        [(item, f"r{rater}", value) for rater, row in enumerate(rows) for item, value in enumerate(row) if value],
        columns=["item", "annotator", "value"],
    )
    if kind == "csv":
        frame.to_csv(path.with_suffix(".csv"), index=False)
    else:
        frame.to_json(path.with_suffix(".jsonl"), orient="records", lines=True)
    return path.with_suffix(f".{kind}")


def read_cells(path, header):
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[header:]
    return [[None if cell in ("", "NA") else cell for cell in row] for row in rows]


# --- agreement_classics ------------------------------------------------------------------------------------------

# Krippendorff (2018), "Content Analysis", 4th ed., p. 290, 306, 310; Wikipedia, "Krippendorff's alpha"; Hayes &
# Krippendorff (2007), "Answering the call for a standard reliability measure for coding data"
CLASSICS = [
    ("krippendorff-2018-p290", {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849}, 5e-4),
    ("krippendorff-2018-p306", {"nominal": 0.2343}, 8e-5),
    ("krippendorff-2018-p310", {"nominal": 0.759}, 5e-4),
    ("wikipedia", {"nominal": 0.691, "interval": 0.811}, 5e-4),
    ("hayes-krippendorff-2007", {"nominal": 0.4765, "ordinal": 0.7598}, 8e-5),
]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize(("name", "published", "within"), CLASSICS)
def test_classics_through_the_command_line(test_data, tmp_path, name, published, within, kind):
    rows = read_cells(test_data / "agreement_classics" / f"{name}.csv", 1)
    if name.startswith("hayes"):
        rows = [list(column) for column in zip(*rows, strict=True)]
    path = long_file(tmp_path / name, rows, kind)
    for level, expected in published.items():
        row = answer("agree", "--labels", path, "--level", level)["dimensions"][0]
        assert row["alpha"] == pytest.approx(expected, abs=within) and row["level"] == level
        assert row["alpha_low"] <= row["alpha"] <= row["alpha_high"]


def test_freelon_through_the_command_line(test_data, tmp_path):
    # Freelon (2010), "ReCal: Intercoder reliability calculation as a web service", table 9: percent, Scott's pi,
    # Cohen's kappa and Krippendorff's alpha of ten files by three programs
    folder = test_data / "agreement_classics"
    published = read_cells(folder / "freelon-2010-table-09.csv", 1)
    assert len(published) == 10
    constant = 0
    for name, raw, _, pi, _, kappa, _, by_recal, by_hayes in published:
        rows = read_cells(folder / f"freelon-2010-r{name[1:].replace('.', '')}-recal.csv", 0)
        path = long_file(tmp_path / name, [list(column) for column in zip(*rows, strict=True)], "csv")
        row = answer("agree", "--labels", path)["dimensions"][0]
        constant += row["verdict"] == "no_variation"
        assert 100 * row["percent"] == pytest.approx(float(raw), abs=0.06), name
        assert row["fleiss"] == pytest.approx(float(pi), abs=6e-4), name  # of two annotators Fleiss' is Scott's pi
        assert row["kappa"] == pytest.approx(float(kappa), abs=6e-4 if len(kappa) > 4 else 6e-3), name
        assert row["alpha"] == pytest.approx(float(by_recal), abs=6e-4), name
        assert row["alpha"] == pytest.approx(float(by_hayes), abs=6e-5), name
        numbers = [[float(cell) for cell in column] for column in zip(*rows, strict=True)]
        assert row["alpha"] == pytest.approx(krippendorff.alpha(numbers, level_of_measurement="nominal"), abs=1e-9)
    assert constant == 0, "files in which two annotators agree on everything still vary over the items"


# --- pandalm -----------------------------------------------------------------------------------------------------


def test_pandalm_through_the_command_line(test_data, tmp_path):
    # https://github.com/WeOpenML/PandaLM: kappas .8520, .8789, .8617 and the accuracies of two judges
    folder = test_data / "pandalm"
    items = json.loads((folder / "testset-v1.json").read_text(encoding="utf-8"))
    people = [(each["idx"], f"annotator{k}", each[f"annotator{k}"]) for each in items for k in (1, 2, 3)]
    labels = tmp_path / "people.csv"
    pd.DataFrame(people, columns=["item", "annotator", "value"]).to_csv(labels, index=False)
    found = answer("agree", "--labels", labels)
    assert [round(pair["kappa"], 4) for pair in found["pairs"]] == [0.8520, 0.8789, 0.8617]
    row = found["dimensions"][0]
    assert (round(row["fleiss"], 4), round(row["alpha"], 4)) == (0.8642, 0.8642)

    def judged(name, column, **told):
        said = json.loads((folder / f"{name}-testset-v1.json").read_text(encoding="utf-8"))
        path = tmp_path / f"{name}.csv"
        rows = [(each["idx"], told.get(str(each[column]), each[column])) for each in said]
        pd.DataFrame(rows, columns=["item", "value"]).to_csv(path, index=False)
        return path

    panda = answer("judge", "--human", labels, "--judge", judged("pandalm-7b", "pandalm_result"))
    assert round(panda["agreement"], 4) == 0.6677 and panda["unparsable"] == 0
    # .6977 has ties told as 0 and garbage wrong; .7105 leaves garbage out and keeps "Tie", which is never right
    gpt = answer("judge", "--human", labels, "--judge", judged("gpt-3.5-turbo", "gpt_result", Tie="0"))
    assert round(gpt["agreement"], 4) == 0.6977 and gpt["unparsable"] == 25
    kept = judged("gpt-3.5-turbo", "gpt_result")
    gpt = answer("judge", "--human", labels, "--judge", kept, "--unparsable", "garbage")
    assert round(gpt["dropped"]["agreement"], 4) == 0.7105


# --- reference/statistics.md 1.2, at the level of the verb -------------------------------------------------------

C = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def test_everything_said_of_data_c():
    # Krippendorff (2011), data C; who and what disagrees by reference/statistics.md 1.2
    rows = [(k, who, value) for who, row in zip("ABCD", C, strict=True) for k, value in enumerate(row) if value != "."]
    labels = pd.DataFrame(rows, columns=["item", "annotator", "value"])
    found = agree(labels)
    row = found.dimensions.iloc[0]
    assert row["alpha"] == pytest.approx(904 / 1216) and row["units"] == 11 and row["annotators"] == 4
    assert (row["ac1"], row["fleiss"], row["brennan_prediger"]) == pytest.approx((0.77544, 0.76117, 0.77273), abs=1e-5)
    assert agree(labels, level="ordinal").dimensions.iloc[0]["ac2"] == pytest.approx(0.91400, abs=1e-5)
    people = found.annotators.set_index("annotator")
    assert people["alpha_without"].to_dict() == pytest.approx(
        {"A": 0.7147, "B": 0.7041, "C": 0.8679, "D": 0.6753}, abs=5e-5
    )
    assert people["mean_disagreement"].to_dict() == pytest.approx(
        {"A": 0.192, "B": 0.179, "C": 0.333, "D": 0.172}, abs=5e-4
    )
    assert people["change"].idxmax() == "C" and people.loc["C", "change"] == pytest.approx(0.125, abs=5e-4)
    pairs = {"".join(sorted(row.annotator + row.other)): row.alpha for row in found.pairs.itertuples()}
    assert pairs == pytest.approx(
        {"AB": 0.852, "AC": 0.489, "AD": 0.857, "BC": 0.557, "BD": 0.876, "CD": 0.627}, abs=5e-4
    )
    assert found.units.iloc[0][["item", "agreement"]].tolist() == ["5", 0], "unit 6 is the most disputed"


# --- what is broken ----------------------------------------------------------------------------------------------

HEAD = "item,annotator,dimension,value\n"
BROKEN = {
    "constant": (HEAD + "".join(f"{i},{a},d,yes\n" for i in range(30) for a in "abc"), "no_variation", "no variation"),
    "one annotator": (HEAD + "".join(f"{i},a,d,{i % 2}\n" for i in range(30)), "undecided", "only one annotator"),
    "disjoint annotators": (
        HEAD + "".join(f"{i},{'ab'[i % 2]},d,{i % 3}\n" for i in range(30)), "undecided", "no item was labelled by two",
    ),
    "one item": (HEAD + "1,a,d,x\n1,b,d,y\n", "undecided", "only 1 items"),
    "one item, one value": (HEAD + "1,a,d,x\n1,b,d,x\n", "no_variation", "no variation"),
    "duplicates": (
        HEAD + "".join(f"{i},{a},d,{(i + k) % 2}\n" for i in range(12) for k in (1, 0) for a in "ab"),
        "undecided", None,
    ),
    "every label a value of its own": (
        HEAD + "".join(f"{i},{a},d,v{i}{a}\n" for i in range(40) for a in "ab"), None, "more than 50 values",
    ),
    "NaN and infinity as words": (
        HEAD + "".join(f"{i},{a},d,{('NaN', 'inf', '-inf', '1')[(i + (a == 'b' and i % 5 == 0)) % 4]}\n"
                       for i in range(40) for a in "ab"), None, None,
    ),
    "empty values": (HEAD + "".join(f"{i},{a},d,\n" for i in range(10) for a in "ab"), None, None),
    "only a header": (HEAD, None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_broken_table_is_answered_in_words(tmp_path, name, kind):
    content, verdict, reason = BROKEN[name]
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    if kind == "jsonl":
        lines = list(csv.DictReader(content.splitlines()))
        path = tmp_path / "labels.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        if not lines:
            assert run("agree", "--labels", path)[0] == 2
            return
    found = answer("agree", "--labels", path)
    code, out, err = run("agree", "--labels", path)
    assert code == 0 and "Traceback" not in out + err
    if not found["dimensions"]:
        assert any("no labels to compare" in notice for notice in found["notices"])
        return
    row = found["dimensions"][0]
    assert verdict is None or row["verdict"] == verdict
    assert reason is None or reason in row["reason"]
    if row["alpha"] is None:
        assert row["alpha_low"] is row["alpha_high"] is None and row["reason"]
    for more in (["--over-time", "thirds"], ["--consensus", "d"], ["--table", "markdown"]):
        assert run("agree", "--labels", path, *more)[0] == 0, more


def test_numbers_that_are_none_are_words(tmp_path):
    path = tmp_path / "labels.jsonl"
    rows = [{"item": i, "annotator": a, "value": float("nan") if i % 3 else i % 2} for i in range(24) for a in "ab"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))  # NaN, which JSON does not have
    found = answer("agree", "--labels", path)
    assert (
        found["dimensions"][0]["labels"] == 16
        and "without an item, annotator, dimension or value" in found["notices"][-1]
    )
    path.write_text("".join(json.dumps({**row, "value": 1e999 if row["item"] % 2 else 1}) + "\n" for row in rows))
    row = answer("agree", "--labels", path, "--level", "nominal")["dimensions"][0]
    assert row["alpha"] == 1
    assert answer("agree", "--labels", path, "--level", "interval")["dimensions"][0]["level"] == "nominal"
    three = [*rows, *({"item": i, "annotator": a, "value": 2} for i in range(30, 40) for a in "ab")]
    path.write_text(
        "".join(
            json.dumps({**row, "value": row["value"] if row["item"] > 29 else 1e999 if row["item"] % 2 else 1}) + "\n"
            for row in three
        )
    )
    code, _, err = run("agree", "--labels", path, "--level", "interval")
    assert code == 2 and "words without an order" in err


def test_a_thousand_categories_and_ids_of_every_kind(tmp_path):
    rng = np.random.default_rng(0)
    rows = [(i, a, "d", f"c{rng.integers(0, 900)}") for i in range(800) for a in "ab"]
    rows += [
        ("", "a", "d", "x"),
        (None, "b", "d", "x"),
        ("ü🙂", "a", "d", "x"),
        ("ü🙂", "b", "d", "x"),
        (1.0, "a", "e", True),
    ]
    path = tmp_path / "wide.csv"
    pd.DataFrame(rows, columns=["item", "annotator", "dimension", "value"]).to_csv(path, index=False)
    found = {row["dimension"]: row for row in answer("agree", "--labels", path)["dimensions"]}
    assert found["d"]["units"] == 801 and found["d"]["kappa"] is None and abs(found["d"]["alpha"]) < 0.05
    assert found["e"]["reason"].startswith("only one annotator")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["[1, 2]"], "list of objects"),
        (['{"item": 1, "annotator": "a"}'], "no column 'value'"),
        (['{"item": 1'], "not valid JSON Lines"),
        (["{}"], "holds no rows"),
    ],
)
def test_lines_that_are_no_labels(tmp_path, lines, words):
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(lines) + "\n")
    code, out, err = run("agree", "--labels", path, "--json")
    assert code == 2 and out == "" and words in err and "\n" not in err.strip()


def test_values_that_are_lists_or_objects(tmp_path):
    path = tmp_path / "labels.jsonl"
    rows = [{"item": i, "annotator": a, "value": [["x"], {"y": 1}, None][i % 3]} for i in range(12) for a in "ab"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    row = answer("agree", "--labels", path)["dimensions"][0]
    assert row["units"] == 8 and row["alpha"] == 1, "each is a word of its own"


def test_a_rubric_whose_values_nobody_gave():
    labels = pd.DataFrame(
        [(i, a, "tone", "meh") for i in range(20) for a in "ab"], columns=["item", "annotator", "dimension", "value"]
    )
    rubric = {"tone": Scale("ordinal", ("cold", "warm"), "cold"), "facts": Scale("interval", ("low", "high"))}
    found = agree(labels, rubric=rubric)
    rows = found.dimensions.set_index("dimension")
    assert rows.loc["tone", "reason"].startswith("no labels; 40 labels with a value")
    assert rows.loc["facts", "reason"] == "no labels" and math.isnan(rows.loc["facts", "alpha"])
    assert found.table()["alpha [95% CI]"].tolist() == ["–", "–"]
