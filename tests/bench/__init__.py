"""Benchmarks: figures beside a baseline of the same run; no timed tests."""
