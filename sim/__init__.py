"""The world around the system: virtual time, load, twins, faults, invariants, reports, the command line."""
