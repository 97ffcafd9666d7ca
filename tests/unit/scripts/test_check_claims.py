"""Scripts from predictions to the ledger make every table."""

import pandas as pd

import check_claims
import evaluate_classifier
import gather_predictions
import tabulate_accuracy
import tabulate_clip_cues
import tabulate_cues
from known_cues import EMOTIONS, study
from known_defects import entry
from paths import CLAIMS
from runs import PLACE
from sercues.analysis import defects
from sercues.core import tables
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES


def test_scripts_make_every_table(tmp_path, job_of):
    cues, explained, manifest = study()
    cues = cues.assign(voiced_fraction=0.5)
    manifest = manifest.assign(excluded=False).reindex(columns=tables.columns("manifest"))
    predictions = explained.drop(columns=["target", "target_emotion"])
    predictions = predictions.assign(
        labels=[EMOTIONS] * len(predictions), scores=[[0.0, 1.0, 2.0]] * len(predictions)
    )
    own = entry()
    segments = own.segments.assign(draw=0, score=0.0)
    segments["rank"] = segments.groupby([*KEY, "region"]).cumcount() + 1
    maps = {"map": [[0.0]] * len(own.saliency), "logit": 1.0, "target_emotion": "sad"}
    mels = {"log_mel": [[0.0]] * len(own.spectrograms), "n_mels": 1}
    written = {
        "cues": cues,
        "explained": explained,
        "manifest": manifest.assign(path="x.wav"),
        "saliency": own.saliency.assign(**maps, n_mels=1, n_total=1),
        "segments": segments,
        "spectrograms": own.spectrograms.assign(**mels, speech_start_frame=0, speech_end_frame=1),
        "stability": own.stability.assign(method="crp", overlap=0.1, chance=0.1),
        "descriptors": own.descriptors.reindex(columns=tables.columns("descriptors")).fillna(0.0),
        "leaks": own.leaks.assign(fold=0, verdict="none"),
        "plausibility_summary": tables.empty("plausibility_summary"),
        "detection": tables.empty("detection"),
    }

    def parquet(*names):
        return {name: tmp_path / f"{name}.parquet" for name in names}

    for name, frame in written.items():
        frame = frame.reindex(columns=tables.columns(name))
        tables.write(frame, tmp_path / f"{name}.parquet", name)
    even = predictions.clip_id.str[:3].astype(int) % 2 == 0
    for fold, part in enumerate((predictions[even], predictions[~even])):
        tables.write(part.assign(fold=fold), tmp_path / f"fold{fold}.parquet", "predictions")

    def run(script, inputs, outputs, wildcards=None, **params):
        own = {"draws": 200, "seed": 1} | params
        files = {"input": inputs, "output": outputs}
        script.main(job_of(script.__name__, **files, params=own, wildcards=wildcards))

    def layouts(stem, *others):
        """Outputs of a script for readers."""
        endings = {"csv": "csv", "markdown": "md", "html": "html", "latex": "tex"}
        endings |= {"parquet": "parquet"}
        names = ("csv", "markdown", "html", *others)
        return {name: tmp_path / f"{stem}.{endings[name]}" for name in names}

    folds = [tmp_path / "fold1.parquet", tmp_path / "fold0.parquet"]
    run(gather_predictions, {"predictions": folds}, parquet("predictions"))
    measured = parquet("accuracy") | {"csv": tmp_path / "accuracy.csv"}
    evaluated = parquet("predictions", "manifest") | {"statements": CLAIMS}
    run(evaluate_classifier, evaluated, measured, PLACE)
    assert len(tables.read(tmp_path / "predictions.parquet")) == len(predictions)

    run(tabulate_clip_cues, parquet("cues", "explained", "manifest"), parquet("clip_cues"))
    common = {"clip_cues": [tmp_path / "clip_cues.parquet"] * 2}
    common |= {"manifests": [tmp_path / "manifest.parquet"] * 2}
    runs = [["crema_d", "corrected", "crp"], ["crema_d", "published", "crp"]]
    for number in ("2", "3"):
        outputs = layouts(f"table{number}", "parquet", "latex")
        params = {"runs": runs, "emotions": EMOTIONS, "sample": "all"}
        run(tabulate_cues, common, outputs, {"number": number}, **params)
        table = tables.read(outputs["parquet"])
        # without the type pandas would take a column of "true_emotion" for truth values
        csv = pd.read_csv(outputs["csv"], dtype={"grouped_by": str})
        pd.testing.assert_frame_equal(table, csv, check_dtype=False)
        assert f"Table {number}" in outputs["html"].read_text(encoding="utf-8")

    judged = {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS}
    outputs = layouts("summary")
    run(tabulate_accuracy, judged, outputs, listeners={"crema_d": 0.409})
    summary = pd.read_csv(outputs["csv"]).set_index("measure")
    right = predictions.true_emotion == predictions.predicted_emotion
    assert summary.value["accuracy"] == right.mean()
    assert (summary.published["accuracy"], summary.listeners["accuracy"]) == (0.63, 0.409)
    assert "40.9" in outputs["html"].read_text(encoding="utf-8")

    of_runs = ("saliency", "segments", "spectrograms", "leaks", "stability", "descriptors")
    judged |= common | {name: [path] * 2 for name, path in parquet(*of_runs).items()}
    judged |= {"agreement": []}
    judged |= parquet("detection")
    outputs = layouts("claims") | {"blind": tmp_path / "blind.csv"}
    switches = {"fill": "floor", "keep_offset": True}
    params = {"protocols": {"corrected": switches, "published": switches}, "study": "emolime"}
    run(check_claims, judged, outputs, runs=runs, emotions=EMOTIONS, **params)
    ledger = pd.read_csv(outputs["csv"])
    # crp has no fill, voicing is constant here, and the manifest knows no emotion
    measured = len(defects.DEFECTS) - 3
    assert ledger.claim.nunique() == 13 + measured
    assert len(ledger) == 1 + 2 * (6 + 5 * len(CUES) - 2 + measured)
