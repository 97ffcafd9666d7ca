"""The acoustic cues: how each is named, measured and called in the paper."""

from typing import NamedTuple


class Cue(NamedTuple):
    """How one cue is named, measured and called in the paper."""

    label: str
    unit: str
    descriptor: str | None
    paper_name: str | None


F0 = "F0semitoneFrom27.5Hz_sma3nz"
JITTER = "jitterLocal_sma3nz"
SHIMMER = "shimmerLocaldB_sma3nz"
HNR = "HNRdBACF_sma3nz"
SLOPE = "slope500-1500_sma3"

CUES = {
    "loudness": Cue("loudness", "auditory model", "Loudness_sma3", "Loudness"),
    "pitch_level": Cue("pitch level", "semitones re 27.5 Hz", F0, "Pitch_lvl"),
    "pitch_variability": Cue("pitch variability", "semitones", F0, "Pitch dynamics"),
    "jitter": Cue("jitter", "ratio", JITTER, "Freq_var"),
    "shimmer": Cue("shimmer", "dB", SHIMMER, "Amp_var"),
    "hnr": Cue("harmonics-to-noise ratio", "dB", HNR, "Breathiness, sense reversed"),
    "slope_500_1500": Cue("spectral slope 500–1500 Hz", "dB/Hz", SLOPE, "Shrillness"),
    "voiced_fraction": Cue("voiced fraction", "share of frames", None, None),
}
