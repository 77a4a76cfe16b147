"""nbgrader's gradebook: who has what for which cell, and the notebooks that formgrader shows."""
