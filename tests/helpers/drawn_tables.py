"""Small tables of every kind that figures are drawn from."""

import matplotlib
import numpy as np
import pandas as pd
import soundfile

from made_segments import extract
from paths import ROOT
from runs import PLACE, RUN
from sercues.audio import signal
from sercues.cues.catalogue import CUES
from sercues.figures.examples import choose, gather

WORKFLOW = ROOT / "workflow"
EMOTIONS = ["angry", "happy", "sad"]
FEW_CUES = ["loudness", "hnr", "slope_500_1500"]
# values, intervals and tests of a cue beside its mean and the interval of that
BESIDE = [0.5, 0.25, 0.75]
BESIDE += [0.25, 0.1, 0.4]
BESIDE += [0.375, 0.2, 0.5, 0.002, 0.02]
BESIDE += [-0.125, -0.3, 0.1, 0.04, 0.2]
BESIDE += [0.0, -0.1, 0.1, 0.9, 0.9] * 2
COLUMNS = ["mean", "ci_low", "ci_high", "z", "z_low", "z_high"]
COLUMNS += [
    f"delta_{name}{end}"
    for name in ("full", "rest", "random", "control", "loudest")
    for end in ("", "_low", "_high", "_p", "_q")
    if name != "full" or end not in ("_p", "_q")
]
FRONT_END = {"sample_rate": 16000, "hop_length": 240}


def predictions(labels=EMOTIONS, seeds=(1,)):
    """Two clips per label and seed: one is right, one is taken for the next label."""
    rows = []
    for seed in seeds:
        for index, true in enumerate(labels):
            for shift in (0, 1):
                predicted = labels[(index + shift) % len(labels)]
                row = {"clip_id": f"{true}{shift}", "fold": 0, "seed": seed, "true_emotion": true}
                scores = [0.0] * (len(labels) + 1)
                rows.append(row | {"predicted_emotion": predicted, "scores": scores})
    frame = pd.DataFrame(rows)
    # the published head has a class that no clip belongs to
    labels = [[*labels, "nobody's"]] * len(frame)
    return frame.assign(correct=frame["true_emotion"] == frame["predicted_emotion"], labels=labels)


def accuracy(low=0.4, n_clips=6):
    """Table `accuracy`: all folds and seeds together, with intervals from `low` up."""
    row = PLACE | {"fold": "all", "seed": "all", "emotion": "all", "value": 0.5}
    row |= {"ci_low": low, "ci_high": low + 0.2, "n_clips": n_clips, "n_speakers": 7}
    row |= dict.fromkeys(("p_near", "p_far", "room"), np.nan)
    return pd.DataFrame([row | {"measure": measure} for measure in ("accuracy", "uar")])


def cue_table(
    emotions=EMOTIONS, methods=("crp",), empty=(), grouped_by=("true_emotion",), cues=FEW_CUES
):
    """Rows of `table`: every mean differs, emotions in `empty` have no clips."""
    rows = []
    for method in methods:
        for label in grouped_by:
            for emotion in emotions:
                for cue in cues:
                    value = 1.0 + len(rows)
                    numbers = dict(
                        zip(COLUMNS, [value, value - 0.5, value + 0.5, *BESIDE], strict=True)
                    )
                    if emotion in empty:
                        numbers = dict.fromkeys(numbers, np.nan)
                    head = RUN | {"method": method, "target": "predicted_label", "cue": cue}
                    head |= {"grouped_by": label, "emotion": emotion, "n_speakers": 7}
                    head |= {"rest_clips": 0 if emotion in empty else 8, "rest_speakers": 6}
                    head |= {"control_clips": 0 if emotion in empty else 4, "control_speakers": 3}
                    rows.append(head | numbers | {"n_clips": 0 if emotion in empty else 9})
    return pd.DataFrame(rows)


SPREAD = pd.Series(0.5, index=list(CUES))


class Study:
    """Tables of a few clips of noise, two per emotion, with maps and segments."""

    def __init__(self, folder, emotions=EMOTIONS, keep_offset=True, step_s=0.015):
        rng = np.random.default_rng(0)
        n_mels, n_total, self.step_s = 16, 40, step_s
        self.folder, self.keep_offset = folder, keep_offset
        spectrograms, saliency, explained, manifest = [], [], [], []
        for index, emotion in enumerate(emotions):
            for take in (1, 2):
                clip = f"{index}_$x^{take}<_"
                soundfile.write(folder / f"{index}_{take}.wav", rng.normal(0, 0.1, 12000), 16000)
                key = {"clip_id": clip, "fold": 0, "seed": 1, "target": "predicted_label"}
                size = {"n_mels": n_mels, "n_total": n_total}
                spectrograms.append(
                    {"clip_id": clip, "log_mel": rng.uniform(-80, 0, n_mels * n_total), **size}
                    | {"n_frames": 33, "start_s": 0.1, "frame_step_s": step_s}
                    | {"speech_start_frame": 0, "speech_end_frame": 33, "speech_start_s": 0.1}
                )
                relevance = rng.normal(0, 1, n_mels * n_total)
                saliency.append(key | size | {"map": relevance, "logit": float(take)})
                explained.append(
                    key | {"true_emotion": emotion, "predicted_emotion": emotion, "correct": True}
                )
                path = f"{index}_{take}.wav"
                manifest.append({"clip_id": clip, "path": path, "excluded": False})
        frames = map(pd.DataFrame, (spectrograms, saliency, explained, manifest))
        self.spectrograms, self.saliency, self.explained, self.manifest = frames
        self.spectrograms["speech_end_s"] = 0.1 + 33 * step_s
        settings = {"window_frames": 5, "k": 3, "positive_only": True, "inside_speech": True}
        self.segments = extract(self.saliency, self.spectrograms, settings, 2, 1, keep_offset)

    def examples(self, truth=None):
        chosen = choose(self.explained, self.saliency, self.segments, [*EMOTIONS, "missing"])
        paths = self.manifest.set_index("clip_id")["path"]
        return gather(
            chosen,
            self.saliency,
            self.spectrograms,
            self.segments,
            lambda clip_id: signal.read(self.folder / paths[clip_id]),
            FRONT_END,
            self.keep_offset,
            truth,
        )


def texts(figure):
    """Every text of a figure, once it is drawn."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]
