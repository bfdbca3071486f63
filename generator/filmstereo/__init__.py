"""FilmStereo: a dataset of single sounds in rooms, with where and when they are known exactly.

collect → clean → lay over a clip's length → simulate in a room → annotate → caption → store, each a file of its own.
"""
