"""A text that has to be JSON and meet a JSON Schema.

Nothing is fetched: what a schema refers to is in it, or the rule says that it is not. The patterns in a schema have the
same time limit as any other; patterns for the names of keys are not taken, because nothing could stop them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.errors import BadRequest
from workbench.rules.answers import PASSED, Check, Late, References, Said, searcher


def schema_check(schema: Any, seconds: float) -> Check:
    """The check of a JSON Schema.

    Raises:
        BadRequest: it is no JSON Schema, or has patterns for names of keys.
    """
    import referencing

    validator = _validator(schema, seconds)

    def check(text: str, _: References) -> Said:
        try:
            content = json.loads(text, parse_constant=_no_number)
            error = next(validator.iter_errors(content), None)
        except ValueError:
            return Said("fail", "no JSON")
        except Late:
            return Said(None, "a pattern of the schema takes too long", late=True)
        except RecursionError:
            return Said(None, "the JSON is nested too deeply, or the schema refers to itself without end")
        except OverflowError:
            return Said(None, "the JSON holds a number beyond measure")
        except referencing.exceptions.Unresolvable:
            return Said(None, "the schema refers to what is not in it")
        if error is None:
            return PASSED
        return Said("fail", f"against the schema at {'/'.join(map(str, error.absolute_schema_path))}")

    return check


def _validator(schema: Any, seconds: float) -> Any:
    import jsonschema
    import referencing

    if not isinstance(schema, dict):
        raise BadRequest("its schema is no JSON Schema: it has to be an object")
    searches = {pattern: searcher(pattern, seconds) for pattern in _patterns(schema)}

    def pattern_met(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not searches[pattern](instance):
            yield jsonschema.ValidationError("pattern")

    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema, format_checker=None)  # its patterns were compiled above, by the engine that runs them
    except jsonschema.SchemaError as error:
        place = "/".join(map(str, error.absolute_path)) or "its top"
        raise BadRequest(f"its schema is no JSON Schema: look at {place}") from None
    timed = jsonschema.validators.extend(kind, {"pattern": pattern_met})
    return timed(_undated(schema), registry=referencing.Registry())  # an empty registry fetches nothing


def _undated(schema: Any) -> Any:
    """A schema without ``$schema``: a part that names its draft would be checked by patterns without a time limit."""
    if isinstance(schema, Mapping):
        named = {key: value for key, value in schema.items() if key != "$schema" or not isinstance(value, str)}
        return {key: _undated(value) for key, value in named.items()}
    return [_undated(each) for each in schema] if isinstance(schema, list | tuple) else schema


def _no_number(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def _patterns(schema: Any) -> set[str]:
    """The patterns of a schema.

    Raises:
        BadRequest: it has patterns for names of keys, which nothing could stop.
    """
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if "patternProperties" in each:
                raise BadRequest("its schema has patternProperties, which are not taken; use propertyNames instead")
            if isinstance(each.get("pattern"), str):
                found.add(each["pattern"])
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each
    return found
