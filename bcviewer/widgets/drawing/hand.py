"""What a hand does without meaning it."""

TREMOR = 3
"""So far, in pixels, a hand may move in a click: Qt's 10 would make clicks of the finest drags."""
