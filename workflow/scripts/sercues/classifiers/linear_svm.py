"""Linear classifiers of features: as the authors of EmoLIME had them, but honest.

Standardized features, a linear support vector machine per emotion against the rest, its decision
turned into a probability by Platt's sigmoid. Theirs calibrated and explained the clips it was
fitted on; here the sigmoid is fitted on speakers that the machine did not hear.
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
        Of the features in training.
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
        each = 0.5 * (1 - np.tanh((self.slope * decision + self.shift) / 2))
        total = each.sum(axis=1, keepdims=True)
        # as scikit-learn: where no class is likely at all, all are as likely
        return np.divide(each, total, out=np.full_like(each, 1 / each.shape[1]), where=total > 0)


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
    # once for all emotions and parts, ten times faster; the linear machine's decisions, within rounding
    products = standardized @ standardized.T
    machines = []
    for label in labels:
        truth = emotions == label
        machine = CalibratedClassifierCV(
            SVC(kernel="precomputed", C=1.0),
            method="sigmoid",
            cv=list(_apart(standardized, truth, speakers)),
            ensemble=False,
        )
        machines.append(machine.fit(products, truth).calibrated_classifiers_[0])
    sigmoids = [machine.calibrators[0] for machine in machines]
    fitted = [machine.estimator for machine in machines]
    return Head(
        labels.astype(str),
        scaler.mean_,
        scaler.scale_,
        np.concatenate([one.dual_coef_ @ standardized[one.support_] for one in fitted]),
        np.concatenate([one.intercept_ for one in fitted]),
        np.array([sigmoid.a_ for sigmoid in sigmoids]),
        np.array([sigmoid.b_ for sigmoid in sigmoids]),
    )


def _apart(features, truth, speakers):
    """Parts to calibrate on: other speakers where both answers are among several, else clips."""
    per_class = [len(np.unique(speakers[truth == answer])) for answer in (True, False)]
    if min(per_class) >= 2:
        cutter = StratifiedGroupKFold(min(CALIBRATION_FOLDS, *per_class))
        return cutter.split(features, truth, speakers)
    fewest = min(truth.sum(), (~truth).sum())
    return StratifiedKFold(min(CALIBRATION_FOLDS, int(fewest))).split(features, truth)


def save(heads: dict[int, Head], path) -> None:
    """Write the head of each fold, perhaps none at all, atomically."""
    content = {
        f"{fold}/{name}": value
        for fold, head in sorted(heads.items())
        for name, value in asdict(head).items()
    }
    with files.atomic_path(path) as part, part.open("wb") as file:
        np.savez(file, **content)


def load(path) -> dict[int, Head]:
    """Read the head of each fold, as `save` wrote them.

    Raises
    ------
    InputError
        The file is no such file.
    """
    with (
        refusing(path, "is not a classifier this workflow wrote"),
        np.load(path, allow_pickle=False) as content,
    ):
        folds = sorted({int(name.split("/")[0]) for name in content.files})
        names = [field.name for field in fields(Head)]
        return {
            fold: _fitting(Head(**{name: content[f"{fold}/{name}"] for name in names}))
            for fold in folds
        }


def _fitting(head: Head) -> Head:
    """`head` itself, if its arrays have the shapes that belong together."""
    labels, features = head.labels.shape, head.mean.shape
    found = [getattr(head, field.name).shape for field in fields(Head)]
    if found != [labels, features, features, labels + features, labels, labels, labels]:
        raise ValueError(f"arrays of shapes {found}")
    return head
