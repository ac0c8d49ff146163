"""What do two microphones, and recordings of the room alone, add to the preset `sounds`?

This room puts machines, computed or recorded, into simulated rooms in which something else sounds. It takes
the sets, the level of what else sounds, and seeds. It gives a table: the AUROC and pAUC of each way to use
both channels and the recordings of the room.
"""
