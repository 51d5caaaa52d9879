"""What is kept of a monitoring run, and its exports."""
