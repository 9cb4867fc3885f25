"""Tables of results: what a page shows, and what is printed."""

import pytest

from colornb.tables import Table, counted, number, with_interval

HEAD = ("method", "PSNR (dB)", "CDR")
ROWS = [("RTUG", "21.38", "0.256"), ("RTUG + E", "23.70 ± 0.33", "0.311"), ("CIC", "−1.00", "")]


def test_a_page_gets_markdown_with_the_best_in_bold():
    table = Table(HEAD, ROWS, highest=["PSNR (dB)"], lowest=["CDR"])
    assert table._repr_markdown_().splitlines() == [
        "| method | PSNR (dB) | CDR |",
        "| --- | ---: | ---: |",
        "| RTUG | 21.38 | **0.256** |",
        "| RTUG + E | **23.70\u00a0±\u00a00.33** | 0.311 |",
        "| CIC | −1.00 |  |",
    ]


def test_a_terminal_gets_columns():
    assert repr(Table(HEAD, ROWS)).splitlines() == [
        "method       PSNR (dB)    CDR",
        "RTUG             21.38  0.256",
        "RTUG + E  23.70 ± 0.33  0.311",
        "CIC              −1.00",
    ]


def test_a_minus_counts_and_equals_are_all_bold():
    bold = Table(["a"], [["−2.0"], ["−1.0"], ["−1.0"]], highest=["a"])._repr_markdown_()
    assert bold.count("**−1.0**") == 2
    assert "**−2.0**" in Table(["a"], [["−2.0"], ["−1.0"]], lowest=["a"])._repr_markdown_()


@pytest.mark.parametrize(
    ("value", "words", "text"),
    [
        (-0.394, {}, "−0.39"),
        (1.0449, {"sign": True}, "+1.04"),
        (0.25549, {"digits": 3}, "0.255"),
        (None, {}, ""),
        (-0.004, {"sign": True}, "0.00"),
    ],
)
def test_numbers_have_as_many_digits_as_are_asked_for_and_a_true_minus(value, words, text):
    assert number(value, **words) == text


def test_thousands_and_powers_are_numbers_and_bars_end_no_cell():
    assert "**1,000**" in Table(["a"], [["1,000"], ["5"]], highest=["a"])._repr_markdown_()
    assert "**0.7**" in Table(["a"], [["2e-5"], ["0.7"]], highest=["a"])._repr_markdown_()
    assert Table(["a|b"], [["|"]])._repr_markdown_().splitlines()[::2] == ["| a\\|b |", "| \\| |"]
    assert repr(Table(["a"], [[1.5]])).splitlines() == ["  a", "1.5"]


def test_a_gain_has_its_interval():
    assert with_interval(-0.394, 0.308) == "−0.39 ± 0.31"
    assert with_interval(0.0052, 0.0061, 3, sign=False) == "0.005 ± 0.006"


@pytest.mark.parametrize(
    ("rows", "best", "words"),
    [
        ([["a"]], [], "a row of 1 cells under 3 headings"),
        (ROWS, ["SSIM"], "no column 'SSIM': choose from method"),
        ([["CIC", "none", ""]], ["PSNR (dB)"], "'none' begins with no number"),
    ],
)
def test_what_is_no_table_is_refused(rows, best, words):
    with pytest.raises(ValueError, match=words):
        Table(HEAD, rows, highest=best)._repr_markdown_()


def test_things_are_counted_in_words():
    assert [counted(n, "hint") for n in (0, 1, 2, 12)] == ["no hint", "1 hint", "2 hints", "12 hints"]
