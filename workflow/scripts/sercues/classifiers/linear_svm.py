"""Linear classifiers of features, as in EmoLIME but calibrated and explained on held-out clips.

Standardized features, one linear support vector machine per emotion against the rest, and Platt's
sigmoid to turn its decision into a probability. EmoLIME calibrated and explained the clips used in
fitting; here the sigmoid is fitted on speakers that the machine was not fitted on.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sercues.core import files
from sercues.core.errors import InputError, refusing

CALIBRATION_FOLDS = 5


@dataclass(frozen=True)
class Head:
    """A fitted classifier as plain numbers.

    Attributes
    ----------
    labels : numpy.ndarray of str, shape (n_classes,)
    mean, scale : numpy.ndarray, shape (n_features,)
        Mean and scale of the features in training.
    weights : numpy.ndarray, shape (n_classes, n_features)
    offset : numpy.ndarray, shape (n_classes,)
        The decision is ``weights @ standardized + offset``.
    slope, shift : numpy.ndarray, shape (n_classes,)
        The probability against the rest is ``1 / (1 + exp(slope × decision + shift))``.
    """

    labels: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offset: np.ndarray
    slope: np.ndarray
    shift: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Probabilities, shape (n, n_classes), of features of shape (n, n_features); they sum to 1."""
        standardized = (features.astype(np.float64) - self.mean) / self.scale
        decision = standardized @ self.weights.T + self.offset
        one_vs_rest = 0.5 * (1 - np.tanh((self.slope * decision + self.shift) / 2))
        total = one_vs_rest.sum(axis=1, keepdims=True)
        # as in scikit-learn: equal probabilities if all are zero
        equal = np.full_like(one_vs_rest, 1 / one_vs_rest.shape[1])
        return np.divide(one_vs_rest, total, out=equal, where=total > 0)


def fit(features: np.ndarray, emotions: np.ndarray, speakers: np.ndarray) -> Head:
    """Fit a head.

    Parameters
    ----------
    features : numpy.ndarray, shape (n_clips, n_features)
    emotions, speakers : numpy.ndarray of str, shape (n_clips,)

    Returns
    -------
    Head

    Raises
    ------
    InputError
        An emotion has fewer than two clips.
    """
    labels, counts = np.unique(emotions, return_counts=True)
    if len(labels) < 2 or counts.min() < 2:
        raise InputError(
            f"a classifier needs two emotions with two clips each to learn from, not {dict(zip(labels.tolist(), counts.tolist(), strict=True))}; "
            "add clips, or leave out the corpus."
        )
    scaler = StandardScaler().fit(features.astype(np.float64))
    standardized = scaler.transform(features.astype(np.float64))
    # computed once for all emotions and folds, ten times faster; same decisions within rounding
    products = standardized @ standardized.T
    machines = []
    for label in labels:
        truth = emotions == label
        machine = CalibratedClassifierCV(
            SVC(kernel="precomputed", C=1.0),
            method="sigmoid",
            cv=list(_calibration_folds(standardized, truth, speakers)),
            ensemble=False,
        )
        machines.append(machine.fit(products, truth).calibrated_classifiers_[0])
    sigmoids = [machine.calibrators[0] for machine in machines]
    fitted = [machine.estimator for machine in machines]
    return Head(
        labels.astype(str),
        scaler.mean_,
        scaler.scale_,
        np.concatenate([svc.dual_coef_ @ standardized[svc.support_] for svc in fitted]),
        np.concatenate([svc.intercept_ for svc in fitted]),
        np.array([sigmoid.a_ for sigmoid in sigmoids]),
        np.array([sigmoid.b_ for sigmoid in sigmoids]),
    )


def _calibration_folds(features, truth, speakers):
    """Folds to calibrate on: of speakers if each class has two or more, else of clips."""
    n_speakers = [len(np.unique(speakers[truth == label])) for label in (True, False)]
    if min(n_speakers) >= 2:
        splitter = StratifiedGroupKFold(min(CALIBRATION_FOLDS, *n_speakers))
        return splitter.split(features, truth, speakers)
    fewest = min(truth.sum(), (~truth).sum())
    return StratifiedKFold(min(CALIBRATION_FOLDS, int(fewest))).split(features, truth)


def save(heads: dict[int, Head], path) -> None:
    """Write the head of each fold, if any, atomically."""
    content = {
        f"{fold}/{name}": value
        for fold, head in sorted(heads.items())
        for name, value in asdict(head).items()
    }
    with files.atomic_path(path) as part, part.open("wb") as file:
        np.savez(file, **content)


def load(path) -> dict[int, Head]:
    """Read the heads written by `save`, by fold.

    Raises
    ------
    InputError
        The file was not written by `save`.
    """
    with (
        refusing(path, "is not a classifier this workflow wrote"),
        np.load(path, allow_pickle=False) as content,
    ):
        folds = sorted({int(name.split("/")[0]) for name in content.files})
        names = [field.name for field in fields(Head)]
        return {
            fold: _checked(Head(**{name: content[f"{fold}/{name}"] for name in names}))
            for fold in folds
        }


def _checked(head: Head) -> Head:
    """`head`, if the shapes of its arrays are consistent."""
    labels, features = head.labels.shape, head.mean.shape
    shapes = [getattr(head, field.name).shape for field in fields(Head)]
    if shapes != [labels, features, features, labels + features, labels, labels, labels]:
        raise ValueError(f"arrays of shapes {shapes}")
    return head
