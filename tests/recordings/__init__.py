"""Tests of pipeline.recordings."""
