"""Execution environments: processes that speak the Runtime API, and the pools of them."""
