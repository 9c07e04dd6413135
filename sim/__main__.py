"""`python -m sim` is `tidegate`."""

from .cli import main

if __name__ == "__main__":
    main()
