"""Are the weights of the extra ``embeddings`` here, which tests of what they give need?"""

import pytest

from pipeline.embeddings import check_weights
from pipeline.errors import PipelineError


def reason_for_absence() -> str:
    """Return why the weights cannot be used here, or ``""``."""
    try:
        check_weights()
    except PipelineError as error:
        return str(error)
    return ""


needs_weights = pytest.mark.skipif(bool(reason_for_absence()), reason=reason_for_absence())
