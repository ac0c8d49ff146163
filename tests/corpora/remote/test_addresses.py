"""Is a URL that carries a secret refused, without the secret being repeated?"""

import pytest

from pipeline.corpora import open_corpus
from pipeline.corpora.storage import refuse_secrets
from pipeline.errors import ConfigurationError


@pytest.mark.parametrize(
    "url", ["s3://me:hush@bucket/words", "https://host/words?X-Amz-Signature=hush", "gs://bucket/words#hush"]
)
def test_a_url_that_may_carry_a_secret_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="credentials by the environment") as refused:
        open_corpus(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["s3://bucket/words", "s3://bucket/a@b", "embedded", "./me@home", "C://x?y"])
def test_a_name_without_a_secret_passes(name: str) -> None:
    refuse_secrets(name)
