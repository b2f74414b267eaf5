"""workspace.toml: the settings that a team reviews, read strictly.

A misspelt key is an error, not a silent default: people read this file to know what the workbench does with their
traces. What a person may change is written into the file with its meaning when a workspace is made.
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import BadSettings

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
n_neighbors = 15
seed = 0
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
    n_neighbors: int = Field(default=15, ge=2, le=200)
    seed: int = 0


class Settings(Section):
    """Everything in workspace.toml."""

    redaction: Redaction = Redaction()
    embedding: Embedding = Embedding()
    map: MapSettings = MapSettings()
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
