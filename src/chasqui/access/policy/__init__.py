"""The policy engine: parse, compile, decide. Pure functions over plain data: no store, no clock of its own."""
