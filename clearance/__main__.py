"""`python -m clearance` is the same as `clearance`."""

from clearance.cli.main import main

if __name__ == "__main__":
    main()
