"""What keeps the sound of calls in a house, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from appliance.errors import StartError
from appliance.functions.web import Web
from appliance.records import RecordStore, Sounds
from appliance.records.outbox import Outbox
from appliance.redaction import Redactor
from appliance.server.keeping import SoundKeeper
from appliance.server.notices.mail import Mail
from appliance.server.notices.postman import Messenger, Postman
from appliance.server.notices.webhook import Webhook
from appliance.settings import Settings
from appliance.speech.base import Transcriber


@dataclass(frozen=True, slots=True)
class Kept:
    """The sound on the disk, who puts it there, and who tells others of it."""

    sounds: Sounds
    keeper: SoundKeeper
    postman: Postman


@contextlib.asynccontextmanager
async def keeping(
    settings: Settings,
    records: RecordStore,
    transcriber: Transcriber,
    redactor: Callable[[str, str], Redactor],
    base_url: str,
) -> AsyncIterator[Kept]:
    """Takes over what an earlier run has left, and sends what it could not. Raises StartError."""
    directory = settings.data_dir / "recordings"
    sounds = Sounds(directory, settings.recordings)
    try:
        left = await sounds.open()
    except OSError as error:
        raise StartError(f"{directory} cannot be used for sound: {error.strerror or error}") from error
    web = Web(settings.functions.allow)
    secret = settings.notices.webhook_secret
    webhook = Webhook(web, None if secret is None else secret.get_secret_value())
    messenger = Messenger(webhook, Mail(settings.mail), sounds, base_url)
    postman = Postman(Outbox(records.engine), messenger, settings.notices.tries)
    keeper = SoundKeeper(sounds, records, postman.post, transcriber, redactor)
    keeper.take_over(left)
    tasks = [
        asyncio.create_task(postman.run(), name="notices"),
        asyncio.create_task(keeper.clean_up(), name="old sound"),
    ]
    try:
        yield Kept(sounds, keeper, postman)
    finally:
        await keeper.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await web.close()
