"""What ngspice prints when it has failed, and what can be done about it.

Its return codes say nothing, so the text is all there is. A title or a node may hold the same words
as a message, so words count only where ngspice puts them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_FAILURE: Final = re.compile(
    r"^\s*error\b|\baborted\s*$|circuit not parsed|no such command|timestep too small"
    r"|could not find a valid|^doAnalyses:|no convergence|no such vector|no such device"
    r"|^\s*fatal|unknown (?:subckt|model)|unable to find|singular matrix.*failed",
    re.IGNORECASE,
)
# Kept out of messages: progress, and a file that comes with the `ngspice` package and is needed
# only for XSPICE code models.
_NOISE: Final = re.compile(
    r"^Trying gmin|gmin increment|gmin step|^Supplies reduced|can't find (the )?init"
    r"|^Note: |^Circuit: |^Doing analysis|^No\. of Data Rows|^Reference value|^Using transient"
    r"|^Warning: .*gmin|^Using SPARSE|^Using KLU|^Initial Transient|^Node +Voltage|^---- ",
    re.IGNORECASE,
)
_LONGEST_MESSAGE: Final = 12

_ADVICE: Final = (
    (
        r"timestep too small",
        (
            "give nodes that jump a parasitic capacitance, make the edges of sources less steep, "
            "use a shorter step, or loosen reltol; a loop of voltage sources ends like this too"
        ),
    ),
    (
        r"singular matrix|no dc path",
        "a node has no path to ground for direct current: connect it with a large resistor",
    ),
    (
        (
            r"could not find a valid (?:model|modelname)|unable to find definition of model"
            r"|unknown model"
        ),
        "add the model card, or the library that holds it, to the netlist's definitions",
    ),
    (
        r"unknown subckt|could not find a valid subckt",
        "add the subcircuit, or the library that holds it, to the netlist's definitions",
    ),
    (
        r"no convergence|gmin stepping failed|source stepping failed|iteration limit",
        (
            "give initial voltages for the nodes that can be in two states, loosen reltol or "
            "abstol, or raise gmin"
        ),
    ),
    (r"no such (?:vector|function)|undefined", "check the names in formulas and of saved traces"),
)


def failed(out: Sequence[str], err: Sequence[str]) -> bool:
    """Whether what was printed tells of a failure."""
    return any(_FAILURE.search(line) for line in err) or any(
        re.search(r"^\s*error\b|run simulation\(s\) aborted|simulation interrupted", line, re.I)
        for line in out
    )


def relevant(lines: Sequence[str]) -> str:
    """What is worth reading of a list of lines, in one."""
    told = [line.strip() for line in lines if line.strip() and not _NOISE.search(line)]
    return "; ".join(list(dict.fromkeys(told))[-_LONGEST_MESSAGE:]) or "it printed nothing"


def explained(
    doing: str, out: Sequence[str], err: Sequence[str], origins: Mapping[str, str]
) -> str:
    """The message of an error: what ngspice says, whom it means, what to try.

    Args:
        doing: what was being done.
        out: what came to stdout.
        err: what came to stderr.
        origins: where each element was made, by the name that ngspice uses for it.
    """
    told = relevant([*(line for line in out if _FAILURE.search(line)), *err])
    named = [
        f"{device} was made at {origin}"
        for device, origin in origins.items()
        if re.search(rf"(?<![\w.#]){re.escape(device)}(?![\w.])", told, re.IGNORECASE)
    ]
    advice = [what for pattern, what in _ADVICE if re.search(pattern, told, re.IGNORECASE)]
    parts = [f"ngspice, {doing}: {told}", *named[:3]]
    if advice:
        parts.append(f"to try: {advice[0]}")
    return ". ".join(parts)
