"""What do all pages share?

This room renders self-contained pages: escaped text, vector drawings, spectrograms, sounds as data. It takes
figures, texts and clips. It gives HTML with no address of another machine.
"""

from pipeline.html.axes import picture_axes
from pipeline.html.document import page_asset, render_page
from pipeline.html.heat_map import describe_densest, heat_map_legend_png, heat_map_limit, heat_map_png
from pipeline.html.marks import HeardReason, heard_reasons, picture_marks
from pipeline.html.media import (
    MOST_PLAYED_SECONDS,
    Media,
    data_uri,
    embed_clip,
    embed_recording,
    file_address,
    first_minute,
)
from pipeline.html.spectrogram import recording_png, spectrogram_png
from pipeline.html.svg import Scale, drawing, element, group, line, path_through, ticks, title
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
    visible,
)

__all__ = [
    "AREA_DIGITS",
    "MISSING",
    "MOST_PLAYED_SECONDS",
    "HeardReason",
    "Media",
    "Scale",
    "area",
    "count",
    "data_uri",
    "describe_densest",
    "drawing",
    "element",
    "embed_clip",
    "embed_recording",
    "file_address",
    "first_minute",
    "group",
    "heard_reasons",
    "heat_map_legend_png",
    "heat_map_limit",
    "heat_map_png",
    "isolated",
    "line",
    "name",
    "number",
    "page_asset",
    "path_through",
    "picture_axes",
    "picture_marks",
    "quoted",
    "recording_png",
    "render_page",
    "signed",
    "spectrogram_png",
    "ticks",
    "title",
    "visible",
]
