"""An OpenAI-compatible service: how it is described, and one request asked of it with patience and within a limit.

Judges and the targets of runs ask through here, so that both wait, retry and count alike.
"""

from workbench.service.spec import ServiceSpec

__all__ = ["ServiceSpec"]
