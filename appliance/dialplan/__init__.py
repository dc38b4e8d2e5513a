"""What the operator writes for a number: its schema, files, matching, and the answers it waits for."""

from appliance.dialplan.checks import phrases_of
from appliance.dialplan.conditions import Arrival
from appliance.dialplan.expect import MORE, Answer, Expectation
from appliance.dialplan.functions import APPROVED, REFUSED, Function, Parameter, Supervised
from appliance.dialplan.llm import LLM, LLMStep
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.loader import Dialplans, load_dialplan, load_dialplans
from appliance.dialplan.matcher import Match, Matcher
from appliance.dialplan.message import MessageStep
from appliance.dialplan.numbers import normalised
from appliance.dialplan.phrases import words_to_say
from appliance.dialplan.problems import Problem
from appliance.dialplan.recording import Recording, RecordingStep
from appliance.dialplan.redaction import Redaction
from appliance.dialplan.schema import Dialplan, Fallback, Turn, Vad
from appliance.dialplan.sensitive import recorded_by, redactor_of
from appliance.dialplan.steps import AskStep, BranchStep, CallStep, HangUpStep, SayStep, SetStep, Step
from appliance.dialplan.template import Value, fill
from appliance.dialplan.transfer import Transfer, TransferStep

__all__ = [
    "APPROVED",
    "LLM",
    "MORE",
    "REFUSED",
    "Answer",
    "Arrival",
    "AskStep",
    "BranchStep",
    "CallStep",
    "Dialplan",
    "Dialplans",
    "Expectation",
    "Fallback",
    "Function",
    "HangUpStep",
    "LLMStep",
    "LoadedDialplan",
    "Match",
    "Matcher",
    "MessageStep",
    "Parameter",
    "Problem",
    "Recording",
    "RecordingStep",
    "Redaction",
    "SayStep",
    "SetStep",
    "Step",
    "Supervised",
    "Transfer",
    "TransferStep",
    "Turn",
    "Vad",
    "Value",
    "fill",
    "load_dialplan",
    "load_dialplans",
    "normalised",
    "phrases_of",
    "recorded_by",
    "redactor_of",
    "words_to_say",
]
