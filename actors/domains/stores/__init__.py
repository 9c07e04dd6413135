"""Stores: what their tills have sold."""
