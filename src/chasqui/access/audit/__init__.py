"""The audit log: what was called by whom, and why calls were refused."""
