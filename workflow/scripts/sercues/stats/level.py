"""The confidence level of every interval, as a number and in the words of the pages."""

LEVEL = 0.95
PERCENT = f"{100 * LEVEL:g} %"
INTERVAL = f"{PERCENT} interval, percentile bootstrap over speakers"
