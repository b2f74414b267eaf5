"""Whether the long tests run too: ``make test-deep``."""

import os

DEEP = os.environ.get("WORKBENCH_DEEP") == "1"
