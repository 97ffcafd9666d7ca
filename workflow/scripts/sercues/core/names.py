"""Names that many modules share: keys of tables, regions, methods, layers."""

ANALYSES = ("saliency", "emolime")  # of a corpus

# columns that identify an explanation: model, clip and explained label
KEY = ["fold", "seed", "clip_id", "target"]
NEUTRAL = "neutral"

REFIT_GROUPS = 3  # disjoint groups of speakers: two to fit on, one whose clips are explained
MIN_REFIT_SPEAKERS = 2 * REFIT_GROUPS  # a fit on a single speaker learns that speaker

# regions of a clip whose cues are measured, and those the salient segments are compared with
REGIONS = ("salient", "full", "rest", "random", "salient_matched", "control", "loudest")
BASELINES = ("full", "rest", "random", "control", "loudest")
# rest: the windows that are not salient; random: as many as are salient, those among them; the direct
# contrast is with rest, as random windows share (windows chosen)/(windows in the clip) with salient ones
# tested; full is not: its difference is not zero where saliency is blind, as a deviation over a part of a
# clip is not that over all of it
WINDOW_BASELINES = ("rest", "random", "control", "loudest")
# controls are compared with the salient windows they match, the others with all salient windows
COUNTERPARTS = {"control": "salient_matched"}

# model-independent comparison methods, and those that combine two maps
BLIND = ("energy", "random")
COMBINED = ("union", "intersection")
PARTS = ("occlusion", "crp")  # the methods that these combine

LAYERS = ("fc", "block2", "block1", "conv1")  # of the network, from output to input
