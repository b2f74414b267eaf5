"""The verbs of queues: hand out traces to be labelled blind, serve an item, save what was said of it."""

from __future__ import annotations

from workbench.workspace.labels import LabelVerbs


class QueueVerbs(LabelVerbs):
    """Queues."""
