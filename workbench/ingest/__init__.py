"""Ingest: from raw records to redacted rows with a full account. ``Pipeline`` runs it, ``IngestReport`` tells of it."""

from workbench.ingest.pipeline import Pipeline, SourceFile
from workbench.ingest.report import IngestReport

__all__ = ["IngestReport", "Pipeline", "SourceFile"]
