"""Does ``--target all`` make a run for each machine, one table of them, and end with the worst status?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.commands.program import Program
from pipeline.errors import ArtefactError, PipelineError
from pipeline.files.artefacts import write_json
from tests.command import Ended, call

MACHINES = ("fan", "pump", "slider", "valve")
Outcome = PipelineError | int  # what a run raises, or how many clips it sets aside


@pytest.fixture
def evaluate_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[Ended, list[str]]]:
    """Evaluate all machines with stages that only write figures; returns how it ended and what was run."""

    def evaluate(corpus: str = "machines", **outcomes: Outcome) -> tuple[Ended, list[str]]:
        made: list[str] = []

        def run_up_to(program: Program, last: str) -> None:
            target = program.settings.target
            made.append(f"{target} in {program.run.path.relative_to(tmp_path)} up to {last}")
            outcome = outcomes.get(target, 0)
            if isinstance(outcome, PipelineError):
                raise outcome
            program.run.path.mkdir(parents=True)
            figures = {"pooled_auroc": 0.9, "pooled_auroc_ci95": [0.8, 0.95], "worst_auroc": 0.7}
            write_json(
                program.run.path / "metrics.json",
                {
                    **figures,
                    "worst_word": f"{target}_rattle",
                    "n_test_target": 40,
                    "sections": {"00": {"auc_source": 0.5, "auc_target": 1.0, "pauc_0.1": 0.5}},
                    "calibration": {"false_alarm_rate_test": 0.05},
                },
            )

        monkeypatch.setattr(Program, "run_up_to", run_up_to)
        monkeypatch.setattr(
            Program, "set_aside", property(lambda program: outcomes.get(program.settings.target, 0))
        )
        run = tmp_path / "machines"
        return call("evaluate", f"--corpus={corpus}", "--target=all", "--preset=sounds", f"--run={run}"), made

    return evaluate


def test_each_machine_has_a_run_of_its_own(evaluate_all: Callable[..., tuple[Ended, list[str]]]):
    ended, made = evaluate_all()
    assert ended.status == 0, ended.err
    assert made == [f"{machine} in machines/{machine} up to report" for machine in MACHINES]


def test_the_table_has_a_line_for_each_machine_and_its_report(
    evaluate_all: Callable[..., tuple[Ended, list[str]]],
):
    ended, _ = evaluate_all()
    lines = ended.out.splitlines()
    for machine in MACHINES:
        row = next(line for line in lines if line.startswith(machine))
        assert "0.900" in row and f"{machine}_rattle" in row and "5.0% of 40" in row
        assert any(line.endswith(f"{machine}/report/index.html") for line in lines)


def test_the_official_score_is_over_the_sections_of_all_machines(
    evaluate_all: Callable[..., tuple[Ended, list[str]]],
):
    ended, _ = evaluate_all(pump=PipelineError("too few"))
    # Nine figures, whose inverses add up to three times 5.
    assert "official score, the harmonic mean over 3 sections of 3 machines: 0.600" in ended.out


def test_a_folder_in_the_layout_of_dcase_has_a_run_for_each_of_its_machines(
    tmp_path: Path, evaluate_all: Callable[..., tuple[Ended, list[str]]]
):
    for machine in ("ToyCar", "gearbox"):
        (tmp_path / "dev" / machine / "train").mkdir(parents=True)
        (tmp_path / "dev" / machine / "train" / "section_00_source_train_normal_0000.wav").touch()
    ended, made = evaluate_all(corpus=str(tmp_path / "dev"))
    assert ended.status == 0, ended.err
    assert made == [f"{machine} in machines/{machine} up to report" for machine in ("ToyCar", "gearbox")]


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ({"pump": 3}, 3),
        ({"pump": PipelineError("too few"), "valve": 2}, 1),
        ({"fan": ArtefactError("damaged"), "slider": PipelineError("too few")}, 4),
    ],
)
def test_the_status_is_the_worst_of_all_and_the_others_are_made(
    outcomes: dict[str, Outcome], status: int, evaluate_all: Callable[..., tuple[Ended, list[str]]]
):
    ended, made = evaluate_all(**outcomes)
    assert ended.status == status
    assert len(made) == len(MACHINES)
    for machine, outcome in outcomes.items():
        if isinstance(outcome, PipelineError):
            assert f"error: {machine}: {outcome}" in ended.err


def test_a_folder_that_is_the_run_of_one_target_is_refused(
    tmp_path: Path, evaluate_all: Callable[..., tuple[Ended, list[str]]]
):
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines" / "config.toml").write_text("", "utf-8")
    ended, made = evaluate_all()
    assert (ended.status, made) == (4, [])
    assert "is the run of one target, so the runs of all 4 have no place in it" in ended.err


def test_all_is_a_class_like_any_other_where_a_corpus_holds_one_kind(
    tmp_path: Path, evaluate_all: Callable[..., tuple[Ended, list[str]]]
):
    ended, made = evaluate_all(corpus=str(tmp_path), all=PipelineError("no word 'all'"))
    assert ended.status == 1
    assert made == ["all in machines up to report"]
