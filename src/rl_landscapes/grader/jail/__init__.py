"""The jail that submissions run in: what it sees, which system calls it may make, its limits."""
