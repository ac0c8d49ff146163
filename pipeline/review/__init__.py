"""How does a person listen to the clips of a run, and judge them?

This room serves a page to this machine alone, puts the clips in order, and stores what is said of them. It
takes a run folder and a file of verdicts. It gives a local web application; nothing here loads TensorFlow.
"""

__all__: list[str] = []
