"""Crossbars and converters, the engines that simulate them, and the chips made of them."""
