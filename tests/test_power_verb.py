"""power: the numbers scripts rely on, and mistakes in one line."""

import json

import pytest
from click.testing import CliRunner

from workbench.cli import cli
from workbench.errors import BadRequest
from workbench.gate import plan
from workbench.workspace.planning import power_curves


def run(*arguments):
    return CliRunner().invoke(cli, ["power", *map(str, arguments)], catch_exceptions=True)


def answer(*arguments):
    found = run(*arguments, "--json")
    assert found.exit_code == 0 and found.stdout.count("\n") == 1
    return json.loads(found.stdout, parse_constant=lambda word: pytest.fail(word))


def test_the_sizes_of_the_contract():
    assert answer("--baseline", 0.8, "--effect", 0.05)["n"] == 903
    assert answer("--baseline", 0.8, "--effect", 0.05, "--paired", 0.10)["n"] == 312
    assert answer("--baseline", 0.8, "--effect", 0.02, "--paired", 0.10)["n"] == 1960
    fall = answer("--baseline", 0.9, "--effect", -0.05)
    assert (fall["n"], fall["opposite"], fall["one_sample"], fall["total"]) == (681, 424, 316, 1362)
    assert fall["design"] == "independent" and fall["mde"] is None and fall["slices"] is None


def test_what_a_set_sees_and_what_slices_take():
    found = answer("--baseline", 0.8, "--effect", -0.05, "--paired", 0.1, "--n", 100, "--slices", 10)
    assert found["mde"] == pytest.approx(0.088, abs=5e-4) and found["not_worse"] == 248
    assert found["slices"]["factor"] == pytest.approx(1.70, abs=5e-3)
    assert found["slices"]["n"] == pytest.approx(1.70 * 312, rel=0.01)
    assert answer("--baseline", 0.8, "--effect", -0.05, "--n", 100)["mde"] == pytest.approx(0.178, abs=5e-4)
    blind = answer("--baseline", 0.95, "--effect", 0.04, "--n", 5)
    assert blind["mde"] is None and "no room" in blind["mde_reason"]


def test_a_small_set_of_pairs_sees_the_same_here_as_on_the_page():
    # 30 pairs that differ on a tenth see no change of a tenth, and one of a quarter, which makes them differ by as much
    for n, least in ((30, 0.245), (72, 0.11)):
        seen = answer("--baseline", 0.9, "--effect", -0.05, "--paired", 0.1, "--n", n)["mde"]
        page = power_curves(0.9, -0.05, discordance=0.1, sizes=[n]).smallest
        assert seen == page.loc[page["design"] == "paired", "mde"].iloc[0] == pytest.approx(least)
    none = answer("--baseline", 0.9, "--effect", 0.05, "--paired", 0.1, "--n", 30)
    assert none["mde"] is None and "hardly ever differ" in none["mde_reason"]


def test_the_rules_of_thumb_stand_with_their_conditions():
    shown = run("--baseline", 0.8, "--effect", 0.05, "--n", 200, "--slices", 5).stdout
    assert "903" in shown and "300 to 400" in shown and "10 to 13%" in shown and "in each of 5 slices" in shown
    assert "312 at 10%" in shown and plan(0.8, 0.05, discordance=0.1).n == 312
    assert "Power: 312 pairs" in repr(plan(0.8, 0.05, discordance=0.1, n=100, slices=2))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--baseline", 80, "--effect", 0.05), "is no share"),
        (("--baseline", 0.8, "--effect", 0), "is no change"),
        (("--baseline", 0.98, "--effect", 0.05), "leaves 0 to 1"),
        (("--baseline", 0.8, "--effect", 0.05, "--paired", 0.02), "differ on 0.05 to 0.35"),
        (("--baseline", 0.8, "--effect", 0.05, "--n", 0), "--n a size"),
        (("--baseline", 0.8, "--effect", 0.05, "--slices", 0), "--slices 1"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(options, said):
    found = run(*options)
    assert isinstance(found.exception, BadRequest) and said in str(found.exception) and found.stdout == ""
