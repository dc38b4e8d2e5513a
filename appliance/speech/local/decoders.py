"""The recogniser's decoders: made ready for a grammar, lent for one utterance, and used again.

A decoder holds one utterance at a time and many grammars. Its dictionary begins nearly empty and grows by the words of
the grammars it is given: that makes it 5 MB and 10 ms, against 90 MB and 350 ms with everything. The scores of a
grammar mean nothing alone; a second decoder hears the same audio as a free sequence of phones, to compare with.
"""

import hashlib
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

from pocketsphinx import Decoder

from appliance.errors import EngineError
from appliance.speech.local.words import grammar_words, model_folder, pronunciations, unknown_words

MEANS = "49.37,4.20,-12.69,-6.75,4.60,-40.43,2.86,-23.02,-36.29,19.24,-42.27,12.13,-12.18"
"""Where the cepstral means of an utterance begin (``cmninit``). Estimated on 384 recordings outside every grammar (six
espeak voices, mu-law, with and without a telephone's band limits) that came this very way: band filter, -22 dBFS,
linear interpolation to 16 kHz. They belong to that way: with another one they are worse than none."""

_SEARCH = {"bestpath": False, "beam": 1e-70, "wbeam": 1e-70, "pbeam": 1e-70, "silprob": 0.1}
"""Without these, a third of short utterances end without a result: the search through the lattice loses the grammar's
last words, and the default beams lose the path into the grammar's end."""

_PHONE_SEARCH = {"lw": 2.0, "beam": 1e-40, "pbeam": 1e-40}
"""A loop of phones, led little by how phones usually follow each other: with the default weight of 6.5 it tells less of
what is outside the grammar. To hear every second frame only (``ds`` 2) would save a quarter of all time, and lets three
times as much pass for one of ten intents."""

_MOST_GRAMMARS = 32
_MOST_IDLE = 16
_LANGUAGE_MODEL_DECODERS = 2
_PHONES = "phones"
_SEED_WORD = "yes"


def check_grammar(grammar: str, language: str) -> list[str]:
    """The words of ``grammar``. Raises EngineError naming words without pronunciation, or saying that there is none."""
    words = grammar_words(grammar)
    if not words:
        raise EngineError("The grammar has no words, expected JSGF such as: public <answer> = yes | no;")
    if unknown := unknown_words(words, language):
        names = ", ".join(f'"{word}"' for word in unknown)
        raise EngineError(f"The recogniser does not know how these words of the grammar sound: {names}.")
    return words


def key_of(grammar: str) -> str:
    """What a grammar is called in a decoder."""
    return hashlib.sha256(grammar.encode()).hexdigest()


class GrammarEars:
    """Two decoders for one utterance: what the grammar makes of it, and what a free sequence of phones does."""

    def __init__(self, seed: Path) -> None:
        settings = {"loglevel": "FATAL", "lm": None, "dict": str(seed), "cmninit": MEANS}
        self.words = Decoder(**settings, **_SEARCH)
        self.phones = Decoder(**settings, **_PHONE_SEARCH)
        self.phones.add_allphone_file(_PHONES, str(model_folder() / "en-us-phone.lm.bin"))
        self._known = {_SEED_WORD}
        self._grammars: OrderedDict[str, None] = OrderedDict()

    def has(self, key: str) -> bool:
        """Whether the grammar of that key needs no work."""
        return key in self._grammars

    def expect(self, key: str, grammar: str, language: str) -> None:
        """Makes the grammar what the next utterance is heard with. Raises EngineError when it cannot."""
        if key not in self._grammars:
            self._learn(check_grammar(grammar, language))
            try:
                self.words.add_jsgf_string(key, grammar)
            except (ValueError, RuntimeError):
                raise EngineError("The grammar does not parse as JSGF.") from None
            self._grammars[key] = None
            if len(self._grammars) > _MOST_GRAMMARS:
                self.words.remove_search(self._grammars.popitem(last=False)[0])
        self._grammars.move_to_end(key)
        self.words.activate_search(key)
        self.phones.activate_search(_PHONES)

    def _learn(self, words: list[str]) -> None:
        for word in words:
            if word in self._known:
                continue
            for number, phones in enumerate(pronunciations(word), 1):
                self.words.add_word(word if number == 1 else f"{word}({number})", phones, False)
            self._known.add(word)


class DecoderPool:
    """The decoders of one worker process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="appliance-ear-")
        self._seed = Path(self._folder.name) / "seed.dict"
        self._seed.write_text(f"{_SEED_WORD} {pronunciations(_SEED_WORD)[0]}\n", encoding="ascii")
        self._idle: list[GrammarEars] = [GrammarEars(self._seed)]
        self._idle_models: list[Any] = []
        self._lent_models = 0

    def close(self) -> None:
        """Removes the pool's files."""
        self._folder.cleanup()

    def borrow(self, grammar: str, language: str) -> GrammarEars:
        """Decoders that expect ``grammar``; ones that know it already if possible. Raises EngineError."""
        key = key_of(grammar)
        ears = next((idle for idle in self._idle if idle.has(key)), None)
        if ears is not None:
            self._idle.remove(ears)
        else:
            ears = self._idle.pop() if self._idle else GrammarEars(self._seed)
        try:
            ears.expect(key, grammar, language)
        except EngineError:
            self.give_back(ears)
            raise
        return ears

    def give_back(self, ears: GrammarEars) -> None:
        """Keeps decoders for the next utterance."""
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(ears)

    def borrow_language_model(self) -> Any:
        """A decoder for whatever is said, with everything: 90 MB. Raises EngineError when all are in use."""
        if self._idle_models:
            decoder = self._idle_models.pop()
        elif self._lent_models < _LANGUAGE_MODEL_DECODERS:
            decoder = Decoder(loglevel="FATAL", cmninit=MEANS)
        else:
            raise EngineError(
                f"The recogniser hears {_LANGUAGE_MODEL_DECODERS} utterances without a grammar at once in each "
                "of its processes already."
            )
        self._lent_models += 1
        return decoder

    def give_back_language_model(self, decoder: Any) -> None:
        """Keeps it for the next utterance."""
        self._lent_models -= 1
        self._idle_models.append(decoder)
