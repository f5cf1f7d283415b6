"""What browsers do without an SDK: posted forms, other sites' pages."""
