"""How good are the detectors, and with how little?"""
