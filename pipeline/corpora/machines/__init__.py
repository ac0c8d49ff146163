"""How is the corpus of machines made that needs no download?

This room computes the sounds of a fan, a pump, a slider and a valve, whole and with faults, from models of
what moves in them. It takes the name of a machine. It gives WAV files in the layout of task 2 of DCASE.
"""

from pipeline.corpora.machines.opening import machine_names, open_machines

__all__ = ["machine_names", "open_machines"]
