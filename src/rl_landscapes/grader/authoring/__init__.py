"""From what an author writes to what a student gets: sources, releases, typical wrong answers."""
