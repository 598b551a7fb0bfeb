"""Every error that ohmloom raises on purpose.

A message says what was asked, what was found and what to do, with numbers and units. All errors
derive from `OhmloomError`, and from the built-in that they refine, so that both
`except OhmloomError` and `except ValueError` work.
"""


class OhmloomError(Exception):
    """Base of all errors that ohmloom raises on purpose."""


class InvalidInput(OhmloomError, ValueError):
    """A value at the public border has the wrong kind, shape, sign or size."""


class OutOfModelRange(OhmloomError, ValueError):
    """A model is asked for something beyond what its source, or physics, covers."""


class DoesNotFit(OhmloomError, ValueError):
    """What is to be mapped needs more than the chip has."""


class WrongChip(OhmloomError, ValueError):
    """A record, or a mapped network, belongs to another chip."""


class CorruptFile(OhmloomError, ValueError):
    """A file is cut off, was changed, or is of another kind or version."""


class CannotWrite(OhmloomError, OSError):
    """An output folder or file cannot be written."""


class BoardTimeout(OhmloomError, TimeoutError):
    """A board on the bench stopped answering."""


class CalibrationFailed(OhmloomError, RuntimeError):
    """A calibration found nothing useful: no column, no cell could be measured."""


class MissingDependency(OhmloomError, ImportError):
    """An optional package or system library is not installed."""


class SimulatorError(OhmloomError, RuntimeError):
    """An external simulator refused or aborted; the message is its own."""


class ModelRangeWarning(UserWarning):
    """A model is used outside the range that its source measured."""
