"""`python -m chasqui`."""

from chasqui.cli.main import main

if __name__ == "__main__":
    main()
