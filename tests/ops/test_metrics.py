"""Prometheus' text format."""

import pytest

from appliance.ops import Registry


def test_everything_reads_as_prometheus_wants_it() -> None:
    registry = Registry()
    calls = registry.counter("calls_total", 'Calls\nby "outcome"', ["outcome"])
    live = registry.gauge("calls_live", "Calls now")
    gap = registry.histogram("gap_seconds", "Response gap", ["engine"], bounds=(0.1, 0.5))
    calls.add(outcome='a "b"\\\n')
    calls.add(2, outcome="completed")
    live.set(3)
    live.add(-1)
    for value in (0.1, 0.3, 7):
        gap.observe(value, engine="x")
    assert registry.text().splitlines() == [
        '# HELP calls_total Calls\\nby "outcome"',
        "# TYPE calls_total counter",
        'calls_total{outcome="a \\"b\\"\\\\\\n"} 1',
        'calls_total{outcome="completed"} 2',
        "# HELP calls_live Calls now",
        "# TYPE calls_live gauge",
        "calls_live 2",
        "# HELP gap_seconds Response gap",
        "# TYPE gap_seconds histogram",
        'gap_seconds_bucket{engine="x",le="0.1"} 1',
        'gap_seconds_bucket{engine="x",le="0.5"} 2',
        'gap_seconds_bucket{engine="x",le="+Inf"} 3',
        'gap_seconds_sum{engine="x"} 7.4',
        'gap_seconds_count{engine="x"} 3',
    ]


def test_a_metric_without_labels_is_there_from_the_start() -> None:
    registry = Registry()
    registry.counter("lost_total", "Lost")
    assert registry.text().splitlines()[-1] == "lost_total 0"


def test_values_can_be_asked_for() -> None:
    counter = Registry().counter("calls_total", "Calls", ["outcome"])
    counter.add(outcome="a")
    assert (counter.value(outcome="a"), counter.value(outcome="b")) == (1, 0)


def test_wrong_labels_a_name_twice_and_shrinking_counters_are_refused() -> None:
    registry = Registry()
    counter = registry.counter("calls_total", "Calls", ["outcome"])
    with pytest.raises(ValueError, match=r"^calls_total got the labels \['reason'\], expected \['outcome'\]$"):
        counter.add(reason="x")
    with pytest.raises(ValueError, match=r"^the metric calls_total exists already, expected a new name$"):
        registry.gauge("calls_total", "Calls")
    with pytest.raises(ValueError, match=r"^calls_total got -1, expected a counter to grow$"):
        counter.add(-1, outcome="a")
