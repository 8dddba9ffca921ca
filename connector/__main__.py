"""`python -m connector`: the same as `connector`."""

from connector.cli.main import main

if __name__ == "__main__":
    main()
