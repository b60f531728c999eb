"""Settings of Django, made once for all tests of this process, and a layer for each of them."""

from django.conf import settings

if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )

from channels.layers import InMemoryChannelLayer, channel_layers


def new_layer() -> None:
    """Let consumers that are made from now on have a channel layer that knows of no others."""
    channel_layers.set("default", InMemoryChannelLayer())
