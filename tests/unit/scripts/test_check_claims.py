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
    frames = {"cues": cues, "explained": explained, "manifest": manifest.assign(path="x.wav")}
    for name, frame in frames.items():
        tables.write(frame, tmp_path / f"{name}.parquet", name)
    even = predictions.clip_id.str[:3].astype(int) % 2 == 0
    for fold, part in enumerate((predictions[even], predictions[~even])):
        tables.write(part.assign(fold=fold), tmp_path / f"fold{fold}.parquet", "predictions")

    def make_job(script, inputs, outputs, wildcards=None, **params):
        return job_of(
            script,
            input=inputs,
            output={key: tmp_path / name for key, name in outputs.items()},
            params={"draws": 200, "seed": 1} | params,
            wildcards=wildcards,
        )

    folds = [tmp_path / "fold1.parquet", tmp_path / "fold0.parquet"]
    gather_predictions.main(
        make_job(
            "gather_predictions", {"predictions": folds}, {"predictions": "predictions.parquet"}
        )
    )
    evaluate_classifier.main(
        make_job(
            "evaluate_classifier",
            {
                "predictions": tmp_path / "predictions.parquet",
                "manifest": tmp_path / "manifest.parquet",
            },
            {"accuracy": "accuracy.parquet", "csv": "accuracy.csv"},
            {"corpus": "crema_d", "protocol": "corrected"},
        )
    )
    assert len(tables.read(tmp_path / "predictions.parquet")) == len(predictions)

    own = entry()
    maps = own.saliency.reindex(columns=tables.columns("saliency")).assign(
        target_emotion="sad", map=[[0.0]] * len(own.saliency), n_mels=1, n_total=1, logit=1.0
    )
    own_segments = own.segments.assign(draw=0, score=0.0)
    own_segments["rank"] = own_segments.groupby([*KEY, "region"]).cumcount() + 1
    spectrograms = own.spectrograms.assign(
        log_mel=[[0.0]] * len(own.spectrograms), n_mels=1
    ).assign(speech_start_frame=0, speech_end_frame=1)
    leaks = own.leaks.assign(fold=0, verdict="none")
    for name, frame in (
        ("saliency", maps),
        ("segments", own_segments),
        ("spectrograms", spectrograms),
        ("stability", own.stability.assign(method="crp", overlap=0.1, chance=0.1)),
        ("descriptors", own.descriptors.reindex(columns=tables.columns("descriptors")).fillna(0.0)),
    ):
        tables.write(frame[tables.columns(name)], tmp_path / f"{name}.parquet", name)
    tables.write(leaks[tables.columns("leaks")], tmp_path / "leaks.parquet", "leaks")
    for name in ("plausibility_summary", "detection"):
        tables.write(tables.empty(name), tmp_path / f"{name}.parquet", name)

    given = {name: tmp_path / f"{name}.parquet" for name in frames}
    tabulate_clip_cues.main(
        make_job("tabulate_clip_cues", given, {"clip_cues": "clip_cues.parquet"})
    )
    common = {
        "clip_cues": [tmp_path / "clip_cues.parquet"] * 2,
        "manifests": [tmp_path / "manifest.parquet"] * 2,
    }
    entries = [["crema_d", "corrected", "crp"], ["crema_d", "published", "crp"]]
    for number in ("2", "3"):
        endings = {
            "csv": "csv",
            "parquet": "parquet",
            "markdown": "md",
            "html": "html",
            "latex": "tex",
        }
        tabulate_cues.main(
            make_job(
                "tabulate_cues",
                common,
                {key: f"table{number}.{ending}" for key, ending in endings.items()},
                {"number": number},
                runs=entries,
                emotions=EMOTIONS,
                sample="all",
            )
        )
        table = tables.read(tmp_path / f"table{number}.parquet")
        # without the type pandas would take a column of "true_emotion" for truth values
        csv = pd.read_csv(tmp_path / f"table{number}.csv", dtype={"grouped_by": str})
        pd.testing.assert_frame_equal(table, csv, check_dtype=False)
        assert f"Table {number}" in (tmp_path / f"table{number}.html").read_text(encoding="utf-8")

    tabulate_accuracy.main(
        make_job(
            "tabulate_accuracy",
            {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS},
            {"csv": "summary.csv", "markdown": "summary.md", "html": "summary.html"},
            listeners={"crema_d": 0.409},
        )
    )
    summary = pd.read_csv(tmp_path / "summary.csv").set_index("measure")
    assert (
        summary.value["accuracy"]
        == (predictions.true_emotion == predictions.predicted_emotion).mean()
    )
    assert (summary.published["accuracy"], summary.listeners["accuracy"]) == (0.63, 0.409)
    assert "40.9" in (tmp_path / "summary.html").read_text(encoding="utf-8")

    check_claims.main(
        make_job(
            "check_claims",
            common
            | {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS}
            | {name: [tmp_path / f"{name}.parquet"] * 2 for name in ("saliency", "segments")}
            | {"spectrograms": [tmp_path / "spectrograms.parquet"] * 2}
            | {"leaks": [tmp_path / "leaks.parquet"] * 2}
            | {name: [tmp_path / f"{name}.parquet"] * 2 for name in ("stability", "descriptors")}
            | {"plausibility": tmp_path / "plausibility_summary.parquet"}
            | {"detection": tmp_path / "detection.parquet", "agreement": []},
            {"csv": "claims.csv", "markdown": "claims.md", "html": "claims.html"},
            runs=entries,
            study="emolime",
            emotions=EMOTIONS,
            protocols={
                name: {"fill": "floor", "keep_offset": True} for name in ("corrected", "published")
            },
        )
    )
    ledger = pd.read_csv(tmp_path / "claims.csv")
    # crp has no fill, voicing is constant here, and the manifest knows no emotion
    measured = len(defects.DEFECTS) - 3
    assert ledger.claim.nunique() == 12 + measured
    assert len(ledger) == 1 + 2 * (6 + 4 * len(CUES) - 2 + measured)
    page = (tmp_path / "claims.html").read_text(encoding="utf-8")
    assert page.index("Claims of the paper") < page.index("Defects of its code")
