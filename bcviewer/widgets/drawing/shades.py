"""A sequential scale of one hue, even to the eye and safe for the colour-blind."""

from __future__ import annotations

from functools import cache
from math import cos, radians, sin

from PySide6.QtGui import QColor

HUE = 55.0
"""Orange, far from the blue of the marks; degrees of OKLCh."""
STEPS = 64
_LIGHT = ((0.975, 0.012), (0.47, 0.135))
_DARK = ((0.27, 0.025), (0.86, 0.135))


def shade(value: float, dark: bool) -> QColor:
    """Return the colour of a share from 0 to 1, near the background where it is small."""
    return _scale(dark)[round(min(max(value, 0.0), 1.0) * (STEPS - 1))]


def text_on(fill: QColor) -> QColor:
    """Return black or white, whichever has more contrast on a fill."""
    channels = (_linear(c) for c in (fill.redF(), fill.greenF(), fill.blueF()))
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
    return QColor("#000000") if luminance > 0.179 else QColor("#FFFFFF")


@cache
def _scale(dark: bool) -> tuple[QColor, ...]:
    (l0, c0), (l1, c1) = _DARK if dark else _LIGHT
    shares = [i / (STEPS - 1) for i in range(STEPS)]
    return tuple(_oklch(l0 + (l1 - l0) * t, c0 + (c1 - c0) * t) for t in shares)


def _oklch(lightness: float, chroma: float) -> QColor:
    """Return a colour of OKLCh (B. Ottosson, "A perceptual color space", 2020)."""
    a, b = chroma * cos(radians(HUE)), chroma * sin(radians(HUE))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return QColor.fromRgbF(
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _gamma(linear: float) -> float:
    clipped = min(max(linear, 0.0), 1.0)
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055


def _linear(encoded: float) -> float:
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4
