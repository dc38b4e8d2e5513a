from appliance.task import PipelineParams


def test_nothing_is_measured_unless_asked_for() -> None:
    assert PipelineParams() == PipelineParams(enable_metrics=False, enable_usage_metrics=False)
