# SPDX-License-Identifier: Apache-2.0
"""Plots for the reports: SVG that is the same from the same numbers."""


def load():
    """matplotlib's pyplot (Debian's python3-matplotlib), or None, which it says."""
    try:
        import matplotlib
    except ImportError:
        print("matplotlib is absent: no plots")
        return None
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "bytepiece"
    matplotlib.rcParams["svg.fonttype"] = "none"  # words stay words, in any script
    from matplotlib import pyplot
    return pyplot


def save(figure, path):
    figure.savefig(path, metadata={"Date": None})
