"""Does the program hold against files that are damaged, and what do such files cost?

Each module is run as `python -m benchmarks.reliability.NAME`, and prints what it saw.
"""
