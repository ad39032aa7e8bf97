"""The door to terraform and tofu: find it, run it, read what it writes.

Nothing outside this room starts a terraform process, parses plan JSON, lock files or HCL.
"""
