"""Salient Cues: where a speech emotion classifier looks, and what is heard there.

The library imports without Snakemake; the scripts beside it import the library.
"""

__version__ = "0.1.0"
