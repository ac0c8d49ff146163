"""Flows of other libraries, and ours, each in a process of its own that answers one question at a time.

The parent imports ``conversation`` and ``specification`` alone: neither TensorFlow nor PyTorch is loaded
in the process that takes the times' turns, and no library's threads or memory burden another's.
"""
