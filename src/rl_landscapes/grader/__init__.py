"""What an instructor runs: release, collect, grade in a jail, give feedback, export."""
