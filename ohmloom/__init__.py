"""ohmloom: co-design of analog and mixed-signal neuromorphic hardware.

`devices` holds memristors, `circuits` what is built from them and the chips, `calibration` finds
out how one chip differs from its data sheet, `mapping` trains and programs networks, `analysis`
turns results into tables, figures and reports.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ohmloom")
except PackageNotFoundError:  # a bare checkout that was never installed
    __version__ = "0+unknown"
