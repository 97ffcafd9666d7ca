"""The acoustic cues and their openSMILE descriptors (eGeMAPSv02).

Labels for readers are in `labels`, which no measurement depends on.
"""

F0 = "F0semitoneFrom27.5Hz_sma3nz"
JITTER = "jitterLocal_sma3nz"
SHIMMER = "shimmerLocaldB_sma3nz"
HNR = "HNRdBACF_sma3nz"
SLOPE = "slope500-1500_sma3"

# means of the descriptor, except the standard deviation of pitch and the share of voiced frames
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
