from .cli import main as main
from .options import checked_settings as checked_settings
from .program import STAGES as STAGES, Program as Program, default_run_path as default_run_path
