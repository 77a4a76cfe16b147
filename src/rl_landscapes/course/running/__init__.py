"""Running a student's code: here, in a process of its own, or in a jail; only plain data goes in and out."""
