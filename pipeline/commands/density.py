"""What does a user type for the tabular experiment?

``audio-anomaly density``. Progress and notes go to standard error, the table to standard output. Nothing
heavy is imported before the command runs.
"""

from pathlib import Path
from typing import Any

import click

from pipeline.commands.output import output_options, print_result
from pipeline.terminal import say

__all__ = ["density"]

PRESET_NAMES = ("gas", "power", "hepmass", "miniboone", "bsds300", "blog", "table")
# Options that change one number of the flow's section, with what may be chosen.
FLOW_CHOICES = {
    "family": ("maf", "iaf", "real_nvp", "spline_maf", "affine"),
    "activation": ("tanh", "relu"),
    "normalization": ("none", "activation", "batch"),
    "permutation": ("reversed", "random", "lu", "none"),
}
FLOW_HELP = {
    "family": "Which flow.  [default: maf]",
    "activation": "Of the hidden units.  [default: tanh]",
    "normalization": "After each layer.  [default: batch]",
    "permutation": "Of the features between layers.  [default: reversed]",
}


def _flow_options(command: Any) -> Any:
    for name, choices in reversed(FLOW_CHOICES.items()):
        command = click.option(f"--{name}", type=click.Choice(choices), help=FLOW_HELP[name])(command)
    return command


@click.command("density")
@click.option(
    "--data",
    "table_path",
    type=click.Path(path_type=Path),
    help="Table of numbers: ethylene_CO.txt, or .txt .dat .csv .tsv .parquet; the file of a set, or the "
    "folder of HEPMASS  "
    "[default: a look-alike of the gas recording, not the real one]",
)
@click.option(
    "--preset",
    type=click.Choice(PRESET_NAMES),
    default="gas",
    show_default=True,
    help="gas, power, hepmass, miniboone, bsds300: the sets of the MAF paper; blog: gas, all rows, half of "
    "them tested on; table: any other table.",
)
@click.option("--drop", multiple=True, metavar="COLUMN", help="Leave a column out, in place of the preset's.")
@click.option("--rows", type=click.IntRange(min=1), help="Use at most so many rows, drawn at random.")
@click.option("--epochs", type=click.IntRange(min=1), help="At most so many; early stopping may end sooner.")
@_flow_options
@click.option("--ablations", is_flag=True, help="Fit the ablations too, and print one table.")
@click.option("--seed", default=0, show_default=True, help="Behind every random choice.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one number, e.g. flow.n_layers=5."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the outcome  [default: runs/density-<preset>-<file>]",
)
@click.option(
    "--write-look-alike",
    "look_alike_path",
    type=click.Path(path_type=Path),
    help="Only write a look-alike of the recording, --rows of it, to a file.",
)
@output_options
def density(
    table_path: Path | None,
    preset: str,
    drop: tuple[str, ...],
    rows: int | None,
    epochs: int | None,
    ablations: bool,
    seed: int,
    overrides: tuple[str, ...],
    out: Path | None,
    look_alike_path: Path | None,
    **flow: str | None,
) -> None:
    """Fit a flow to a table of numbers, say how likely its test rows are, and score each row."""
    from pipeline.density import resolve_density_settings

    chosen: dict[str, dict[str, Any]] = {
        "rows": ({"drop": drop} if drop else {}) | ({"max_rows": rows} if rows else {}),
        "flow": {name: value for name, value in flow.items() if value is not None},
        "training": {"max_epochs": epochs} if epochs else {},
    }
    settings = resolve_density_settings(preset, overrides, seed=seed, **chosen)
    if rows and not any(override.startswith("look_alike.n_rows") for override in overrides):
        # So many in the file, or so many that the preset's share of them is what was asked for.
        n_rows = rows if look_alike_path else round(rows / settings.rows.share)
        made = settings.look_alike.model_copy(update={"n_rows": n_rows})
        settings = settings.model_copy(update={"look_alike": made})
    if look_alike_path is not None:
        from pipeline.density import LOOK_ALIKE_NOTE, write_look_alike

        write_look_alike(look_alike_path, settings.look_alike, seed)
        n_rows = settings.look_alike.n_rows
        told = f"{look_alike_path}: {n_rows:,} rows of a {LOOK_ALIKE_NOTE}"
        print_result(told, file=look_alike_path, n_rows=n_rows)
        return
    from pipeline.density.experiment import default_density_path, run_density
    from pipeline.files import read_json

    folder = out or default_density_path(settings, table_path, with_ablations=ablations)
    table = run_density(settings, table_path, folder, say, with_ablations=ablations)
    path = folder / "result.json"
    print_result(f"{table}\nresult: {path}", file=path, **read_json(path))
