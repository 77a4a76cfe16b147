"""What an instructor runs: release, collect, grade in a jail, give feedback, export.

authoring    from the text of an author to the notebook of a student
collecting   what a class handed in, out of a folder or a platform's zip
jail         where the code of a submission runs
grading      preflight, and the grading of a class
gradebook    nbgrader's gradebook, and what formgrader shows
reports      feedback, export, status, similarity
"""
