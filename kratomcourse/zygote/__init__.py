"""The course's own notebooks, executed in forked children of one warm interpreter.

There's no sandbox: only the course's own code runs here. `grading.sandbox` executes submissions, with a zygote of its own.
"""
