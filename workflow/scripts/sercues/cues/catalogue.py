"""The acoustic cues, and the openSMILE descriptor (eGeMAPSv02) that each is measured by.

What readers see of a cue is in `labels`, which no measurement rests on.
"""

F0 = "F0semitoneFrom27.5Hz_sma3nz"
JITTER = "jitterLocal_sma3nz"
SHIMMER = "shimmerLocaldB_sma3nz"
HNR = "HNRdBACF_sma3nz"
SLOPE = "slope500-1500_sma3"

# the mean of the descriptor, but for the standard deviation of pitch and the share of voiced frames
CUES: dict[str, str | None] = {
    "loudness": "Loudness_sma3",
    "pitch_level": F0,
    "pitch_variability": F0,
    "jitter": JITTER,
    "shimmer": SHIMMER,
    "hnr": HNR,
    "slope_500_1500": SLOPE,
    "voiced_fraction": None,
}
