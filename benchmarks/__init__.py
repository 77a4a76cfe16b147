"""Speed and memory against other programs, side by side in one run: `python -m benchmarks`."""
