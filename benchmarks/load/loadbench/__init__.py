"""The load benchmark's parts; ../run.py is the command. See docs/internals/benchmarks.md."""
