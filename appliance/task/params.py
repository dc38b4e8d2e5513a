"""How a pipeline is run."""

from dataclasses import dataclass


@dataclass(slots=True)
class PipelineParams:
    """``enable_metrics`` measures engines (seconds), ``enable_usage_metrics`` counts what they used."""

    enable_metrics: bool = False
    enable_usage_metrics: bool = False
