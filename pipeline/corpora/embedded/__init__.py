"""How is the corpus made that needs no download?

This room renders spoken words with espeak-ng, in voices and rooms that a seed draws. It takes a number of
speakers. It gives a folder of WAV files in the layout of Speech Commands.
"""

from pipeline.corpora.embedded.opening import open_embedded

__all__ = ["open_embedded"]
