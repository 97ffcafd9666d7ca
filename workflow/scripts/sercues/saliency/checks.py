"""Checks of saliency maps, and their limits."""

import logging

import pandas as pd

from sercues.core.errors import InputError

log = logging.getLogger("sercues")

MEASURED = ["completeness", "canonization_shift", "conservation", "concept_share", "speech_share"]
COLUMNS = ["agrees", "concepts_alive", *MEASURED]

# Largest allowed change of a logit by folding batch normalisation, as a share of the logits' range.
LARGEST_SHIFT = 1e-4
# Largest expected distance of `conservation` from 1; for its cause see `methods.crp.explain`.
CONSERVATION_TOLERANCE = 1e-2


def check(saliency: pd.DataFrame) -> None:
    """Log the checks of the table `saliency`, and stop if the maps explain a different network.

    Parameters
    ----------
    saliency : pandas.DataFrame
        At least the columns `COLUMNS`.

    Raises
    ------
    InputError
        A `canonization_shift` is above `LARGEST_SHIFT`.
    """
    log.info("agrees: %d of %d maps", saliency["agrees"].sum(), len(saliency))
    for name in MEASURED:
        values = saliency[name].dropna().astype(float)
        if len(values):
            low, middle, high = values.quantile([0, 0.5, 1])
            log.info("%s: %.6g to %.6g, median %.6g", name, low, high, middle)
    n_empty = (saliency["concepts_alive"] == 0).sum()
    if n_empty:
        log.warning("%d maps are empty: none of their concepts carries relevance", n_empty)
    n_off = ((saliency["conservation"].astype(float) - 1).abs() > CONSERVATION_TOLERANCE).sum()
    if n_off:
        log.warning("%d maps: conservation is off by more than %g", n_off, CONSERVATION_TOLERANCE)
    shift = saliency["canonization_shift"].astype(float).max()
    if shift > LARGEST_SHIFT:
        raise InputError(
            f"Folding batch normalisation changed a logit by {shift:.2g} of the logits' range (limit "
            f"{LARGEST_SHIFT:g}); register each BatchNorm2d of the network right after its "
            "convolution, delete the saliency shards and run again."
        )
