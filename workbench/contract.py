"""The evaluation contract: what a gate decides, by which thresholds, said before anybody looks at a result.

It stands in workspace.toml under ``[contract]``, or in a file of its own, and is read strictly: a misspelt threshold is
an error, not no threshold. What it does not say is not demanded. Slices are written ``column=value``.
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from workbench.errors import BadSettings

MARGIN = 0.05
TRIP_MARGIN = 0.10
MODES = ("trip-wire", "deep")


class Metric(BaseModel):
    """What a column of passes has to reach.

    Attributes:
        threshold: The share that has to be shown over all cases.
        slice_threshold: The share below which no slice may be, unless it has its own.
        slices: Thresholds of single slices, by ``column=value``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: float | None = Field(default=None, gt=0, le=1)
    slice_threshold: float | None = Field(default=None, gt=0, le=1)
    slices: dict[str, float] = Field(default_factory=dict)

    @field_validator("slices")
    @classmethod
    def _slices_are_named(cls, slices: dict[str, float]) -> dict[str, float]:
        for name, share in slices.items():
            _slice(name)
            if not 0 < share <= 1:
                raise ValueError(f"the threshold of a slice lies above 0 and up to 1, not at {share:g}")
        return slices

    def of(self, name: str) -> float | None:
        """The threshold of a slice, its own or that of every slice."""
        return self.slices.get(name, self.slice_threshold)


class EvaluationContract(Metric):
    """What the gate is held to. The thresholds at the top are those of ``passed``.

    Attributes:
        decision: The decision that the gate supports, in words.
        scope: What the set covers, and what it does not, in words.
        metrics: Further columns of passes in the results, with their thresholds.
        slice_by: The columns of the cases to slice by; None takes every slice that the cases have.
        critical: Slices that veto: where they have no threshold and no baseline shows them, nothing passes.
        margin: The drop against the baseline that is still good enough, deep.
        trip_margin: The same for a trip-wire, and by how much it may fall short of showing a threshold.
        alpha: Share of good releases that the gate may fail.
        cluster: A column of the cases whose rows belong together, such as session_id or parent_case.
        mode: trip-wire or deep, where nobody says.
        false_pass: What letting a bad release through costs, in any unit.
        false_hold: What holding a good release back costs, in the same unit.
    """

    decision: str | None = Field(default=None, max_length=400)
    scope: str | None = Field(default=None, max_length=400)
    metrics: dict[str, Metric] = Field(default_factory=dict)
    slice_by: tuple[str, ...] | None = None
    critical: tuple[str, ...] = ()
    margin: float = Field(default=MARGIN, gt=0, lt=1)
    trip_margin: float = Field(default=TRIP_MARGIN, gt=0, lt=1)
    alpha: float = Field(default=0.05, ge=0.001, le=0.2)
    cluster: str | None = None
    mode: Literal["trip-wire", "deep"] = "deep"
    false_pass: float | None = Field(default=None, gt=0)
    false_hold: float | None = Field(default=None, gt=0)

    @field_validator("critical")
    @classmethod
    def _critical_ones_are_named(cls, critical: tuple[str, ...]) -> tuple[str, ...]:
        for name in critical:
            _slice(name)
        return critical

    @model_validator(mode="after")
    def _fits_together(self) -> "EvaluationContract":
        if self.trip_margin < self.margin:
            raise ValueError("trip_margin may not be smaller than margin: a trip-wire is the coarser of the two")
        if (self.false_pass is None) != (self.false_hold is None):
            raise ValueError("false_pass and false_hold are compared with each other; give both or neither")
        if "passed" in self.metrics:
            raise ValueError("the thresholds of passed stand at the top of the contract, not under metrics")
        return self

    def margin_of(self, mode: str) -> float:
        """The drop that is still good enough in this mode."""
        return self.trip_margin if mode == "trip-wire" else self.margin


def read_contract(path: Path) -> EvaluationContract:
    """Read a contract from a TOML file, under ``[contract]`` or at its top.

    Raises:
        BadSettings: The file is missing, no TOML, or has a key or value that is not known; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSettings(f"{path}: there is no such file. Give a TOML file with the contract") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"{path} is not a readable TOML file ({type(error).__name__}). Correct it") from None
    given = content.get("contract", content)
    try:
        return EvaluationContract.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["contract", *(str(part) for part in first["loc"])])
        raise BadSettings(f"{path}: {where}: {first['msg'].lower()}. Correct that line or take it out.") from None


def _slice(name: str) -> None:
    column, equals, value = name.partition("=")
    if not (equals and column.strip() and value.strip()):
        raise ValueError("a slice is written column=value, such as intent=refund")
