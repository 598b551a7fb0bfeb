"""`python -m ohmloom` equals `ohmloom`."""

from ohmloom.cli import main

if __name__ == "__main__":
    main()
