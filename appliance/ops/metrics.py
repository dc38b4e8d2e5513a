"""Counters, gauges and histograms in Prometheus' text format (exposition format 0.0.4)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeVar

Labels = tuple[str, ...]
M = TypeVar("M", bound="Metric")

LATENCY_SECS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0, 2.0, 5.0, 10.0)


class Metric:
    """A name, its meaning and the names of its labels."""

    kind = "untyped"

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = tuple(labels)

    def lines(self) -> Iterator[str]:
        """The metric as text, with its two lines of comment."""
        meaning = self.meaning.replace("\\", "\\\\").replace("\n", "\\n")
        yield f"# HELP {self.name} {meaning}"
        yield f"# TYPE {self.name} {self.kind}"
        yield from self.samples()

    def samples(self) -> Iterator[str]:
        """One line for each value."""
        raise NotImplementedError

    def _key(self, labels: dict[str, str]) -> Labels:
        if labels.keys() != set(self.labels):
            raise ValueError(f"{self.name} got the labels {sorted(labels)}, expected {sorted(self.labels)}")
        return tuple(labels[name] for name in self.labels)


class _Values(Metric):
    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, meaning, labels)
        self._values: dict[Labels, float] = {} if labels else {(): 0.0}

    def add(self, amount: float = 1.0, **labels: str) -> None:
        """Adds ``amount``."""
        key = self._key(labels)
        self._values[key] = self._values.get(key, 0.0) + amount

    def value(self, **labels: str) -> float:
        """The value now."""
        return self._values.get(self._key(labels), 0.0)

    def samples(self) -> Iterator[str]:
        """One line for each value."""
        yield from (_sample(self.name, self.labels, key, value) for key, value in self._values.items())


class Counter(_Values):
    """Something that only grows."""

    kind = "counter"

    def add(self, amount: float = 1.0, **labels: str) -> None:
        """Adds ``amount``, which is not negative."""
        if amount < 0:
            raise ValueError(f"{self.name} got {amount}, expected a counter to grow")
        super().add(amount, **labels)


class Gauge(_Values):
    """Something that goes up and down."""

    kind = "gauge"

    def set(self, value: float, **labels: str) -> None:
        """The value from now on."""
        self._values[self._key(labels)] = value


class Histogram(Metric):
    """How often values fell under each bound."""

    kind = "histogram"

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str] = (), bounds: Sequence[float] = LATENCY_SECS
    ) -> None:
        super().__init__(name, meaning, labels)
        self._bounds = tuple(bounds)
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, value: float, **labels: str) -> None:
        """Counts one value."""
        key = self._key(labels)
        counts = self._counts.setdefault(key, [0] * (len(self._bounds) + 1))
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + value

    def samples(self) -> Iterator[str]:
        """The cumulated buckets, the sum and the count, for each combination of labels."""
        for key, counts in self._counts.items():
            total = 0
            for bound, count in zip((*map(_number, self._bounds), "+Inf"), counts, strict=True):
                total += count
                yield _sample(f"{self.name}_bucket", (*self.labels, "le"), (*key, bound), total)
            yield _sample(f"{self.name}_sum", self.labels, key, self._sums[key])
            yield _sample(f"{self.name}_count", self.labels, key, total)


class Registry:
    """All metrics of an appliance, each name once."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """A new counter."""
        return self._added(Counter(name, meaning, labels))

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        """A new gauge."""
        return self._added(Gauge(name, meaning, labels))

    def histogram(
        self, name: str, meaning: str, labels: Sequence[str] = (), bounds: Sequence[float] = LATENCY_SECS
    ) -> Histogram:
        """A new histogram."""
        return self._added(Histogram(name, meaning, labels, bounds))

    def text(self) -> str:
        """Everything in Prometheus' text format."""
        return "".join(f"{line}\n" for metric in self._metrics.values() for line in metric.lines())

    def _added(self, metric: M) -> M:
        if metric.name in self._metrics:
            raise ValueError(f"the metric {metric.name} exists already, expected a new name")
        self._metrics[metric.name] = metric
        return metric


def _sample(name: str, labels: Labels, values: Labels, value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in zip(labels, values, strict=True))
    return f"{name}{{{pairs}}} {_number(value)}" if pairs else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
