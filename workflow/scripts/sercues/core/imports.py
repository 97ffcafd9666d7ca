"""Libraries that cannot simply be imported."""

import sys
import types


def import_torchaudio():
    """Import torchaudio, even with a CPU-only torch.

    The public wheel links CUDA and cannot be imported with a CPU build of torch. Nothing used here
    needs its extension, so a stub replaces it if the plain import fails.
    """
    try:
        import torchaudio
    except OSError:
        for name in [name for name in sys.modules if name.startswith("torchaudio")]:
            del sys.modules[name]
        stub = types.ModuleType("torchaudio._extension")
        stub._IS_TORCHAUDIO_EXT_AVAILABLE = False
        stub._IS_ALIGN_AVAILABLE = False
        stub.fail_if_no_align = lambda function: function
        sys.modules["torchaudio._extension"] = stub
        import torchaudio
    return torchaudio
