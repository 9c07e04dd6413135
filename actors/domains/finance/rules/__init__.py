"""What is posted at each step: a file a group, all of them in `table.py`. Pure: integers in, entries out."""
