"""`foley eval metrics`: a folder of made clips against the FilmStereo clips that they were made for.

pairs → measures (space, time, sound), each fed clip by clip → figures with floor, ceiling and interval → table and
record.
"""
