"""workspace.toml: the settings that a team reviews, read strictly.

A misspelt key is an error, not a silent default: people read this file to know what the workbench does with their
traces. What a person may change is written into the file with its meaning when a workspace is made.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench.contract import EvaluationContract
from workbench.errors import BadSettings
from workbench.rules.declared import Rule

SETTINGS_FILE = "workspace.toml"

DEFAULT_FILE = """\
# Settings of this workspace. Meant to be read and reviewed by the team; every line shows its default.

[redaction]
policy = "default"       # default: people, places, organisations and everything with a fixed shape;
                         # names_only and structured_only redact less: `workbench policies` says what each leaks
ner = "auto"             # auto: en_core_web_lg, md or sm where installed, else the offline tagger; or one by name

[redaction.patterns]     # more things to redact: TYPE = "regular expression"
# ORDER_ID = "\\\\bWF-[0-9]{6}\\\\b"

[embedding]
model = "all-MiniLM-L6-v2"   # bundled, no network; or a sentence-transformers name or path
view = "user"                # which text is embedded: user, input_output, input, output
# url = "http://localhost:8080/v1/embeddings"     # an OpenAI-compatible endpoint instead
# key_env = "EMBEDDINGS_KEY"                      # the variable that holds its key

[map]
method = "auto"          # auto, communities, hdbscan or kmeans
reassign = false         # true gives unclustered traces to the nearest cluster
# n_neighbors = 15     # of each trace in the graph; by default the root of their number, 10 to 25
layout = "compiled"      # who draws UMAP's layout: compiled, or umap-learn, which takes longer
seed = 0

[sample]
random_share = 0.2       # the least part of every sample that is drawn at random over everything; 0.2 or more

# a plan of your own, or under the name of a built-in one in its place; see docs/sampling.md
# [sample.plans.refunds]
# strata = [
#   { name = "refunds", share = 60, where = "input ILIKE '%refund%'" },
#   { name = "looks bad", share = 40, condition = "failure_signals" },
# ]

[golden]
against = []             # files of prompts and few-shot examples that hold no case; looked through before every freeze
# changed_at = 2026-11-05  # since when the product has been as it is judged; older cases are told before a freeze
rolling_size = 100       # cases in the rolling pool of fresh production cases, a quarter of them new every round
rolling_days = 28        # how old they may be

# what the gate decides, and by which thresholds; without it only the comparison with the baseline does. docs/gate.md
# [contract]
# decision = "ship the new refund prompt"
# scope = "refund questions in English; says nothing of chargebacks"
# threshold = 0.9              # the share of cases that has to be shown to pass
# slice_threshold = 0.8        # below which no slice may be
# slices = { "intent=refund" = 0.85 }
# critical = ["intent=refund"] # slices that have to be shown to hold, or nothing passes
# margin = 0.05                # the drop against the baseline that is still good enough
# false_pass = 30              # what letting a bad release through costs
# false_hold = 1               # what holding a good one back costs, in the same unit

[severity]
costs = [1, 3, 10, 30, 100]   # what a failure of severity 1 to 5 costs: "one of 5 is as bad as a hundred of 1"

# what each severity means, in your own words; people agree on numbers only where the words stand beside them
# anchors = ["cosmetic", "annoying, task done", "partly wrong", "wrong outcome", "never event"]

[judging]
attempts = 6             # of one request to a judge, the first included
first_wait = 1.0         # seconds before the second attempt; twice as long before each further one
longest_wait = 60.0      # seconds; a service that asks for longer ends the run
give_up_after = 5        # requests that failed one after another end the run

[drift]
min_n = 100              # traces a side below which nothing is judged
level = 0.05             # how often the verdict may be wrong, over all that is tested
tolerance = 0.15         # the share of traffic that may have moved under a verdict of stable; docs/drift.md

[retention]
# days = 180             # how long traces are kept: `workbench purge --expired` takes out what is older

