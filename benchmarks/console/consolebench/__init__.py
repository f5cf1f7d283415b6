"""The parts of the console's benchmark."""
