"""Linear ion drift: the textbook memristor.

A doped region of relative width x (0 to 1) lies in series with an undoped one; current moves the
border between them, to a larger x while polarity * current is above zero:

    R(x)  = R_on x + R_off (1 - x),    I = V / R(x)
    dx/dt = polarity (mobility R_on / thickness^2) I F(x, I)

F is a window of `ohmloom.devices.memristors.windows`. With those of Joglekar and Prodromakis a
state of exactly 0 or 1 is stuck for ever, and one that was driven close to an end takes as long to
leave as it took to come, from a distance that soon is below the tolerance of any solver. Begin
inside, and choose sweeps that stay there.

Source: D. B. Strukov, G. S. Snider, D. R. Stewart, R. S. Williams, Nature 453, 80-83 (2008),
equations 5 and 6; the windows have sources of their own. The presets say whose numbers they hold.
Holds for: currents small enough that the border stays inside the film. There is no threshold, so
even a small read voltage disturbs the state.
Leaves out: thresholds, the steep rise of the speed with the voltage that real films show,
temperature, and any loss of the state without a voltage.
Use it for: teaching, comparison with the literature, and tests of solvers, for which it has a
closed form. Not to predict a real device.
"""

from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.devices.memristors.windows import (
    BiolekWindow,
    JoglekarWindow,
    ProdromakisWindow,
    RectangularWindow,
    Window,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import kohm, nm, ohm, second, volt


@dataclass(frozen=True, kw_only=True)
class LinearDrift:
    """Parameters of one device, or of many: every number may be an array."""

    resistance_on: float | Array
    """Resistance when fully doped, x = 1 [ohm]."""
    resistance_off: float | Array
    """Resistance when undoped, x = 0 [ohm]."""
    thickness: float | Array
    """Thickness of the film [m]."""
    mobility: float | Array
    """Average mobility of the ions [m2/(V s)]."""
    window: Window
    """How the border slows down near the ends."""
    polarity: float | Array
    """1 where a positive voltage makes the doped region grow, -1 where it shrinks it [1]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The relative width of the doped region [1]."""
        return (
            StateVariable(
                name="relative width of the doped region",
                unit="1",
                lowest=0.0,
                highest=1.0,
                logarithmic=False,
            ),
        )

    @property
    def odd(self) -> bool:
        """True: a resistor in every state."""
        return True

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: relative width of the doped region, shape (1, ..., devices), 0 to 1 [1].

        Returns:
            Shape (..., devices).

        >>> import numpy as np
        >>> device = strukov_2008()
        >>> device.current(np.array(1.0), np.array([[0.0, 1.0]])).tolist()
        [6.25e-05, 0.01]
        """
        (x,) = state
        return voltage / self._resistance(x)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """Speed of the border in widths of the film [1/s]; at an end never outwards.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: relative width of the doped region, shape (1, ..., devices), 0 to 1 [1].

        Returns:
            Shape (1, ..., devices).
        """
        (x,) = state
        (variable,) = self.state_variables
        growing = self.polarity * self.current(voltage, state)
        rate = self._widths_per_charge() * growing * self.window.value(x, growing)
        return stopped_at_bounds(rate, x, variable)[None]

    def advance(self, state: Array, voltage: Array, duration: float | Array) -> Array:
        """The state after a time at constant voltage, exactly; without a window only [1].

        The square of the resistance is linear in time until the border meets an end.

        Args:
            state: relative width of the doped region, numpy or torch, shape (1, ..., devices) [1].
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].

        Returns:
            Shape (1, ..., devices), 0 to 1.

        Raises:
            InvalidInput: `duration` is negative, or the device has another window than
                `RectangularWindow`.
        """
        if not isinstance(self.window, RectangularWindow):
            raise InvalidInput(
                f"the state after a time has a closed form with a RectangularWindow only, and this "
                f"device has {self.window}; integrate it with simulate_transient"
            )
        check_duration(duration)
        # R dx = push dt: half the change of R^2 is (R_on - R_off) * push * duration.
        push = self.polarity * self._widths_per_charge() * voltage * duration
        before = self._resistance(state)
        squared = before**2 - 2.0 * (self.resistance_off - self.resistance_on) * push
        # Less than R_on^2 would be beyond the end; the root must not see it.
        after = array_namespace(squared).sqrt(squared.clip(min=self.resistance_on**2))
        # The mean resistance on the way; without a push the state comes back to the last bit.
        moved = state + push / (0.5 * (before + after))
        return moved.clip(min=0.0, max=1.0)

    def _resistance(self, x: Array) -> Array:
        """Of the two regions in series [ohm]."""
        return self.resistance_on * x + self.resistance_off * (1.0 - x)

    def _widths_per_charge(self) -> Array:
        """Share of the film that a charge moves the border by [1/C]."""
        return self.mobility * self.resistance_on / self.thickness**2


def strukov_2008() -> LinearDrift:
    """100 ohm to 16 kohm in 10 nm, without a window.

    The equations are those of the paper, the numbers the defaults that MemTorch distributes with
    them. Also the 0.55 V of the sweep are from there; its duration and its start are ours.
    """
    return _strukov_2008(RectangularWindow(), period=4 * second)


def strukov_2008_joglekar() -> LinearDrift:
    """The device of `strukov_2008` with the window of Joglekar, p = 2 as in MemTorch."""
    return _strukov_2008(JoglekarWindow(exponent=2.0), period=4 * second)


def strukov_2008_biolek() -> LinearDrift:
    """The device of `strukov_2008` with the window of Biolek; p = 2 is our choice."""
    return _strukov_2008(BiolekWindow(exponent=2.0), period=4 * second)


def strukov_2008_prodromakis() -> LinearDrift:
    """The device of `strukov_2008` with the window of Prodromakis; p = 2 and j = 1 are our choice.

    The window is nowhere above 0.44, so that the sweep is slower than for the others.
    """
    return _strukov_2008(ProdromakisWindow(exponent=2.0, scale=1.0), period=10 * second)


def hp_27_nm() -> LinearDrift:
    """10 kohm to 100 kohm in 27 nm, window of Joglekar with p = 7.

    The numbers, the amplitude and the period of the sweep, there a sine, and its start are those
    that the collection Memristor-Models distributes as a device of HP. They are not in the paper.
    """
    return LinearDrift(
        resistance_on=10 * kohm,
        resistance_off=100 * kohm,
        thickness=27 * nm,
        mobility=1e-14,
        window=JoglekarWindow(exponent=7.0),
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=1 * volt,
            negative=1 * volt,
            period=1 * second,
            initial_state=(0.1,),
            series_resistance=0 * ohm,
        ),
    )


def hp_85_nm() -> LinearDrift:
    """1 kohm to 10 kohm in 85 nm, window of Joglekar with p = 2.

    The numbers, the amplitude and the period of the sweep are those that the collection
    Memristor-Models distributes as a device of HP. They are not in the paper. The start in the
    middle is ours.
    """
    return LinearDrift(
        resistance_on=1 * kohm,
        resistance_off=10 * kohm,
        thickness=85 * nm,
        mobility=2e-14,
        window=JoglekarWindow(exponent=2.0),
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=1 * volt,
            negative=1 * volt,
            period=1 * second,
            initial_state=(0.5,),
            series_resistance=0 * ohm,
        ),
    )


def _strukov_2008(window: Window, *, period: float) -> LinearDrift:
    return LinearDrift(
        resistance_on=100 * ohm,
        resistance_off=16 * kohm,
        thickness=10 * nm,
        mobility=1e-14,
        window=window,
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=0.55 * volt,
            negative=0.55 * volt,
            period=period,
            initial_state=(0.1,),
            series_resistance=0 * ohm,
        ),
    )
