"""The confidence level of every interval, and intervals and p as text for pages."""

LEVEL = 0.95
PERCENT = f"{100 * LEVEL:g} %"
INTERVAL = f"{PERCENT} interval, expanded percentile bootstrap over speakers"
# with the limit that docs/calibration.md shows
FLIPS = "sign flips of the speakers' differences (where these are skewed, up to 10 % of true nulls have p < 0.05)"
