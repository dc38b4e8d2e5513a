"""Running a pipeline: the task, its parameters, the runner."""

from appliance.task.params import PipelineParams
from appliance.task.runner import PipelineRunner
from appliance.task.task import PipelineTask, PipelineWorker

__all__ = ["PipelineParams", "PipelineRunner", "PipelineTask", "PipelineWorker"]
