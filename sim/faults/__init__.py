"""Faults wrap ports; production code knows none. Which fault strikes where is data (sim/presets.py)."""
