"""The command line: `ohmloom VERB`; each verb calls one public function."""


def main() -> None:
    """Entry point of `ohmloom` and of `python -m ohmloom`."""
    from ohmloom.cli.app import run  # noqa: PLC0415  keeps `import ohmloom.cli` instant

    run()
