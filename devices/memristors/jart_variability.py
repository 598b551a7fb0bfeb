"""How JART cells differ from device to device, and from one switching to the next.

From device to device, four parameters follow normal laws that are cut off: the two bounds of the
concentration, the length of the disc and the radius of the filament. From cycle to cycle the same
four wander: each switching draws new targets, at most a step away from the old ones and never
further from the nominal value than a reach. The bounds of the concentration take their new value at
once; length and radius move there with the state, as it goes from where the switching began to the
bound that it runs towards:

    p(N) = p_old + (p_new - p_old) (N - N_old) / (N_max - N_old)    in SET, with N_min in RESET

Source: C. Bengel et al., IEEE Transactions on Circuits and Systems I 67(12) (2020), the variability
of JART VCM v1b; cut-offs from the branch `JART_v1b_device` of Z. Yu's fork of aihwkit, standard
deviations from JART-TUD VCM 0.1. The step that is a share of the present value, uniform to both
sides, is that of Yu's code, without the additional noise that it puts on the slope of length and
radius.
Holds for: filaments that vary independently of each other. Nothing here is correlated, between the
four parameters or between neighbours.
Use it for: arrays of JART cells in which devices differ and cycles scatter.
"""

from dataclasses import dataclass, replace

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.memristors.jart_vcm import JartVcm
from ohmloom.devices.variability.spread import TruncatedNormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


@dataclass(frozen=True, kw_only=True)
class JartSpread:
    """How the four parameters differ from device to device, each around its nominal value."""

    concentration_highest: TruncatedNormalSpread
    """Of N_max."""
    concentration_lowest: TruncatedNormalSpread
    """Of N_min."""
    disc_length: TruncatedNormalSpread
    """Of the length of the disc."""
    radius: TruncatedNormalSpread
    """Of the radius of the filament."""


def draw_devices(nominal: JartVcm, count: int, *, spread: JartSpread, rng: Draws) -> JartVcm:
    """Many cells of one kind.

    Args:
        nominal: the cell that they scatter around; its numbers are single or of shape (devices,).
        count: how many, above zero.
        spread: how they differ.
        rng: the stream that mismatch draws from.

    Returns:
        `nominal` with arrays of shape (devices,) for the four parameters.

    Raises:
        InvalidInput: `count` is not above zero.
    """
    if count < 1:
        raise InvalidInput(f"count must be at least 1, but is {count}")

    def drawn(law: TruncatedNormalSpread, parameter: float | Array) -> FloatArray:
        centre = np.broadcast_to(np.asarray(parameter, dtype=np.float64), (count,))
        return law.draw(centre, rng=rng)

    return replace(
        nominal,
        concentration_highest=drawn(spread.concentration_highest, nominal.concentration_highest),
        concentration_lowest=drawn(spread.concentration_lowest, nominal.concentration_lowest),
        disc_length=drawn(spread.disc_length, nominal.disc_length),
        radius=drawn(spread.radius, nominal.radius),
    )


@dataclass(frozen=True, kw_only=True)
class JartShares:
    """One share for each of the parameters that wander."""

    concentration_highest: float
    """Of N_max [1]."""
    concentration_lowest: float
    """Of N_min [1]."""
    disc_length: float
    """Of the length of the disc [1]."""
    radius: float
    """Of the radius of the filament [1]."""


@dataclass(frozen=True, kw_only=True)
class SwitchingTargets:
    """Where a switching leads the parameters that wander."""

    concentration_highest: FloatArray
    """N_max, shape (devices,) [1/m3]."""
    concentration_lowest: FloatArray
    """N_min, shape (devices,) [1/m3]."""
    disc_length: FloatArray
    """Length of the disc, shape (devices,) [m]."""
    radius: FloatArray
    """Radius of the filament, shape (devices,) [m]."""


@dataclass(frozen=True, kw_only=True)
class CycleWalk:
    """A walk of the parameters from one switching to the next, around those of each device."""

    nominal: SwitchingTargets
    """Around what they wander."""
    reach: JartShares
    """Furthest distance from the nominal value, over that value, 0 to below 1."""
    largest_step: JartShares
    """Furthest distance from the present value in one switching, over that value."""

    def next_targets(self, old: SwitchingTargets, *, rng: Draws) -> SwitchingTargets:
        """Targets of the next switching.

        Args:
            old: those of the last one, or `nominal` before the first.
            rng: the stream that the life of the devices draws from.

        Returns:
            Each within `reach` of `nominal`; a step that would lead beyond ends there.
        """

        def step(
            present: FloatArray, centre: FloatArray, reach: float, largest: float
        ) -> FloatArray:
            sides = 2.0 * rng.random(np.shape(present)) - 1.0
            moved = present * (1.0 + largest * sides)
            return np.clip(moved, centre * (1.0 - reach), centre * (1.0 + reach))

        return SwitchingTargets(
            concentration_highest=step(
                old.concentration_highest,
                self.nominal.concentration_highest,
                self.reach.concentration_highest,
                self.largest_step.concentration_highest,
            ),
            concentration_lowest=step(
                old.concentration_lowest,
                self.nominal.concentration_lowest,
                self.reach.concentration_lowest,
                self.largest_step.concentration_lowest,
            ),
            disc_length=step(
                old.disc_length,
                self.nominal.disc_length,
                self.reach.disc_length,
                self.largest_step.disc_length,
            ),
            radius=step(
                old.radius, self.nominal.radius, self.reach.radius, self.largest_step.radius
            ),
        )


