"""How do a template, a style and a script become one HTML file that lets nothing in?

Conventions: every value goes through Jinja's autoescape; names of files, words and speakers go
through ``visible`` as well. Style and script stand in the page, admitted by their SHA-256 in a content
security policy that forbids everything else but ``data:`` pictures and sounds; so there is no
``style`` attribute anywhere, and nothing is ever fetched.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from markupsafe import Markup

from pipeline.html.text import (
    AREA_DIGITS,
    MISSING,
    area,
    count,
    isolated,
    name,
    number,
    quoted,
    signed,
    significant,
    visible,
)

__all__ = ["page_asset", "render_page"]

SHARED = "pipeline.html"


def render_page(package: str, *, style: Sequence[str], script: Sequence[str], **values: Any) -> str:
    """Return a page from ``template.html.j2`` of a package.

    Args:
        package: dotted name; a file that it does not hold is taken from ``pipeline.html``.
        style: names of style sheets, joined in this order.
        script: names of scripts, joined in this order.
        values: what the template names.
    """
    import jinja2

    styles = "\n".join(page_asset(package, file_name) for file_name in style)
    scripts = "\n".join(page_asset(package, file_name) for file_name in script)
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(lambda file_name: page_asset(package, file_name)),
    )
    environment.filters |= {
        "visible": visible,
        "isolated": isolated,
        "bdi": name,
        "quoted": quoted,
        "number": number,
        "area": area,
        "signed": signed,
        "significant": significant,
        "counted": count,
    }
    environment.globals |= {
        "missing": MISSING,
        "area_digits": AREA_DIGITS,
        "policy": _policy(styles, scripts),
        "style": Markup(styles),
        "script": Markup(scripts),
    }
    return str(environment.get_template("template.html.j2").render(**values)).lstrip()


def page_asset(package: str, file_name: str) -> str:
    """Return the text of a file of a package, or of ``pipeline.html`` where the package does not hold it."""
    own = resources.files(package).joinpath(file_name)
    place = own if own.is_file() else resources.files(SHARED).joinpath(file_name)
    return place.read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )


def _digest(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")
