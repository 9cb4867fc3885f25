"""The picture at the top of README.md: a drawing the model asks about, and what it paints after each answer.

python tools/hero.py    writes book/images/hero.png
"""

from pathlib import Path

from colornb import Colorizer, Region, data, hex_color, sketch
from colornb.figures import show_steps
from colornb.hints import mean_colors
from colornb.images import resize

PAGE, HINTS = 0, 8
SPECK = 0.01  # of the picture: a smaller region tells little in a small picture
OUT = Path(__file__).resolve().parents[1] / "book" / "images" / "hero.png"

page = data.open("storybook", "test", size=512, n=PAGE + 1, scenes=["portrait"]).rgb[PAGE:].float() / 255
colorizer = Colorizer.load("guiding_painter-comic")
colorizer.set_image(sketch(page, "clean").expand(-1, 3, -1, -1), kind="drawing")
small = resize(page, tuple(colorizer.regions.shape[-2:]))
truth = mean_colors(colorizer.regions[None].float(), small)[0].clamp(0, 1)
asked = [rank for rank in colorizer.region_order if colorizer.regions[rank].float().mean() > SPECK]
answers = [Region(rank, hex_color(truth[rank].tolist())) for rank in asked[:HINTS]]
OUT.parent.mkdir(exist_ok=True)
OUT.write_bytes(show_steps(colorizer, answers)._repr_png_())
