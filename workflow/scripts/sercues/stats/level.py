"""The confidence level of every interval, as a number and as text for pages."""

LEVEL = 0.95
PERCENT = f"{100 * LEVEL:g} %"
INTERVAL = f"{PERCENT} interval, percentile bootstrap over speakers"
