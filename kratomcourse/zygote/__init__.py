"""The course's own notebooks, executed in forked children of one warm interpreter.

There's no sandbox here, because only the course's own code runs. Submissions are executed by
`grading.sandbox`, which has a zygote of its own.
"""
