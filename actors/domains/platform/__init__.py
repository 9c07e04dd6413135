"""What is taken out of the platform and brought into it in bulk."""
