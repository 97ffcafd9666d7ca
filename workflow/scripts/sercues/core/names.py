"""Words that many modules share: keys of tables, regions, methods."""

ANALYSES = ("saliency", "emolime")  # of a corpus
# of `comparison_methods`: what knows nothing of the network, and two maps as one
BLIND = ("energy", "random")
COMBINED = ("union", "intersection")
PARTS = ("occlusion", "crp")  # the methods that these combine
