"""From a judge's description to what is sent: checked against the rubric, redacted, filled with examples."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from workbench.errors import BadRequest
from workbench.workspace.judge_parts import JudgeParts

if TYPE_CHECKING:
    from workbench.judge.prompt import Template
    from workbench.judge.spec import JudgeSpec

NO_DIMENSION = ("code", "note", "gold_answer", "root_cause")


class JudgePrompts(JudgeParts):
    """What a judge is told."""

    def _template(self, spec: JudgeSpec) -> Template:
        """The judge's messages, filled with what the rubric and the examples say now."""
        from workbench.judge.prompt import Template, example_texts, rubric_text, texts_of

        asked = f"{spec.system or ''}{spec.prompt}"
        dimension = self.rubric().find(spec.dimension) if "{rubric}" in asked else None
        if "{rubric}" in asked and dimension is None:
            raise BadRequest(
                f"the prompt shows the rubric, and the rubric has no dimension {spec.dimension!r}. Add it, or take"
                " {rubric} out of the prompt"
            )
        texts = self._texts_of(spec.examples) if spec.examples else {}
        said = self._people_say(spec.dimension) if spec.examples else {}
        shown = [(texts_of(texts[each]), *said[each]) for each in self._labelled_only(spec.examples, texts, said)]
        return Template.of(spec, rubric=rubric_text(dimension) if dimension else "", examples=example_texts(shown))

    def _of_dimension(self, spec: JudgeSpec) -> JudgeSpec:
        """The description with the values of its dimension, which it may leave out."""
        if spec.dimension in NO_DIMENSION:
            raise BadRequest(
                f"a judge gives one verdict on a dimension, and {spec.dimension} is none. Name another one"
            )
        if spec.dimension == "outcome":
            known: tuple[str, ...] = ("pass", "fail", "defer")
            positive: str | None = "pass"
        else:
            dimension = self.rubric().find(spec.dimension)
            if dimension is None:
                return spec
            known = dimension.values
            rest = [value for value in known if value != dimension.failure]
            positive = rest[0] if len(rest) == 1 else spec.positive
            spec = spec.model_copy(update={"dimension": dimension.name})
            if "values" not in spec.model_fields_set:
                spec = spec.model_copy(update={"values": known})
        if not set(spec.values) <= set(known):
            raise BadRequest(f"the values of {spec.dimension} are {', '.join(known)}. Give the judge those")
        return spec.model_copy(update={"positive": spec.positive or positive})

    def _safe_spec(self, spec: JudgeSpec) -> tuple[JudgeSpec, tuple[str, ...]]:
        """The description as it may be stored, and what was taken out."""
        key = os.environ.get(spec.key_env or "", "")
        if key and key in spec.model_dump_json():
            raise BadRequest(f"the description holds the key that {spec.key_env} holds. Take it out: keys are not kept")
        words = "|".join(re.escape(value) for value in spec.values)
        kept = re.compile(rf'(\{{\w+\}}|"?\b(?:verdict|label|answer)"?\s*:\s*"?(?:{words})"?)')
        texts = {"prompt": kept.split(spec.prompt), "system": kept.split(spec.system or "")}
        (safe,), counts = self.redactor.redact([{name: parts[::2] for name, parts in texts.items()}])
        for name, parts in texts.items():
            parts[::2] = safe[name]
        told = ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items()))
        notices = (f"Taken out of the prompt before it was stored: {told}. Read it over.",) if told else ()
        prompt, system = ("".join(texts[name]) for name in ("prompt", "system"))
        return spec.model_copy(update={"prompt": prompt, "system": system or None}), notices
