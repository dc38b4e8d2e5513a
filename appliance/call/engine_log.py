"""Which engines have served a call, how often, and which have failed: for its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from appliance.clock import WallClock, iso, wall
from appliance.frames import ErrorFrame, MetricsFrame, TTFBMetricsData
from appliance.pipeline import BaseObserver, FramePushed, SeenFrames

MOST_FAILOVERS = 100
"""So many of a call are recorded one by one."""
ROLES = {"STT": "transcriber", "TTS": "synthesizer", "Dialogue": "llm"}
"""By the processor that uses the engine."""
PARTS = {"stt": "transcriber", "tts": "synthesizer", "dialogue": "llm"}
"""By the part that an ErrorFrame names."""


class EngineLog(BaseObserver):
    """Counts utterances, sentences and answers by the engine that gave them."""

    frame_types = (MetricsFrame, ErrorFrame)

    def __init__(self, clock: WallClock = wall) -> None:
        self._clock = clock
        self._seen = SeenFrames()
        self._served: dict[str, Counter[str]] = {}
        self._failovers: list[dict[str, str]] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        """Takes what is measured, and what was given up."""
        frame = data.frame
        if not self._seen.is_new(frame):
            return
        if isinstance(frame, MetricsFrame):
            for one in frame.data:
                if isinstance(one, TTFBMetricsData) and one.engine is not None:
                    self._served.setdefault(ROLES[one.processor], Counter())[one.engine] += 1
        elif isinstance(frame, ErrorFrame) and frame.gave_up is not None and len(self._failovers) < MOST_FAILOVERS:
            failed = {"engine": frame.gave_up, "error": frame.error, "at": iso(self._clock())}
            self._failovers.append({"role": PARTS[frame.engine or "dialogue"], **failed})

    def facts(self) -> Mapping[str, Any]:
        """``engines``: by role, how often each served; ``failovers``: what failed, in order. Absent where empty."""
        engines = {role: dict(served) for role, served in self._served.items()}
        return ({"engines": engines} if engines else {}) | ({"failovers": self._failovers} if self._failovers else {})
