"""How long the fuzzing goes on: a few seconds as a rule, as many examples as FUZZ says for `make fuzz`.

As a rule it tries the same examples every time. `make fuzz` tries others, and keeps those that fail in
.cache/fuzz to try them first the next time. A find that is mended stays as an `@example`.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

SHORT = 20  # examples of each test
EXAMPLES = int(os.environ.get("FUZZ", "0"))
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}
LASTING = DirectoryBasedExampleDatabase(".cache/fuzz")
settings.register_profile("short", max_examples=SHORT, derandomize=True, database=None, **COMMON)
settings.register_profile("long", max_examples=max(EXAMPLES, 1), database=LASTING, print_blob=True, **COMMON)
settings.load_profile("long" if EXAMPLES else "short")
