"""From the published experiment to this detector, one repair at a time, on any corpus.

``python -m benchmarks.detection.ladder`` runs it. ``rungs`` is the table of repairs, ``runs`` makes or finds
the run folder of each, ``figures`` reads the scores, ``table`` prints them, ``show`` those of several calls;
``one_run`` and ``live_batches`` are what runs in processes of their own. This package itself loads no
TensorFlow.
"""
