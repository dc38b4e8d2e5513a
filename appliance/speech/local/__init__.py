"""The embedded engines: espeak-ng and pocketsphinx in worker processes of their own, behind a Wyoming server.

Nothing is imported here, so that a worker process loads only what it runs.
"""
