"""Does the detector of frames attribute its score, take any length and company, and come back from a file?"""

from functools import cache

import numpy as np
import pytest

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.fitting.progress import Epoch
from models.frames.detector import BATCH, FrameDetector

N_BANDS = 10
CONTEXTS = ("position", "convolution", "attention")
KINDS = ("reverse", "shuffle", "field")


def make(context: str = "position", distortions: tuple[str, ...] = KINDS, seed: int = 0) -> FrameDetector:
    return FrameDetector(
        N_BANDS,
        architecture=FlowArchitecture(n_layers=1, hidden_units=(16,)),
        context=context,  # type: ignore[arg-type]
        context_options={"n_positions": 6, "n_channels": 8, "n_layers": 1, "n_taps": 2, "n_heads": 2},
        noise_scale=0.5,
        n_copies=2,
        gain_decibel=1.0,
        tract_range=0.05,
        tempo_range=0.1,
        distortions=distortions,
        density_share=0.5,
        seed=seed,
    )


def sweeps(n: int, *, seed: int = 0, rising: bool = True, n_places: int = 20) -> np.ndarray:
    """Clips of 8 to 16 frames in which a peak walks through the bands, up or down."""
    generator = np.random.default_rng(seed)
    found = np.zeros((n, n_places, N_BANDS + 1), np.float32)
    for clip in found:
        length = int(generator.integers(8, 17))
        peak = np.linspace(1, N_BANDS - 2, length)[:: 1 if rising else -1, None]
        frames = 20.0 * np.exp(-0.5 * ((np.arange(N_BANDS) - peak) / 1.5) ** 2)
        frames += generator.standard_normal(frames.shape)
        clip[:length, :-1] = frames - frames.mean()
        clip[:length, -1] = 1.0
    return found


@cache
def fitted(context: str, distortions: tuple[str, ...] = KINDS) -> tuple[FrameDetector, list[Epoch]]:
    detector = make(context, distortions)
    told: list[Epoch] = []
    options = FitOptions(batch_size=20, max_epochs=6, learning_rate=5e-3)
    detector.fit(sweeps(80), sweeps(20, seed=1), options, monitored={}, on_epoch=told.append)
    return detector, told


@pytest.mark.parametrize("context", CONTEXTS)
def test_shares_sum_to_the_score(context: str) -> None:
    detector, _ = fitted(context)
    clips = np.concatenate([sweeps(5, seed=2), sweeps(5, seed=3, rising=False)])
    attributions = detector.attributions(clips)
    assert attributions.shape == (10, 20, N_BANDS)
    # The same float64 numbers, added in another order.
    np.testing.assert_allclose(
        attributions.sum(axis=(1, 2)), detector.score(clips).score, rtol=1e-12, atol=1e-9
    )
    assert not np.any(attributions[clips[..., -1] == 0.0])


@pytest.mark.parametrize("context", CONTEXTS)
def test_the_other_way_round_is_stranger(context: str) -> None:
    detector, _ = fitted(context)
    normal = detector.score(sweeps(40, seed=2)).score
    strange = detector.score(sweeps(40, seed=3, rising=False)).score
    assert np.mean(strange[:, None] > normal[None]) > 0.95


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_score_does_not_depend_on_the_company(context: str) -> None:
    detector, _ = fitted(context)
    clips = sweeps(BATCH + 3, seed=2)
    together = detector.score(clips)
    for rows in (slice(0, 1), slice(BATCH, BATCH + 3), slice(5, 2, -1)):
        alone = detector.score(clips[rows])
        np.testing.assert_array_equal(alone.score, together.score[rows])
        np.testing.assert_array_equal(alone.log_prob, together.log_prob[rows])


@pytest.mark.parametrize("context", CONTEXTS)
def test_more_padding_changes_no_score(context: str) -> None:
    detector, _ = fitted(context)
    clips = sweeps(6, seed=2)
    longer = np.concatenate([clips, np.zeros((6, 13, N_BANDS + 1), np.float32)], axis=1)
    # float32 products of other shapes; scores are of size a hundred.
    np.testing.assert_allclose(
        detector.score(longer).score, detector.score(clips).score, rtol=1e-4, atol=1e-2
    )


