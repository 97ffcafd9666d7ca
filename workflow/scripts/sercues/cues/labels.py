"""Label and unit of each cue for readers, and its name in the paper."""

from typing import NamedTuple


class Label(NamedTuple):
    """Label and unit of a cue, and the paper's name if it has one."""

    text: str
    unit: str
    paper_name: str | None


LABELS = {
    "loudness": Label("loudness", "auditory model", "Loudness"),
    "pitch_level": Label("pitch level", "semitones re 27.5 Hz", "Pitch_lvl"),
    "pitch_variability": Label("pitch variability", "semitones", "Pitch dynamics"),
    "jitter": Label("jitter", "ratio", "Freq_var"),
    "shimmer": Label("shimmer", "dB", "Amp_var"),
    "hnr": Label("harmonics-to-noise ratio", "dB", "Breathiness, sense reversed"),
    "slope_500_1500": Label("spectral slope 500–1500 Hz", "dB/Hz", "Shrillness"),
    "voiced_fraction": Label("voiced fraction", "share of frames", None),
}
