"""``python -m pipeline`` is the same program as the console script ``audio-anomaly``."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
