"""How does a person listen to the clips of a run, and judge them?

A local application over one run folder: ``reviewed_run`` reads it, ``queues`` puts its clips in order,
``media`` makes them heard and seen, ``desk`` answers what the page asks, ``application`` and ``guard``
say it over HTTP, and ``server`` serves it to this machine alone. Nothing here loads TensorFlow.
"""
