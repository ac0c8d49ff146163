"""How good and how fast are the flows, and their peers?"""
