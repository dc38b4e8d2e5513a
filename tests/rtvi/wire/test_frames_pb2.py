"""The code that is made from frames.proto: it is up to date, and its fields are those of the official transport."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor import FieldDescriptor

from appliance.rtvi.wire.frames_pb2 import DESCRIPTOR
from tests.house.checkout import ROOT

MADE = ("appliance/rtvi/wire/frames_pb2.py", "appliance/rtvi/wire/frames_pb2.pyi")

KINDS = {
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
}

FIELDS = {
    "TextFrame": {1: ("id", "uint64"), 2: ("name", "string"), 3: ("text", "string")},
    "AudioRawFrame": {
        1: ("id", "uint64"),
        2: ("name", "string"),
        3: ("audio", "bytes"),
        4: ("sample_rate", "uint32"),
        5: ("num_channels", "uint32"),
        6: ("pts", "uint64"),
    },
    "TranscriptionFrame": {
        1: ("id", "uint64"),
        2: ("name", "string"),
        3: ("text", "string"),
        4: ("user_id", "string"),
        5: ("timestamp", "string"),
    },
    "MessageFrame": {1: ("data", "string")},
    "InterruptionFrame": {1: ("id", "uint64"), 2: ("name", "string")},
    "Frame": {
        1: ("text", "TextFrame"),
        2: ("audio", "AudioRawFrame"),
        3: ("transcription", "TranscriptionFrame"),
        4: ("message", "MessageFrame"),
        5: ("interruption", "InterruptionFrame"),
    },
}


def test_the_fields_are_those_of_the_official_transport() -> None:
    assert DESCRIPTOR.package == "pipecat"
    assert {
        name: {
            field.number: (field.name, field.message_type.name if field.message_type else KINDS[field.type])
            for field in message.fields
        }
        for name, message in DESCRIPTOR.message_types_by_name.items()
    } == FIELDS


def test_a_frame_is_one_of_its_five_kinds_and_only_pts_may_be_absent() -> None:
    frame = DESCRIPTOR.message_types_by_name["Frame"]
    assert [[field.name for field in oneof.fields] for oneof in frame.oneofs] == [
        ["text", "audio", "transcription", "message", "interruption"]
    ]
    scalars = [field for message in DESCRIPTOR.message_types_by_name.values() for field in message.fields]
    assert [field.name for field in scalars if field.has_presence and field.message_type is None] == ["pts"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script's command makes, with this Python's generator and in a directory of its own."""
    path = tmp_path_factory.mktemp("made")
    last = (ROOT / "scripts/protobuf").read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("exec python -m grpc_tools.protoc ")
    command = shlex.split(last.replace("${1:-.}", str(path)))[2:]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return path


@pytest.mark.parametrize("name", MADE)
def test_the_code_in_the_checkout_is_what_the_script_makes(made: Path, name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == (made / name).read_text(encoding="utf-8")