# checks that need no judgement, as labels of kind rule; see docs/rubric.md
# [rules.no_promise]
# kind = "phrases"         # or regex, json_schema, exact, length
# forbidden = ["guaranteed", "I promise"]
"""


class Section(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Redaction(Section):
    """What is taken out before anything is stored."""

    policy: str = "default"
    ner: str = "auto"
    patterns: dict[str, str] = Field(default_factory=dict)


class Embedding(Section):
    """Which text becomes a vector, and by which model."""

    model: str = "all-MiniLM-L6-v2"
    view: str = "user"
    url: str | None = None
    key_env: str | None = None


class MapSettings(Section):
    """How the map is made."""

    method: Literal["auto", "communities", "hdbscan", "kmeans"] = "auto"
    reassign: bool = False
    n_neighbors: int | None = Field(default=None, ge=2, le=200)
    layout: Literal["compiled", "umap-learn"] = "compiled"
    seed: int = 0


class StratumSettings(Section):
    """A part of the traces and its share of the reading; exactly one of the last four says which traces."""

    name: str = Field(min_length=1, max_length=80)
    share: float = Field(gt=0)
    where: str | None = None
    clusters: tuple[int, ...] | None = None
    signals: tuple[str, ...] | None = None
    condition: str | None = None

    @model_validator(mode="after")
    def _one_of_four(self) -> "StratumSettings":
        if sum(each is not None for each in (self.where, self.clusters, self.signals, self.condition)) != 1:
            raise ValueError("a stratum needs exactly one of where, clusters, signals and condition")
        if self.name in ("rest", "picked"):
            raise ValueError("rest and picked are names that every sample uses itself")
        return self


class PlanSettings(Section):
    """A plan to draw samples by."""

    meaning: str = "a plan of this workspace"
    strata: tuple[StratumSettings, ...] = ()
    random_share: float | None = Field(default=None, ge=0.2, le=1)
    pick_share: float = Field(default=0.0, ge=0, le=0.5)
    picks: tuple[Literal["latency_ms", "cost_usd", "length"], ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> "PlanSettings":
        if len({each.name for each in self.strata}) < len(self.strata):
            raise ValueError("two strata of a plan bear the same name")
        return self


class SampleSettings(Section):
    """How samples are drawn."""

    random_share: float = Field(default=0.2, ge=0.2, le=1)
    plans: dict[str, PlanSettings] = Field(default_factory=dict)


class SeveritySettings(Section):
    """What the severities from 1 to 5 cost, and what they mean in words."""

    costs: tuple[float, float, float, float, float] = (1, 3, 10, 30, 100)
    anchors: tuple[str, str, str, str, str] | None = None

    @model_validator(mode="after")
    def _costs_rise(self) -> "SeveritySettings":
        if self.costs[0] <= 0 or list(self.costs) != sorted(self.costs):
            raise ValueError("costs are five numbers above 0, none smaller than the one before")
        return self


class JudgingSettings(Section):
    """How patiently a judge's service is asked."""

    attempts: int = Field(default=6, ge=1, le=20)
    first_wait: float = Field(default=1.0, ge=0, le=600)
    longest_wait: float = Field(default=60.0, ge=0, le=3_600)
    give_up_after: int = Field(default=5, ge=1, le=1_000)


class GoldenSettings(Section):
    """What the golden set is checked against before a version is frozen."""

    against: tuple[str, ...] = ()
    changed_at: datetime | date | None = None
    rolling_size: int = Field(default=100, ge=1, le=10_000)
    rolling_days: int = Field(default=28, ge=1, le=3_650)


class DriftSettings(Section):
    """What the verdict on drift rests on."""

    min_n: int = Field(default=100, ge=10)
    level: float = Field(default=0.05, gt=0, lt=0.5)
    tolerance: float = Field(default=0.15, gt=0, lt=1)


class RetentionSettings(Section):
    """How long traces are kept."""

    days: int | None = Field(default=None, ge=1, le=36_500)


class Settings(Section):
    """Everything in workspace.toml."""

    redaction: Redaction = Redaction()
    embedding: Embedding = Embedding()
    map: MapSettings = MapSettings()
    sample: SampleSettings = SampleSettings()
    severity: SeveritySettings = SeveritySettings()
    judging: JudgingSettings = JudgingSettings()
    golden: GoldenSettings = GoldenSettings()
    drift: DriftSettings = DriftSettings()
    retention: RetentionSettings = RetentionSettings()
    rules: dict[str, Rule] = Field(default_factory=dict)
    contract: EvaluationContract | None = None
    database_url: str | None = None


def load_settings(folder: Path) -> Settings:
    """Read workspace.toml of a workspace folder; a missing file means the defaults.

    Raises:
        BadSettings: The file is no TOML, or has a key or value that is not known; the message names it.
    """
    path = folder / SETTINGS_FILE
    if not path.exists():
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}") from None
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSettings(f"{path}: {where}: {first['msg'].lower()}. Correct that line or take it out.") from None
