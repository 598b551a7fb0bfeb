"""Synaptogen: switching cycles of ReRAM as a vector autoregression, with cells that follow it.

Nothing here has a clock or a temperature: cells change when a voltage does it, one cycle after the
other, and stay as they are in between.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022), and T. Hennen et al., IEEE
Transactions on Electron Devices (2024), doi 10.1109/TED.2024.3427616.
"""
