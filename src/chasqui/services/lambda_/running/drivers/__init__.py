"""How functions of each runtime are started."""
