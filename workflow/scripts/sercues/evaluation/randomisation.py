"""Networks whose weights are randomised layer by layer, from the output down.

Adebayo et al. 2018 (arXiv 1810.03292). A map that does not change is model-independent.
"""

import copy

import torch
from torch import nn

from sercues.core.names import LAYERS


def forgetful(network: nn.Module, seed: int):
    """Copies of the network with more and more layers randomised.

    Parameters
    ----------
    network : torch.nn.Module
        With the modules of `LAYERS`; not changed.
    seed : int
        Seed of the new weights, drawn as at the start of training.

    Yields
    ------
    (str, torch.nn.Module)
        Stage, and the network whose layers down to it are randomised, normalisation included.
    """
    network = copy.deepcopy(network)
    for number, stage in enumerate(LAYERS):
        names = [stage, "bn1"] if stage == "conv1" else [stage]
        with torch.random.fork_rng():
            torch.manual_seed(seed * len(LAYERS) + number)
            for name in names:
                for module in network.get_submodule(name).modules():
                    if hasattr(module, "reset_parameters"):
                        module.reset_parameters()
        yield stage, copy.deepcopy(network).eval()
