"""espeak-ng through ctypes. Imported by the voice worker alone: the library is GPL-3, and lives in its own process.

The functions and structures are those of ``espeak-ng/speak_lib.h``. Voice, rate and callback are global state of the
library, and it is not thread-safe: one process, one thread, everything set anew for each text.
"""

import ctypes as c
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader

from appliance.errors import EngineError

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_ENDPAUSE = 0x1000
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_EVENT_LIST_TERMINATED = 0
_EVENT_WORD = 1
_CHUNK_MS = 60
DEFAULT_RATE_WPM = 165
RATES_WPM = range(80, 451)


class _Voice(c.Structure):
    _fields_ = (
        ("name", c.c_char_p),
        ("languages", c.c_void_p),
        ("identifier", c.c_char_p),
        ("gender", c.c_ubyte),
        ("age", c.c_ubyte),
        ("variant", c.c_ubyte),
        ("xx1", c.c_ubyte),
        ("score", c.c_int),
        ("spare", c.c_void_p),
    )


class _EventId(c.Union):
    _fields_ = (("number", c.c_int), ("name", c.c_char_p), ("string", c.c_char * 8))


class _Event(c.Structure):
    _fields_ = (
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", _EventId),
    )


_Callback = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class WordStart:
    """Where a word begins: ``position`` counts characters of the text from 0, ``at_ms`` the audio."""

    position: int
    length: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class VoiceName:
    """A voice: ``name`` is what a request says (its best language tag), ``identifier`` what the library loads."""

    name: str
    identifier: str
    description: str
    languages: tuple[str, ...]


OnPiece = Callable[[bytes, list[WordStart]], bool]
"""Takes PCM at the engine's rate and the words that begin in it; False ends the synthesis."""


class Espeak:
    """The library, loaded and initialised. Raises EngineError where that fails."""

    def __init__(self) -> None:
        self._library = c.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_ListVoices.restype = c.POINTER(c.POINTER(_Voice))
        data = espeakng_loader.get_data_path()
        self.rate_hz: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _CHUNK_MS, data.encode(), _INITIALIZE_DONT_EXIT
        )
        if self.rate_hz <= 0:
            raise EngineError(f"espeak-ng cannot start with the data in {data}.")
        folder = Path(data) / "voices" / "!v"
        self._variants = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        self.voices = self._list_voices()
        self._identifiers = {
            tag.lower(): voice.identifier
            for voice in reversed(self.voices)
            for tag in (voice.identifier, voice.description, *reversed(voice.languages))
        } | {voice.name.lower(): voice.identifier for voice in self.voices}
        self._on_piece: OnPiece | None = None
        self._gone: OSError | EOFError | None = None
        self._callback = _Callback(self._called_back)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, rate_wpm: int | None, on_piece: OnPiece) -> None:
        """Speaks plain ``text``; pieces go to ``on_piece``. Raises EngineError for what the library does not know."""
        self._choose(voice, DEFAULT_RATE_WPM if rate_wpm is None else rate_wpm)
        raw = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        self._on_piece = on_piece
        try:
            status = self._library.espeak_Synth(
                raw, len(raw), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8 | _ENDPAUSE, None, None
            )
        finally:
            self._on_piece = None
        if self._gone is not None:
            raise self._gone
        if status:
            raise EngineError(f"espeak-ng refused a text of {len(text)} characters with status {status}.")

    def _choose(self, voice: str, rate_wpm: int) -> None:
        name, plus, variant = voice.partition("+")
        identifier = self._identifiers.get(name.lower().replace("_", "-"))
        if identifier is None:
            raise EngineError(f'The embedded voice has no "{voice}", expected a name such as en-us, en-gb or de.')
        if plus and variant not in self._variants:
            raise EngineError(
                f'The embedded voice has no variant "{variant}" (asked for "{voice}"), expected one such as f3 or m3.'
            )
        if rate_wpm not in RATES_WPM:
            raise EngineError(
                f"A speaking rate of {rate_wpm} words a minute is out of range, "
                f"expected {RATES_WPM.start} to {RATES_WPM.stop - 1}."
            )
        if self._library.espeak_SetVoiceByName((identifier + plus + variant).encode()):
            raise EngineError(f'The embedded voice cannot load "{voice}".')
        self._library.espeak_SetParameter(_PARAMETER_RATE, rate_wpm, 0)

    def _called_back(self, samples: "c._Pointer[c.c_short]", count: int, events: "c._Pointer[_Event]") -> int:
        if self._on_piece is None:
            return 1
        words = []
        for index in range(10_000):
            event = events[index]
            if event.type == _EVENT_LIST_TERMINATED:
                break
            if event.type == _EVENT_WORD:
                words.append(WordStart(event.text_position - 1, event.length, event.audio_position))
        pcm = c.string_at(samples, count * 2) if samples and count > 0 else b""
        try:
            return 0 if self._on_piece(pcm, words) else 1
        except (EOFError, OSError) as gone:
            # No exception gets through the library: it ends the synthesis here, and ``speak`` raises it.
            self._gone = gone
            self._on_piece = None
            return 1

    def _list_voices(self) -> list[VoiceName]:
        found = []
        pointer = self._library.espeak_ListVoices(None)
        index = 0
        while pointer[index]:
            voice = pointer[index].contents
            tags = _languages(voice.languages)
            found.append(
                VoiceName(
                    name=tags[0] if tags else voice.identifier.decode(),
                    identifier=voice.identifier.decode(),
                    description=voice.name.decode("utf-8", "replace"),
                    languages=tags,
                )
            )
            index += 1
        return found


def _languages(address: int | None) -> tuple[str, ...]:
    """The language tags of a voice: entries of one priority byte and a NUL-terminated tag, ended by a zero byte."""
    tags = []
    while address and c.string_at(address, 1) != b"\0":
        tag = c.string_at(address + 1)
        tags.append(tag.decode("ascii", "replace"))
        address += len(tag) + 2
    return tuple(tags)
