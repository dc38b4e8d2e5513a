import pytest

from appliance.speech.sentences import Sentences


@pytest.mark.parametrize(
    ("pieces", "spoken"),
    [
        (["Hello."], ["Hello."]),
        (["Hello. How are ", "you? ", "Fine"], ["Hello.", "How are you?", "Fine"]),
        (["It costs 3.50 euros."], ["It costs 3.50 euros."]),
        (["Dr. Smith is in. Come."], ["Dr. Smith is in.", "Come."]),
        (["First line:\nsecond line"], ["First line:", "second line"]),
        (['He said "Yes!" Then left.'], ['He said "Yes!"', "Then left."]),
        (["Wait… what?"], ["Wait…", "what?"]),
        (["  "], []),
        ([], []),
    ],
)
def test_text_is_cut_into_sentences_however_it_streams_in(pieces: list[str], spoken: list[str]) -> None:
    sentences = Sentences()
    cut = [sentence for piece in pieces for sentence in sentences.add(piece)]
    assert cut + sentences.flush() == spoken


def test_a_sentence_is_there_as_soon_as_the_next_one_begins() -> None:
    sentences = Sentences()
    assert sentences.add("One.") == []
    assert sentences.add(" ") == ["One."]
