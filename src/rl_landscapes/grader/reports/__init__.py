"""What goes back: feedback for students, points for the platform, and what an instructor looks at."""

FORMATS = ("plain", "canvas", "moodle", "gradescope")  # in which points are exported
