"""Sound: telephone codecs, levels, rates, tones, files, and who is speaking.

PCM is everywhere the same: ``bytes`` of 16-bit little-endian samples, mono unless a name says otherwise.
"""
