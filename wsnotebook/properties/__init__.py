"""The search for a conversation that breaks a server: what there is to search, and what is sent.

``routes`` finds the routes of an app, ``strategies`` makes messages. The search itself is to come.
"""
