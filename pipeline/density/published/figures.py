"""What did the MAF paper reach, and on how many rows?

Mean log-likelihood of the test rows in nats, and two standard errors. Which rows and which unit is in
``pipeline.density.published.opening`` and, for GAS, in ``pipeline.density.preprocessing``.
Source: Papamakarios et al. 2017, "Masked Autoregressive Flow for Density Estimation" (arXiv:1705.07057),
table 1 for the figures, the table of the appendix for features and rows.
"""

__all__ = ["PAPER_NATS", "PAPER_ROWS"]

# Features; rows to train, to validate, to test.
PAPER_ROWS: dict[str, tuple[int, int, int, int]] = {
    "power": (6, 1_659_917, 184_435, 204_928),
    "gas": (8, 852_174, 94_685, 105_206),
    "hepmass": (21, 315_123, 35_013, 174_987),
    "miniboone": (43, 29_556, 3_284, 3_648),
    "bsds300": (63, 1_000_000, 50_000, 250_000),
}

PAPER_NATS: dict[str, dict[str, tuple[float, float]]] = {
    "power": {
        "Gaussian": (-7.74, 0.02),
        "MADE": (-3.08, 0.03),
        "MADE MoG": (0.40, 0.01),
        "Real NVP (5)": (-0.02, 0.01),
        "Real NVP (10)": (0.17, 0.01),
        "MAF (5)": (0.14, 0.01),
        "MAF (10)": (0.24, 0.01),
        "MAF MoG (5)": (0.30, 0.01),
    },
    "gas": {
        "Gaussian": (-3.58, 0.75),
        "MADE": (3.56, 0.04),
        "MADE MoG": (8.47, 0.02),
        "Real NVP (5)": (4.78, 1.80),
        "Real NVP (10)": (8.33, 0.14),
        "MAF (5)": (9.07, 0.02),
        "MAF (10)": (10.08, 0.02),
        "MAF MoG (5)": (9.59, 0.02),
    },
    "hepmass": {
        "Gaussian": (-27.93, 0.02),
        "MADE": (-20.98, 0.02),
        "MADE MoG": (-15.15, 0.02),
        "Real NVP (5)": (-19.62, 0.02),
        "Real NVP (10)": (-18.71, 0.02),
        "MAF (5)": (-17.70, 0.02),
        "MAF (10)": (-17.73, 0.02),
        "MAF MoG (5)": (-17.39, 0.02),
    },
    "miniboone": {
        "Gaussian": (-37.24, 1.07),
        "MADE": (-15.59, 0.50),
        "MADE MoG": (-12.27, 0.47),
        "Real NVP (5)": (-13.55, 0.49),
        "Real NVP (10)": (-13.84, 0.52),
        "MAF (5)": (-11.75, 0.44),
        "MAF (10)": (-12.24, 0.45),
        "MAF MoG (5)": (-11.68, 0.44),
    },
    "bsds300": {
        "Gaussian": (96.67, 0.25),
        "MADE": (148.85, 0.28),
        "MADE MoG": (153.71, 0.28),
        "Real NVP (5)": (152.97, 0.28),
        "Real NVP (10)": (153.28, 1.78),
        "MAF (5)": (155.69, 0.28),
        "MAF (10)": (154.93, 0.28),
        "MAF MoG (5)": (156.36, 0.28),
    },
}
