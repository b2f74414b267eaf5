"""Redact a JSONL file of texts without a workspace: findings with offsets beside the redacted text."""

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from workbench.errors import BadRequest, UnreadableFile, WorkbenchError

CHUNK = 512
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def redact_file(
    source: Path,
    target: Path,
    *,
    policy: str = "default",
    progress: Callable[[str, int, int | None], None] | None = None,
) -> dict[str, Any]:
    """Redact rows {id, text} of a JSONL file into rows {id, text, findings}.

    Offsets in the findings are code points of the *input* text, end exclusive.

    Returns:
        texts (rows written), findings (count per entity) and ner (the engine that ran).

    Raises:
        UnreadableFile: The file is missing or empty, or a line is no row {id, text}; the message names the line.
        BadRequest: The target cannot be written.
    """
    from workbench.redact import Redactor

    if not source.is_file():
        raise UnreadableFile(f"there is no file {str(source)!r}. Give a JSONL file with rows {{id, text}}")
    if target.is_dir():
        raise BadRequest(f"{str(target)!r} is a folder. Name a file in it")
    if not target.parent.is_dir():
        raise BadRequest(f"there is no folder {str(target.parent)!r}. Make it first")
    if target.exists() and target.samefile(source):
        raise BadRequest("input and output are the same file. Give another name for the output")
    redactor = Redactor(policy)
    found: Counter[str] = Counter()
    n = 0
    unfinished = target.with_name(target.name + ".part")
    try:
        with unfinished.open("wb") as file:
            for rows in _chunks(source):
                texts = [row["text"] for row in rows]
                findings = redactor.analyse(texts)
                redacted, _ = redactor.redact(texts)
                for row, text, spans in zip(rows, redacted, findings, strict=True):
                    listed = [{"type": f.type, "start": f.start, "end": f.end, "score": f.score} for f in spans]
                    file.write(orjson.dumps({"id": row["id"], "text": text, "findings": listed}) + b"\n")
                    found.update(span.type for span in spans)
                n += len(rows)
                if progress:
                    progress("redact", n, None)
        if not n:
            raise UnreadableFile(f"{source} is empty. Give a JSONL file with rows {{id, text}}")
    except WorkbenchError:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(target)
    return {"texts": n, "findings": dict(sorted(found.items())), "ner": redactor.engine}


def _chunks(source: Path) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    row = 0
    with source.open("rb") as lines:
        for line in lines:
            line = line.removeprefix(codecs.BOM_UTF8) if row == 0 else line
            if not line.strip():
                continue
            chunk.append(_row(line, source, row))
            row += 1
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def _row(line: bytes, source: Path, row: int) -> dict[str, Any]:
    content = _parsed(line, source, row)
    if not isinstance(content, dict) or not isinstance(content.get("text"), str) or "id" not in content:
        raise UnreadableFile(f"{source} row {row}: id or text is missing, or text is no string. Needed: {{id, text}}")
    return content


def _parsed(line: bytes, source: Path, row: int) -> Any:
    """A line's value; half of a pair of surrogates, which UTF-8 cannot write, becomes the replacement character."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(line.decode("utf-8"), object_hook=_writable)
    except (ValueError, RecursionError):
        raise UnreadableFile(f"{source} row {row} is not JSON. Every line must be an object {{id, text}}") from None


def _writable(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _LONE_SURROGATE.sub("\ufffd", item) if isinstance(item, str) else item for key, item in content.items()
    }
