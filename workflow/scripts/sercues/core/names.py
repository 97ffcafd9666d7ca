"""Words that many modules share: keys of tables, regions, methods, layers."""

ANALYSES = ("saliency", "emolime")  # of a corpus

# columns that identify an explanation: the model, the clip, and which label of it is explained
KEY = ["fold", "seed", "clip_id", "target"]
NEUTRAL = "neutral"

# parts of a clip whose cues are measured, and those that the salient segments are compared with
REGIONS = ("salient", "full", "random", "salient_matched", "control", "loudest")
BASELINES = ("full", "random", "control", "loudest")
WINDOW_BASELINES = ("random", "control", "loudest")  # as many windows as are salient
# controls are compared with the salient windows they match; all others with every salient window
COUNTERPARTS = {"control": "salient_matched"}

# comparison methods that know nothing of the network, and those that join two maps
BLIND = ("energy", "random")
COMBINED = ("union", "intersection")
PARTS = ("occlusion", "crp")  # the methods that these join

LAYERS = ("fc", "block2", "block1", "conv1")  # of the network, from the output down
