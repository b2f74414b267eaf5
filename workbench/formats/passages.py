"""Retrieved passages as ``{id, score, text}``, from whatever a retriever, a reranker or a table calls them."""

from typing import Any

from workbench.formats import values
from workbench.formats.jsontext import inner


def passages(value: Any) -> list[dict[str, Any]] | None:
    """Retrieved passages as ``{id, score, text}``, from a list of texts or of documents in any spelling."""
    value = inner(value)
    if isinstance(value, dict):
        value = next(
            (inner(value[key]) for key in ("documents", "docs", "results", "nodes", "matches") if value.get(key)),
            [value],
        )
    if not isinstance(value, (list, tuple)):
        return None
    return [passage for passage in map(_passage, value) if passage]


def _passage(item: Any) -> dict[str, Any] | None:
    """One passage."""
    item = inner(values.plain(item))
    if not isinstance(item, dict):
        return {"id": None, "score": None, "text": str(item)} if item is not None else None
    item = {key.removeprefix("document."): value for key, value in (item.get("document") or item).items()} | {
        key: value for key, value in item.items() if key in ("score", "id")
    } if isinstance(item.get("document", {}), dict) else item  # fmt: skip
    if isinstance(item.get("node"), dict):
        item = {**item["node"], "score": item.get("score")}
    text = next(
        (
            item[key]
            for key in ("text", "content", "page_content", "body", "snippet", "chunk")
            if item.get(key) is not None
        ),
        None,
    )
    found = {
        "id": next(
            (str(item[key]) for key in ("id", "doc_id", "document_id", "id_", "source") if item.get(key) is not None),
            None,
        ),
        "score": values.number(
            next((item[key] for key in ("score", "relevance", "similarity") if item.get(key) is not None), None)
        ),
        "text": values.text(text),
    }
    metadata = inner(item.get("metadata"))
    return {**found, "metadata": metadata} if isinstance(metadata, dict) and metadata else found
