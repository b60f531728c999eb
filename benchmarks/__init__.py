"""How fast wsnotebook is next to its peers: ``python -m benchmarks``; see README.md here.

A subject (``network``, ``ends``, ``imports``, ``panel``) is a file with one function a peer.
``frame`` is what these are written with, ``lab`` JupyterLab in a browser, ``runner`` runs them in
processes of their own, ``report`` prints.
"""
