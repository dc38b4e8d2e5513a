"""TwiML, read: a document is a list of verbs. See Twilio, "TwiML for Programmable Voice"."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from appliance.errors import ProtocolError

DOCUMENT_PARSE_FAILURE = 12100


class TwimlError(ProtocolError):
    """A document that the carrier cannot run; ``code`` is the carrier's."""

    code = DOCUMENT_PARSE_FAILURE


@dataclass(frozen=True, slots=True)
class Verb:
    """An element: a verb, or a noun within one."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    nouns: tuple["Verb", ...] = ()


def parse(document: str) -> list[Verb]:
    """The verbs of a ``<Response>``; TwimlError if it is not one, or has a DTD: no entity is expanded."""
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise TwimlError("The TwiML has a document type declaration, expected none.")
    try:
        root = ElementTree.fromstring(document.encode())
    except ElementTree.ParseError as error:
        raise TwimlError(f"The TwiML is not XML: {error}.") from error
    if root.tag != "Response":
        raise TwimlError(f"The TwiML's root is <{root.tag}>, expected <Response>.")
    return [_verb(element) for element in root]


def _verb(element: ElementTree.Element) -> Verb:
    nouns = tuple(_verb(child) for child in element)
    return Verb(element.tag, dict(element.attrib), (element.text or "").strip(), nouns)
