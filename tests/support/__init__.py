"""What tests of several suites share. A test imports it by its full name: `from tests.support import data`."""
