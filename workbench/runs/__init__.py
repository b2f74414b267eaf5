"""Running a golden set: a target is asked every case, several at a time, each answer kept the moment it is there.

What a target is does not matter to what comes after: a function, a command or a service give text for a case, or a
reason why there is none. A case without an answer is a row with an error, never a case that is missing.
"""

from workbench.runs.pick import Pick, pick
from workbench.runs.report import RunReport
from workbench.runs.runner import Answered, NoAnswer, run
from workbench.runs.targets import Target, target_of

__all__ = ["Answered", "NoAnswer", "Pick", "RunReport", "Target", "pick", "run", "target_of"]
