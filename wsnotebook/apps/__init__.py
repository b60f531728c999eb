"""Systems under test for the lessons: small servers, written as their users would write them."""

from .echo import echo
from .group_chat import GroupChat

__all__ = ["GroupChat", "echo"]
