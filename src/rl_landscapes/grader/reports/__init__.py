"""What goes back: feedback for students, points for the platform, and what an instructor looks at."""