def test_clips_longer_than_any_in_training_are_scored() -> None:
    detector, _ = fitted("attention")
    clip = np.ones((1, 50, N_BANDS + 1), np.float32)
    assert np.isfinite(detector.score(clip).score).all()
    assert np.all(detector.attributions(clip) != 0.0)


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_restored_detector_scores_the_same_to_the_bit(context: str) -> None:
    detector, _ = fitted(context)
    other, clips = make(context, seed=5), sweeps(4, seed=2)
    other.restore(detector.arrays())
    np.testing.assert_array_equal(other.score(clips).score, detector.score(clips).score)
    np.testing.assert_array_equal(other.attributions(clips), detector.attributions(clips))


@pytest.mark.parametrize("lost", ["density_weight", "background/"])
def test_an_array_that_is_missing_is_refused(lost: str) -> None:
    detector, _ = fitted("position")
    arrays = {name: array for name, array in detector.arrays().items() if not name.startswith(lost)}
    with pytest.raises(ValueError, match=lost):
        make().restore(arrays)


def test_without_distortions_the_score_is_minus_the_log_likelihood() -> None:
    detector, told = fitted("position", ())
    scores = detector.score(sweeps(4, seed=2))
    assert (detector.n_flows, list(scores.terms)) == (1, ["density"])
    np.testing.assert_array_equal(scores.score, -scores.log_prob)
    assert {epoch.part for epoch in told} == {""}


def test_with_distortions_there_is_a_ratio_and_a_share_of_the_density() -> None:
    detector, told = fitted("position")
    scores = detector.score(sweeps(20, seed=1))
    assert (detector.n_flows, list(scores.terms)) == (2, ["ratio", "density"])
    assert [epoch.part for epoch in told] == ["target"] * 6 + ["background"] * 6
    # Over the validation clips the weight gives the density half the spread of the ratio.
    spread = {name: term.std() for name, term in scores.terms.items()}
    assert spread["density"] == pytest.approx(0.5 * spread["ratio"], rel=1e-6)


def test_features_without_the_column_of_presence_are_refused() -> None:
    with pytest.raises(ValueError, match=r"clips need shape \(n_clips, n_frames, 11\).*got \(3, 20, 10\)"):
        fitted("position")[0].score(sweeps(3)[..., :-1])


@pytest.mark.parametrize("auxiliary", [None, sweeps(30, seed=4, rising=False)])
def test_auxiliary_clips_reach_the_background_and_nothing_else(
    auxiliary: np.ndarray | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[np.ndarray]] = {}

    def record(density: object, versions: list[np.ndarray], *args: object, **options: object) -> list[Epoch]:
        seen["background" if seen else "target"] = versions
        return []

    monkeypatch.setattr("models.frames.density.FrameDensity.fit", record)
    train, nothing = sweeps(40), FitOptions()
    make().fit(train, sweeps(10, seed=1), nothing, monitored={}, on_epoch=print, auxiliary=auxiliary)
    assert [len(versions) for versions in seen.values()] == [3, 2 if auxiliary is None else 4]
    np.testing.assert_array_equal(seen["target"][0], train)
    if auxiliary is not None:
        # A peak that walks down begins in the upper bands; no copy of the target's clips does so undistorted.
        first = np.concatenate(seen["background"][2:])[:, 0, :-1].argmax(axis=1)
        assert np.all(first > N_BANDS // 2)


def test_auxiliary_clips_without_a_background_are_refused() -> None:
    with pytest.raises(ValueError, match="no background to fit to the 7 auxiliary clips"):
        make(distortions=()).fit(
            sweeps(20),
            sweeps(5),
            FitOptions(max_epochs=1),
            monitored={},
            on_epoch=print,
            auxiliary=sweeps(7),
        )


def test_a_baseline_gets_clips_of_one_length_whatever_theirs_and_their_padding() -> None:
    clips = sweeps(5)
    vectors = make().baseline_features(clips)
    assert vectors.shape == (5, 24 * N_BANDS)
    longer = np.concatenate([clips, np.zeros((5, 9, N_BANDS + 1), np.float32)], axis=1)
    np.testing.assert_array_equal(make().baseline_features(longer), vectors)
    np.testing.assert_array_equal(vectors[:, :N_BANDS], clips[:, 0, :-1])