def moved_with_state(
    old: Array, new: Array, concentration: Array, *, begun_at: Array, bound: Array
) -> Array:
    """A length or a radius on its way from the old target to the new one, in its unit.

    Args:
        old: value when the switching began, numpy or torch, shape (devices,).
        new: target of the switching, same shape and unit.
        concentration: of vacancies in the disc now, shape (..., devices) [1/m3].
        begun_at: the same when the switching began [1/m3].
        bound: what it runs towards: N_max in SET, N_min in RESET [1/m3].

    Returns:
        Shaped as the arguments broadcast; `old` at `begun_at`, `new` at `bound`, and `old` where
        the switching began at the bound.
    """
    xp = array_namespace(concentration)
    way = bound - begun_at + 0.0 * concentration
    nowhere = way == 0.0
    share = (concentration - begun_at) / xp.where(nowhere, 1.0, way)
    return old + (new - old) * xp.where(nowhere, 0.0, share).clip(min=0.0, max=1.0)


def cycle_walk(
    device: JartVcm, count: int, *, reach: JartShares, largest_step: JartShares
) -> CycleWalk:
    """A walk around the parameters of given devices.

    Args:
        device: the cells, whose numbers are single or of shape (devices,).
        count: how many cells there are.
        reach: furthest distance from the parameters of the cells, over those.
        largest_step: furthest distance in one switching.
    """

    def spread_out(parameter: float | Array) -> FloatArray:
        return np.broadcast_to(np.asarray(parameter, dtype=np.float64), (count,)).copy()

    return CycleWalk(
        nominal=SwitchingTargets(
            concentration_highest=spread_out(device.concentration_highest),
            concentration_lowest=spread_out(device.concentration_lowest),
            disc_length=spread_out(device.disc_length),
            radius=spread_out(device.radius),
        ),
        reach=reach,
        largest_step=largest_step,
    )


def yu_spread() -> JartSpread:
    """Cut off where Yu's branch cuts: N_max 18..22, N_min 0.004..0.016, l 0.36..0.44, r 40.5..49.5.

    In 1e26/m3 and nm, around 20, 0.008, 0.4 and 45. The standard deviations before the cut are
    those of `jart_tud_spread`: the branch gives bounds and leaves the widths to its user.
    """
    return JartSpread(
        concentration_highest=TruncatedNormalSpread(relative=1 / 20, lowest=0.9, highest=1.1),
        concentration_lowest=TruncatedNormalSpread(relative=2 / 8, lowest=0.5, highest=2.0),
        disc_length=TruncatedNormalSpread(relative=0.04 / 0.4, lowest=0.9, highest=1.1),
        radius=TruncatedNormalSpread(relative=5 / 45, lowest=0.9, highest=1.1),
    )


def jart_tud_spread() -> JartSpread:
    """Standard deviations of JART-TUD: N_max 20 (1), N_min 0.008 (0.002), l 0.4 (0.04), r 45 (5).

    In 1e26/m3 and nm. The cut at three standard deviations is ours; it keeps all values above zero.
    """

    def three_deviations(relative: float) -> TruncatedNormalSpread:
        return TruncatedNormalSpread(
            relative=relative, lowest=1.0 - 3.0 * relative, highest=1.0 + 3.0 * relative
        )

    return JartSpread(
        concentration_highest=three_deviations(1 / 20),
        concentration_lowest=three_deviations(2 / 8),
        disc_length=three_deviations(0.04 / 0.4),
        radius=three_deviations(5 / 45),
    )


def bengel_2020_walk(device: JartVcm, count: int) -> CycleWalk:
    """The walk of JART VCM v1b: +-10 % of N_max, l and r, +-90 % of N_min.

    Steps of 1 % for l and r are those of Yu's branch, a tenth of their reach; for the
    concentrations, whose steps no source states, a tenth of the reach is taken too.

    Args:
        device: the cells to wander around.
        count: how many they are.
    """
    return cycle_walk(
        device,
        count,
        reach=JartShares(
            concentration_highest=0.1, concentration_lowest=0.9, disc_length=0.1, radius=0.1
        ),
        largest_step=JartShares(
            concentration_highest=0.01, concentration_lowest=0.09, disc_length=0.01, radius=0.01
        ),
    )
