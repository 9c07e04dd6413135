"""Floor 0: what may be said. Data only; imports the standard library and msgspec, nothing else."""
