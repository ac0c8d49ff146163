"""Is a URL that carries a secret refused, without the secret being repeated?"""

import pytest

from pipeline.corpora import open_corpus
from pipeline.errors import ConfigurationError
from pipeline.stores import is_url, refuse_secrets, short_name


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


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("s3://bucket/data/words/", "bucket-words"),
        ("gs://bucket", "bucket"),
        ("file:///home/words", "words"),
        ("https://host:81/w%20s", "host_81-w_20s"),
        ("memory://", "corpus"),
    ],
)
def test_a_url_has_a_short_name_that_a_folder_can_have(url: str, short: str) -> None:
    assert is_url(url) and short_name(url) == short


@pytest.mark.parametrize("name", ["embedded", "/data/words", "C:\\words", "C://words", "a::b", "words"])
def test_a_path_is_no_url(name: str) -> None:
    assert not is_url(name)
