"""What Sphinx needs to read and write the course's pages: roles, directives, and pages made from
data.
"""
