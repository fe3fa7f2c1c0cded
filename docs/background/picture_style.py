"""How all pictures of these pages look, and how they are saved."""

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

OURS, OTHER, BAND, INK = "#0b5394", "#b45309", "#9fc5e8", "#222222"
STYLE: dict[str, Any] = {
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


def save(figure: Figure, path: Path) -> None:
    """Few colours are enough and make a small file. The figure is closed."""
    whole = BytesIO()
    figure.savefig(whole, format="png")
    Image.open(whole).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    plt.close(figure)
