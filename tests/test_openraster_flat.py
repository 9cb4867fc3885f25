"""Flat colours of drawings: areas are filled whole, below their lines, wherever the regions of the model end."""

import numpy as np
import scipy.ndimage
import torch
from fake_drawing import FakeDrawing
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from colornb import Point, Region
from colornb.openraster import read_layers, save_flat
from colornb.page_layout import find_white

FONT = font_manager.findfont("DejaVu Sans")


def cells(line=5):
    """A box of three cells, and how thick its lines are: a square of 120 pixels."""
    page = Image.new("L", (120, 120), 255)
    draw = ImageDraw.Draw(page)
    for left, right in ((10, 45), (45, 80), (80, 110)):
        draw.rectangle((left, 20, right, 100), outline=0, width=line)
    return torch.from_numpy(np.array(page) / np.float32(255)).expand(1, 3, -1, -1)


def test_flat_colours_fill_areas_up_to_the_middle_of_the_lines(tmp_path):
    """Coarse regions, whose borders are beside the lines: the first on most of the first cell, and so on."""
    columns = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2])  # borders at 45 and 90 of 120 pixels
    regions = columns == torch.arange(3)[:, None, None].expand(-1, 8, 8)
    fake = FakeDrawing(cells(), regions)
    given = [Region(0, "#ff0000"), Region(1, "#00ff00")]
    flat = np.array(Image.open(save_flat(fake, given, tmp_path / "a.png", lines=False)))
    row = flat[60]
    assert (row[13:45] == (255, 0, 0, 255)).all(), "the first cell, and the line around it"
    assert (row[50:80] == (0, 255, 0, 255)).all()
    change = np.nonzero(row[20:80, 0] == 0)[0][0] + 20
    assert 42 <= change <= 52 and (row[20:80, 3] == 255).all(), "they meet below the line: no slit, no halo"
    assert (row[90:106, 3] == 0).mean() > 0.6, "the third cell is not theirs"


def test_points_fill_the_areas_that_they_lie_in(tmp_path):
    fake, ink = FakeDrawing(cells()), cells()[0, 0].numpy() < 0.5
    about = [Point(0.2, 0.5, "#ff0000"), Point(0.8, 0.5, "#0000ff")]
    path = save_flat(fake, about, tmp_path / "a.ora", lines=False)
    assert [layer.name for layer in read_layers(path)] == ["paper", "point 1 #ff0000", "point 2 #0000ff", "lines"]
    rooms, _ = scipy.ndimage.label(~ink)
    found = np.array(Image.open(save_flat(fake, about, tmp_path / "a.png", lines=False)))
    for x, color in ((25, (255, 0, 0, 255)), (60, (0, 0, 0, 0)), (95, (0, 0, 255, 255)), (3, (0, 0, 0, 0))):
        assert (found[rooms == rooms[60, x]] == color).all()


def test_a_balloon_has_no_flat_colour_unless_one_is_about_it(tmp_path):
    page = Image.new("L", (600, 500), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((10, 10, 590, 490), outline=0, width=3)
    draw.ellipse((150, 100, 450, 220), outline=0, width=3)
    draw.multiline_text((210, 130), "Where did you\nhide it?", 0, ImageFont.truetype(FONT, 24))
    ink = torch.from_numpy(np.array(page) / np.float32(255)).expand(1, 3, -1, -1)
    assert find_white(ink[:, :1])[160, 180] > 0, "it is seen as one"
    flat = np.array(Image.open(save_flat(FakeDrawing(ink), [Region(0, "red")], tmp_path / "a.png", lines=False)))
    assert flat[300, 300, 3] == 255 and flat[160, 180, 3] == 0
    about = [Region(0, "red"), Point(0.3, 0.32, "blue")]
    flat = np.array(Image.open(save_flat(FakeDrawing(ink), about, tmp_path / "b.png", lines=False)))
    assert tuple(flat[160, 180]) == (0, 0, 255, 255) and tuple(flat[300, 300]) == (255, 0, 0, 255)
