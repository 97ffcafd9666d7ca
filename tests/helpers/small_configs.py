"""Configurations of a small embedded corpus."""

SMALL = {
    "corpora": [{"name": "synthetic", "speakers": 4, "clips_per_emotion": 1}],
    "protocols": ["corrected"],
    "emolime": {"included": False},
}
# of 24 clips, one method and one epoch
QUICK = SMALL | {
    "methods": ["crp"],
    "shards": 1,
    "random_draws": 5,
    "bootstrap_draws": 200,
    "training_threads": 1,
    "overrides": {"all": {"training": {"epochs": 1}, "split": {"folds": 2}}},
}
