"""Is a figure over seeds or rounds written with its range, and nothing made up where there is none?"""

from benchmarks.spread import mean_and_range, median_and_range


def test_a_mean_stands_before_its_range() -> None:
    assert mean_and_range([0.9, 0.7, 0.8]) == "0.800 (0.700 to 0.900)"
    assert mean_and_range([0.9, 0.7, 0.8], digits=2, between="-") == "0.80 (0.70-0.90)"


def test_a_range_whose_ends_are_alike_is_left_out_unless_asked_for() -> None:
    assert mean_and_range([0.80001, 0.80002]) == "0.800"
    assert mean_and_range([0.80001, 0.80002], always=True) == "0.800 (0.800 to 0.800)"


def test_a_seed_without_the_figure_is_left_out() -> None:
    assert mean_and_range([None, 0.5, 0.6]) == "0.550 (0.500 to 0.600)"
    assert mean_and_range([None]) == ""


def test_rates_have_a_median_and_no_fraction_from_a_hundred_on() -> None:
    assert median_and_range([99.96, 1234.5, 2000.4]) == "1,234 (100.0 to 2,000)"
