"""The script of the methods keeps corpora and methods apart."""

import pandas as pd
import pytest

import tabulate_methods
from known_methods import areas, parameter_randomisation, plausible, results
from sercues.core import tables


def test_the_script_keeps_corpora_and_methods_apart(manifest, tmp_path, job_of):
    methods = ("crp", "occlusion", "gradcam")
    for corpus, percentile in (("a", 0.9), ("b", 0.2)):
        rows = pd.concat([results(method, percentile) for method in methods])
        rows.to_parquet(tmp_path / f"{corpus}.parquet")
    for method in methods:
        own = plausible(method).drop(columns="method")
        own.to_parquet(tmp_path / f"{method}_plausibility.parquet")
    for corpus, shift in (("a", 0.0), ("b", 0.1)):
        alike = pd.concat([parameter_randomisation(method) for method in methods])
        alike.assign(windows=alike["windows"] + shift).to_parquet(
            tmp_path / f"{corpus}_like.parquet"
        )
    manifest.to_parquet(tmp_path / "manifest.parquet")
    areas().to_parquet(tmp_path / "perturbations.parquet")
    names = {"csv": "m.csv", "curves": "c.csv", "markdown": "m.md", "html": "m.html"}
    names |= {"parquet": "m.parquet", "curves_parquet": "c.parquet", "verdicts": "v.csv"}
    entries = [(corpus, "corrected", method) for corpus in "ab" for method in methods]
    tabulate_methods.main(
        job_of(
            "tabulate_methods",
            input=dict(
                faithfulness=[tmp_path / f"{corpus}.parquet" for corpus in "ab"],
                perturbations=[tmp_path / "perturbations.parquet"] * 2,
                stability=[tmp_path / f"{corpus}_like.parquet" for corpus in "ab"],
                plausibility=[
                    tmp_path / f"{method}_plausibility.parquet" for _, _, method in entries
                ],
                manifests=[tmp_path / "manifest.parquet"] * 2,
            ),
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(
                runs=entries,
                methods=[],
                own_fills={"corrected": {"occlusion": ["floor"]}},
                sampled=["gradcam"],
                corpus_protocols=[("a", "corrected"), ("b", "corrected")],
                draws=500,
                seed=1,
            ),
        )
    )
    found = pd.read_csv(tmp_path / "m.csv")
    found = found.groupby(["corpus", "method", "measure"])["value"].mean()
    assert found["a", "crp", "percentile"] == pytest.approx(0.9, abs=0.05)
    assert found["b", "occlusion", "percentile"] == pytest.approx(0.2, abs=0.05)
    assert found["a", "crp", "parameter_randomisation"] == pytest.approx(0.2)
    assert found["b", "gradcam", "parameter_randomisation"] == pytest.approx(0.3)
    # ranks of three methods, curves of four, and three without a fill, under three heads
    rows = 3 + 2 * (3 + 4 * 4 + 3)
    assert (tmp_path / "m.html").read_text(encoding="utf-8").count("<tr>") == rows
    verdicts = pd.read_csv(tmp_path / "v.csv").set_index(["corpus", "method", "measure"])["verdict"]
    assert set(verdicts["a"]) == {"more"} and set(verdicts["b"]) == {"less"}
    assert found["a", "gradcam", "plausibility"] == pytest.approx(0.4)
    drawn = tables.read(tmp_path / "c.parquet").groupby(["corpus", "method", "fill"]).size()
    assert len(drawn) == 2 * 5 * 4 and (drawn == 2 * 21).all()
