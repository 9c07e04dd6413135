"""What a run tells: live on the terminal, as JSON, as JUnit XML and as one HTML file.

All of it is made from one `RunResult` (and, while the run goes on, from `Progress` snapshots): a report
computes nothing that the result does not hold.
"""
