"""Who is there: how a token travels, how a server reads it, and what makes it trustworthy.

``_ways`` is the table of the six ways; ``_placing`` puts a token into a handshake and ``_reading``
takes it out again, whatever the framework; ``_tokens`` signs and verifies, ``_tickets`` gives out
tickets that let in once, ``_origin`` asks which page opened the connection. Who may do what is the
app's business; how secrets are masked is ``redaction``.
"""

from ._origin import check_origin
from ._placing import TokenPlacement, place_token
from ._reading import read_token
from ._tickets import Tickets
from ._tokens import sign_token, verify_token
from ._ways import VIAS, WAYS, Way

__all__ = [
    "VIAS",
    "WAYS",
    "Tickets",
    "TokenPlacement",
    "Way",
    "check_origin",
    "place_token",
    "read_token",
    "sign_token",
    "verify_token",
]
