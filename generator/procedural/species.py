"""The calls of each species as numbers.

Pitch and length begin from the sources named in `animal`; formants, noise and roughness were then set with an audio
tagger (YAMNet) as ear, until each call was taken for its species.
"""

from __future__ import annotations

from foleydesigner.generator.procedural.voice import Call

_SHARP = ((0.0, 0.8), (0.1, 1.0), (0.55, 0.75), (1.0, 0.0))
_BARK = ((0.0, 0.75), (0.12, 1.0), (0.4, 0.55), (0.7, 0.18), (1.0, 0.0))
_SWELL = ((0.0, 0.35), (0.25, 1.0), (0.75, 0.8), (1.0, 0.0))

CALLS: dict[str, Call] = {
    "dog": Call(
        duration_s=0.43, pitch_hz=((0, 796), (0.25, 624), (0.6, 698), (1, 533)), level=_BARK,
        throat=((1207, 308, 0.57), (2011, 85, 1.18), (993, 178, 0.63)), noise=0.53, rough=1.00, richness=0.40,
        interval_s=0.6, burst=0.60,
    ),
    "growl": Call(
        duration_s=0.65, pitch_hz=((0, 56), (0.4, 68), (1, 52)), level=_SWELL,
        throat=((308, 182, 1.5), (712, 156, 1.2), (2592, 278, 0.1)), noise=2.00, rough=0.65, tremolo=(31.2, 0.95),
        richness=0.97, interval_s=1.8, burst=0.33,
    ),
    "wolf": Call(
        duration_s=3.2, pitch_hz=((0, 350), (0.12, 590), (0.3, 655), (0.75, 605), (1, 385)),
        level=((0.0, 0.15), (0.15, 0.8), (0.5, 1.0), (0.8, 0.7), (1.0, 0.0)),
        throat=((1130, 290, 1.0), (2450, 360, 0.5), (4520, 430, 0.2)), noise=0.04, rough=0.00, richness=0.47,
        interval_s=4.0, burst=0.02,
    ),
    "cat": Call(
        duration_s=0.84, pitch_hz=((0, 575), (0.3, 700), (0.7, 673), (1, 314)), level=_SWELL,
        throat=((2931, 477, 0.79), (4263, 67, 0.1), (3463, 154, 1.09)), noise=0.92, rough=0.28, richness=0.94,
        interval_s=1.6, burst=0.16,
    ),
    "sheep": Call(
        duration_s=0.57, pitch_hz=((0, 142), (0.3, 222), (1, 143)), level=((0, 0.5), (0.15, 1.0), (0.8, 0.8), (1, 0)),
        throat=((551, 70, 1.46), (921, 90, 1.5), (2424, 226, 1.5)), noise=0.25, rough=0.34, tremolo=(10.6, 0.95),
        richness=0.97, interval_s=1.7, burst=0.08,
    ),
    "cow": Call(
        duration_s=1.24, pitch_hz=((0, 92), (0.25, 219), (0.7, 320), (1, 157)), level=_SWELL,
        throat=((331, 83, 0.96), (1007, 276, 0.51), (1589, 95, 0.41)), noise=1.16, rough=0.63, richness=0.97,
        interval_s=3.0, burst=0.06,
    ),
    "horse": Call(
        duration_s=1.13, pitch_hz=((0, 1057), (0.12, 1977), (0.5, 2058), (0.8, 839), (1, 827)), level=_SWELL,
        throat=((570, 79, 0.14), (773, 791, 0.37), (2576, 354, 0.36)), noise=1.86, rough=0.56, tremolo=(10.3, 0.669),
        richness=0.92, interval_s=3.0, burst=0.07,
    ),
    "pig": Call(
        duration_s=0.29, pitch_hz=((0, 709), (0.5, 962), (1, 568)), level=_SHARP,
        throat=((241, 387, 1.17), (2437, 695, 0.85), (1163, 90, 0.38)), noise=1.87, rough=0.45, tremolo=(39.4, 0.95),
        richness=0.85, interval_s=0.6, burst=0.42,
    ),
    "crow": Call(
        duration_s=0.45, pitch_hz=((0, 390), (0.3, 411), (1, 540)), level=_SHARP,
        throat=((1663, 321, 0.31), (1895, 70, 0.87), (5268, 363, 0.48)), noise=1.63, rough=0.39, richness=0.89,
        interval_s=0.7, burst=0.27,
    ),
    "chicken": Call(
        duration_s=0.13, pitch_hz=((0, 380), (0.3, 520), (1, 360)), level=_SHARP,
        throat=((900, 180, 1.0), (1900, 300, 0.7), (3200, 500, 0.5)), noise=0.2, rough=0.3, richness=0.88,
        interval_s=0.38, burst=0.3,
    ),
    "rooster": Call(
        duration_s=1.72, pitch_hz=((0, 321), (0.12, 360), (0.3, 311), (0.45, 512), (0.8, 683), (1, 626)),
        level=((0, 0.6), (0.15, 0.9), (0.26, 0.25), (0.45, 1.0), (0.85, 0.8), (1, 0)),
        throat=((1200, 312, 0.55), (905, 263, 0.54), (5215, 135, 0.36)), noise=0.66, rough=0.56, richness=0.88,
        interval_s=5.0, burst=0.15,
    ),
    "duck": Call(
        duration_s=0.14, pitch_hz=((0, 168), (0.3, 188), (1, 127)), level=_SHARP,
        throat=((380, 155, 0.46), (2111, 201, 1.5), (2373, 61, 1.5)), noise=0.88, rough=0.04, richness=0.94,
        interval_s=0.45, burst=0.10,
    ),
    "frog": Call(
        duration_s=0.77, pitch_hz=((0, 249), (0.3, 448), (1, 109)), level=_SHARP,
        throat=((137, 92, 0.53), (824, 161, 0.25), (1848, 26, 1.08)), noise=1.52, rough=0.09, tremolo=(12.9, 0.834),
        richness=0.65, interval_s=0.8, burst=0.06,
    ),
    "lion": Call(
        duration_s=1.23, pitch_hz=((0, 135), (0.25, 222), (0.7, 157), (1, 91)), level=_SWELL,
        throat=((158, 257, 0.95), (1081, 114, 0.51), (1272, 79, 0.23)), noise=2.00, rough=0.21, tremolo=(21.8, 0.774),
        richness=0.81, interval_s=4.0, burst=0.60,
    ),
    "elephant": Call(
        duration_s=1.4, pitch_hz=((0, 330), (0.2, 480), (0.75, 520), (1, 340)), level=_SWELL,
        throat=((550, 150, 1.0), (1200, 220, 1.0), (2600, 450, 0.6)), noise=0.4, rough=0.55, richness=0.95,
        interval_s=4.0, burst=0.2,
    ),
    "monkey": Call(
        duration_s=0.2, pitch_hz=((0, 420), (0.5, 760), (1, 560)), level=_SHARP,
        throat=((800, 180, 1.0), (1500, 250, 0.7), (2900, 500, 0.3)), noise=0.25, rough=0.25, richness=0.82,
        interval_s=0.35, burst=0.15,
    ),
}  # fmt: skip

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("hooves", ("hoof", "hooves", "gallop", "trot", "canter")),
    ("growl", ("growl", "snarl", "monster", "beast", "creature", "bear", "dragon", "tiger")),
    ("wolf", ("wolf", "howl", "coyote")),
    ("dog", ("dog", "bark", "puppy", "hound", "fox")),
    ("cat", ("cat", "kitten", "meow", "cats")),
    ("sheep", ("sheep", "lamb", "goat", "bleat", "flock of sheep")),
    ("cow", ("cow", "cattle", "moo", "bull", "calf", "cows")),
    ("horse", ("horse", "whinny", "neigh", "pony", "donkey", "mule")),
    ("pig", ("pig", "boar", "oink", "hog")),
    ("crow", ("crow", "raven", "caw", "seagull", "gull", "parrot", "hawk", "eagle", "vulture", "jay", "rook")),
    ("rooster", ("rooster", "cockerel")),
    ("chicken", ("chicken", "hen", "cluck", "turkey", "hens")),
    ("duck", ("duck", "goose", "geese", "quack", "swan")),
    ("frog", ("frog", "toad", "croak")),
    ("lion", ("lion", "roar", "leopard", "panther", "dinosaur")),
    ("elephant", ("elephant", "trumpet")),
    ("monkey", ("monkey", "ape", "chimpanzee", "gorilla")),
    ("bird", ("bird", "chirp", "sparrow", "tweet", "songbird", "owl", "pigeon", "dove", "robin", "lark")),
)


def species_of(words: str) -> str:
    """The species that those words speak of (whole words, plural allowed); "growl" when none is known."""
    spoken: set[str] = set()
    for word in words.replace("-", " ").split():
        spoken |= {word, word.rstrip("s"), word.removesuffix("ing")}
    return next((name for name, clues in _WORDS if spoken.intersection(clues)), "growl")
