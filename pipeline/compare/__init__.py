"""Which of two runs of one target is better, where, and on which clips?

``runs`` reads both and refuses what cannot be compared, ``differences`` and ``moved`` find what differs
over the clips that both have, ``page`` writes one self-contained HTML file.
"""
