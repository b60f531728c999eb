"""Pictures of anything that has events; each module draws one kind of picture."""
