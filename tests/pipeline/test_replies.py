from appliance.pipeline import Replies


def test_replies_are_numbered_from_one() -> None:
    replies = Replies()
    assert [replies.begin(), replies.begin()] == [1, 2]


def test_an_interruption_voids_all_replies_so_far_and_no_later_one() -> None:
    replies = Replies()
    replies.begin()
    replies.interrupt()
    new = replies.begin()
    assert [replies.is_void(number) for number in (0, 1, new)] == [False, True, False]


def test_a_reply_is_open_until_it_was_heard_or_interrupted() -> None:
    replies = Replies()
    assert not replies.open
    first = replies.begin()
    second = replies.begin()
    replies.finish(first)
    assert replies.open
    replies.finish(second)
    assert not replies.open
    replies.begin()
    replies.interrupt()
    assert not replies.open
