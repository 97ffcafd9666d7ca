"""Utterances with planted cues."""

import numpy as np

from sercues.corpora import synthetic

VOICES = ("f02", "m01", "f05", "m04")


def said(speaker, sizes, seed=0, text="t01"):
    """One utterance; the same seed gives the same sentence, whatever is planted."""
    syllables = synthetic.sentence(1, text)
    return synthetic.utterance(speaker, syllables, sizes, np.random.default_rng(seed))
