"""What a student reads after grading, and what a person sees who grades by hand."""
