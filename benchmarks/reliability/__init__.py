"""Does the program hold against damaged files, kills and whatever else befalls it, and what does that cost?

Each module is run as `python -m benchmarks.reliability.NAME`, and prints what it saw.
"""
