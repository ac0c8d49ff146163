"""Measurements that take their peers in turns in one run; nothing here is imported by the program."""
