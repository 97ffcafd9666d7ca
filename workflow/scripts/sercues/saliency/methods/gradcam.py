"""Grad-CAM: a layer's channels, weighted by the mean gradient of the class.

Selvaraju et al. 2017 (arXiv 1610.02391), computed by captum.
"""

from torch import Tensor, nn

from sercues.core.errors import InputError
from sercues.saliency.maps import Maps


def explain(
    network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict, *, layer: str
) -> Maps:
    """Grad-CAM maps of a batch of clips: a layer's channels, weighted by their mean gradient.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `explain.explain_batch`.
    layer : str
        Module whose output channels are weighted, such as ``block2``. The map is resampled
        bilinearly to the size of the input; negative values are set to zero.

    Raises
    ------
    InputError
        The network has no such layer.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    modules = dict(network.named_modules())
    if layer not in modules:
        raise InputError(
            f"gradcam.layer is '{layer}', which the network does not have; choose among "
            f"{', '.join(name for name in modules if name)}."
        )
    method = LayerGradCam(network, modules[layer])

    def cells(clip: Tensor, target: int) -> dict:
        coarse = method.attribute(clip, target=target, relu_attributions=True).detach()
        fine = LayerAttribution.interpolate(coarse, tuple(clip.shape[-2:]), "bilinear")
        return {"maps": fine[0, 0].cpu().numpy()}

    return Maps.one_by_one(network, inputs, targets, cells)
