"""Redaction between the parser and the first byte written: text and JSON in, redacted text and findings out.

    Redactor("default").redact([{"content": "Hi, I'm Mia Li, mia@example.com"}])

One value is one trace and one scope of placeholders. The engine that finds names is shown by ``Redactor.engine``;
what a policy leaves readable is in its ``leaks``. No network, no raw text on disk, none in an exception.
"""

from workbench.redact.entities import ENTITIES, POLICIES, Finding, Policy, plain_words
from workbench.redact.placeholders import number_placeholders
from workbench.redact.redactor import Redactor

__all__ = ["ENTITIES", "POLICIES", "Finding", "Policy", "Redactor", "number_placeholders", "plain_words"]
