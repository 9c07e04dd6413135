"""One file per resource; each ends in a table of its routes."""
