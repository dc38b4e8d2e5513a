"""What can go wrong, as types.

    ApplianceError
    ├── SettingsError      the installer's: refused at start, exit status 78
    ├── StartError         the machine's: port in use, unwritable directory; exit status 3
    ├── DialplanError      the operator's: refused with file:line, the others serve
    ├── ProtocolError      a peer's: a carrier, an RTVI client or an engine sent what its protocol does not allow
    ├── RequestError       a supervisor's: asked for something that cannot be done as it was asked
    ├── FunctionError      a function could not be carried out; the dialogue finds words for it
    ├── EngineError        an engine failed, hung or could not be reached; not the caller's problem
    ├── NoticeError        a mail or web server did not take a notice; it is sent again
    └── CarrierError       the carrier's API refused or could not be reached

A message is one sentence: the thing, the offending value, what was expected. It never holds a secret,
a transcript or a caller's number: those travel in named fields of a log record that can be dropped.
"""


class ApplianceError(Exception):
    """Anything this appliance raises on purpose."""


class SettingsError(ApplianceError):
    """A setting is missing, unknown or has a value that cannot work."""


class StartError(ApplianceError):
    """The appliance cannot start on this machine as it is."""


class DialplanError(ApplianceError):
    """A dialplan cannot be used; ``problems`` holds every reason, each with its place."""


class ProtocolError(ApplianceError):
    """A peer sent something that its protocol does not allow."""


class RequestError(ApplianceError):
    """A supervisor asked for something that cannot be done as it was asked; the sentence is the answer."""


class EngineError(ApplianceError):
    """A speech or dialogue engine failed."""


class FunctionError(ApplianceError):
    """A function could not be carried out.

    The sentence is told to language models and to supervisors, so it holds no secret, no address with arguments in it
    and nothing that a server has sent.
    """


class NoticeError(ApplianceError):
    """A notice of a message did not arrive: the mail or web server refused it or could not be reached."""


class CarrierError(ApplianceError):
    """The carrier's API refused a request or did not answer."""
