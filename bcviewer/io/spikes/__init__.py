"""A recording's spikes and waveforms, read a unit at a time."""
