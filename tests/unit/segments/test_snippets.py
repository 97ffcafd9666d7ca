"""Snippets are the samples of their segments."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from sercues.audio import signal
from sercues.segments import snippets


class TestSnippets:
    @pytest.fixture
    def recording(self, rng, tmp_path):
        samples = rng.integers(-32768, 32768, 8000).astype(np.int16)
        soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="PCM_16")
        return samples, {"a": str(tmp_path / "a.wav")}

    def rows(self, *spans, clip_id="a"):
        return pd.DataFrame(
            [
                {"clip_id": clip_id, "fold": 0, "seed": 1, "target": "predicted_label", "rank": i}
                | {"start_s": start, "end_s": end}
                for i, (start, end) in enumerate(spans, 1)
            ]
        )

    def test_samples_are_those_of_the_file(self, recording, tmp_path):
        samples, paths = recording
        found = snippets.write_snippets(self.rows((0.15, 0.3)), paths, tmp_path / "out")
        assert found["file"].tolist() == ["a_fold0_seed1_predicted_label_1.wav"]
        written, rate = soundfile.read(tmp_path / "out" / found["file"].iloc[0], dtype="int16")
        assert rate == 8000
        np.testing.assert_array_equal(written, samples[1200:2400])

    def test_a_segment_is_cut_at_the_end_and_skipped_past_it(self, recording, tmp_path):
        _, paths = recording
        spans = self.rows((0.9, 1.05), (1.05, 1.2), (0.0, 0.1))
        found = snippets.write_snippets(spans, paths, tmp_path / "out")
        assert found["rank"].tolist() == [1, 3]
        assert soundfile.info(tmp_path / "out" / found["file"].iloc[0]).frames == 800

    def test_file_names_are_safe_and_distinct(self):
        odd = ["a b", "a_b", "a/b", "ä?*", "a~2"]
        names = [snippets.snippet_name(name, 0, 1, "true_label", 1) for name in odd]
        assert len(set(names)) == len(odd)
        assert all(set(name) <= set("0123456789._~-_" + LETTERS) for name in names)
        assert names[-1] == "a~2_fold0_seed1_true_label_1.wav"

    def test_channels_are_mixed_at_the_rate_of_the_file(self, tmp_path, rng):
        stereo = rng.integers(-1000, 1000, (9600, 2)).astype(np.int16) * 2
        soundfile.write(tmp_path / "s.wav", stereo, 96000, subtype="PCM_16")
        paths = {"a": str(tmp_path / "s.wav")}
        found = snippets.write_snippets(self.rows((0.0, 0.05)), paths, tmp_path / "out")
        written, rate = soundfile.read(tmp_path / "out" / found["file"].iloc[0], dtype="int16")
        assert rate == 96000
        np.testing.assert_array_equal(written, stereo[:4800].mean(axis=1))
        assert signal.read(paths["a"])[0].shape == (9600,)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
