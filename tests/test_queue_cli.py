"""Labelling from a terminal: the whole way through one queue, and what the JSON must not hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from labelling_workspace import SAMPLE, SECRETS, answer, make_labelling, question

from workbench.cli import cli
from workbench.cli.queue import queue as group

README = Path(__file__).parent.parent / "docs" / "queues.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("cli") / "w"
    make_labelling(path, n=4).store.close()
    return str(path)


def run(folder: str, *arguments: str, stdin: str | None = None, fails: bool = False):
    done = CliRunner().invoke(cli, ["-w", folder, "queue", *arguments], input=stdin)
    assert (done.exception is None) != fails, done.output
    return done


def asked(folder: str, *arguments: str, **more) -> dict:
    found = run(folder, *arguments, "--json", **more)
    assert found.stdout.count("\n") == 1
    return json.loads(found.stdout)


def test_a_team_can_label_from_a_terminal(folder):
    made = asked(folder, "make", SAMPLE, "--annotator", "ana", "--annotator", "cem", "--fixed", "--gold", "adjudicated")
    queue = made["queue_id"]
    assert (made["items"], made["slots"], made["per_person"]) == (4, 8, {"ana": 4, "cem": 4})
    listed = asked(folder, "list")["queues"]
    assert [each["queue_id"] for each in listed] == [queue] and listed[0]["open"] == 8

    seen = []
    first = asked(folder, "next", queue, "--as", "ana")
    seen.append(first)
    item = first["item"]
    place = next(n for n in range(6) if question(n) in json.dumps(item))
    assert item["output"] is None and answer(place) not in json.dumps(first)
    assert [each["name"] for each in first["dimensions"]] == ["grounded", "tone"]
    told = asked(folder, "answer", queue, str(item["slot_id"]), "--as", "ana", "--text", "-", stdin="At the depot.\n")
    seen.append(told)
    assert told["item"]["output"] == answer(place) and told["item"]["answer"] == "At the depot."
    given = ["-d", "grounded=pass", "-d", "tone=warm"]
    seen.append(asked(folder, "save", queue, str(item["slot_id"]), "--as", "ana", "--outcome", "pass", *given))
    assert seen[-1]["labels"] == 3 and seen[-1]["done"] == 1
    everything = json.dumps(seen).casefold()
    for secret in SECRETS:
        assert secret.casefold() not in everything, secret

    people = asked(folder, "progress", queue)
    assert {each["annotator"]: each["done"] for each in people["people"]} == {"ana": 1, "cem": 0}
    assert asked(folder, "hand-over", queue, "ana", "--to", "dee")["moved"] in ({"dee": 3}, {"dee": 4})
    assert asked(folder, "close", queue)["closed"] is True
    none = asked(folder, "next", queue, "--as", "cem")
    assert none["item"] is None and none["standing"]["closed"] is True
    assert asked(folder, "close", queue, "--reopen")["closed"] is False


def test_for_people_it_is_text_and_tables(folder):
    queue = asked(folder, "make", SAMPLE, "--per-item", "1", "--name", "second round")["queue_id"]
    assert "second round" in run(folder, "list").stdout
    shown = run(folder, "next", queue, "--as", "eve").stdout
    assert question(0) in shown and "[passage 1] Depots" in shown and "tone: curt, neutral, warm" in shown
    assert answer(0) not in shown and "calls find_parcel" in shown
    slot = shown.split()[1]
    assert answer(0) in run(folder, "answer", queue, slot, "--as", "eve", "--cannot-say").stdout
    assert "1 done, 3 left" in run(folder, "save", queue, slot, "--as", "eve", "--outcome", "defer").stdout
    assert "near the output" in run(folder, "progress", queue).stdout
    assert "none moved" in run(folder, "hand-over", queue, "eve").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["next", "q-0", "--as", "ana"], "there is no queue"),
        (["make", "s-0"], "there is no sample"),
        (["save", "q-0", "1", "--as", "ana", "--outcome", "fail", "-d", "tone"], "NAME=VALUE"),
        (["answer", "q-0", "x", "--as", "ana"], "not a valid integer"),
    ],
)
def test_a_mistake_is_one_line(folder, arguments, told):
    command = [sys.executable, "-m", "workbench", "-w", folder, "queue", *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 2 and found.stdout == ""
    assert found.stderr.startswith("workbench: ") and found.stderr.count("\n") == 1 and told in found.stderr


@pytest.mark.parametrize("verb", sorted(group.commands))
def test_every_verb_is_documented_and_helpful(verb):
    assert f"| `{verb}" in README.read_text(encoding="utf-8")
    assert group.commands[verb].help
