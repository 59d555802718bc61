"""What a picture shows: things, how they stand to each other, where, when and in which style; and the split.

Everything is deterministic given a numpy random generator.
"""

import zlib
from dataclasses import dataclass

COLOURS = {
    "red": (214, 40, 40),
    "orange": (244, 128, 28),
    "yellow": (250, 206, 40),
    "green": (52, 160, 70),
    "turquoise": (56, 190, 190),
    "blue": (38, 92, 212),
    "purple": (128, 60, 176),
    "pink": (240, 130, 176),
    "white": (240, 240, 238),
    "black": (34, 34, 38),
}
SOLIDS = ("sphere", "cube", "cone", "cylinder", "ring", "star", "heart")
COMPOSITES = ("robot", "house", "tree", "boat", "cup", "fish")
MATERIALS = ("matte", "metal", "glass", "wood", "checkered")
PLACES = ("grass", "sand", "snow", "wooden floor", "tiles", "water")
TIMES = ("day", "morning", "sunset", "night")
STYLES = ("photo", "clay", "flat poster", "line drawing", "pixel art", "watercolour")
RELATIONS = ("on", "left", "behind", "inside")  # of the first thing to the second

HELD_OUT_PERCENT = 20
GLASS_CONTAINERS = ("cube", "sphere", "cylinder")


@dataclass(frozen=True)
class Domain:
    """The part of the world that a model is trained on."""

    kinds: tuple = SOLIDS + COMPOSITES
    colours: tuple = tuple(COLOURS)
    materials: tuple = MATERIALS
    backdrops: tuple = tuple(COLOURS)
    places: tuple = PLACES
    times: tuple = TIMES
    styles: tuple = STYLES
    relations: tuple = RELATIONS
    counts: tuple = (2, 3)
    pair_share: float = 0.5
    count_share: float = 0.15
    photo_share: float = 0.5


FULL = Domain()


@dataclass(frozen=True)
class Thing:
    kind: str
    colour: str = None  # None: the material's own
    material: str = "matte"


@dataclass(frozen=True)
class Scene:
    """One thing, several like it, or two things of which the first stands in a relation to the second.

    ground is a place, or "<colour> backdrop", which has no time of day; "" where a caption does not say it."""

    things: tuple
    relation: str = None
    count: int = 1
    size: str = None  # of a single thing: small or large
    ground: str = "grass"
    time: str = "day"
    style: str = "photo"

    @property
    def backdrop(self):
        """The colour of the backdrop, or None where the scene is set in a place."""
        return self.ground.split()[0] if self.ground.endswith(" backdrop") else None

    @property
    def held_out(self):
        """Whether the combination (sizes, styles and phrasings apart) is kept out of training."""
        parts = [self.relation or str(self.count), self.ground]
        parts += [f"{t.colour} {t.material} {t.kind}" for t in self.things]
        return zlib.crc32(", ".join(parts).encode()) % 100 < HELD_OUT_PERCENT


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def random_thing(rng, domain, kinds=None, avoid=()):
    """A thing whose colour is not among those to avoid."""
    kind = pick(rng, kinds or domain.kinds)
    material = "matte"
    if kind in SOLIDS and len(domain.materials) > 1 and rng.random() < 0.45:
        material = pick(rng, [m for m in domain.materials if m != "matte"])
    colour = pick(rng, [c for c in domain.colours if c not in avoid])
    if material in ("metal", "glass", "wood") and rng.random() < 0.3:
        colour = None
    if material == "checkered" and colour == "white":
        colour = "black"
    return Thing(kind, colour, material)


def random_pair(rng, domain, relation, avoid):
    if relation != "inside":
        second = random_thing(rng, domain, avoid=avoid)  # at most one of the two has no colour of its own
        first = random_thing(rng, domain, avoid=avoid + (second.colour,))
        return (
            Thing(first.kind, first.colour or pick(rng, [c for c in domain.colours if c not in avoid]), first.material),
            second,
        )
    containers = [k for k in ("cup",) + GLASS_CONTAINERS if k in domain.kinds]
    kind = pick(rng, containers)
    colour = pick(rng, [c for c in domain.colours if c not in avoid + ("black",)])
    second = Thing(kind, colour, "matte") if kind == "cup" else Thing(kind, pick(rng, (None, colour)), "glass")
    small = [k for k in ("sphere", "cube", "cone", "star", "heart", "tree", "fish") if k in domain.kinds]
    first = random_thing(rng, domain, small, avoid + (second.colour,))
    return Thing(first.kind, first.colour or "red", "matte"), second


def random_scene(rng, domain=FULL, held_out=False):
    """A scene from the training combinations, or from those held out. Colours within a scene differ."""
    while True:
        if domain.backdrops and rng.random() < 0.35:
            ground, time = pick(rng, domain.backdrops) + " backdrop", "day"
        else:
            ground, time = pick(rng, domain.places), pick(rng, domain.times)
        avoid = (ground.split()[0],) if ground.endswith("backdrop") else ("white",) if ground == "snow" else ()
        style = "photo"
        if len(domain.styles) > 1 and rng.random() >= domain.photo_share:
            style = pick(rng, [s for s in domain.styles if s != "photo"])
        shape = rng.random()
        if shape < domain.pair_share:
            relation = pick(rng, domain.relations)
            scene = Scene(random_pair(rng, domain, relation, avoid), relation, 1, None, ground, time, style)
        elif shape < domain.pair_share + domain.count_share:
            scene = Scene(
                (random_thing(rng, domain, avoid=avoid),), None, pick(rng, domain.counts), None, ground, time, style
            )
        else:
            size = pick(rng, (None, None, None, "small", "large"))
            scene = Scene((random_thing(rng, domain, avoid=avoid),), None, 1, size, ground, time, style)
        if scene.held_out == held_out:
            return scene


# ---------------------------------------------------------------- labels

LABELS = {  # what there is to tell about a scene, and the answers; the first is "none" or "not said"
    "kind": (None,) + SOLIDS + COMPOSITES,
    "colour": (None,) + tuple(COLOURS),
    "material": MATERIALS,
    "kind of the second": (None,) + SOLIDS + COMPOSITES,
    "colour of the second": (None,) + tuple(COLOURS),
    "material of the second": MATERIALS,
    "relation": (None,) + RELATIONS,
    "count": (1, 2, 3),
    "size": (None, "small", "large"),
    "ground": ("",) + PLACES + tuple(f"{colour} backdrop" for colour in COLOURS),
    "time": TIMES,
    "style": STYLES,
}
CLASSES = tuple(map(len, LABELS.values()))


def labels(scene):
    """The scene as numbers, one for each entry of LABELS."""
    first, second = (scene.things + (Thing(None),))[:2]
    answers = (
        first.kind,
        first.colour,
        first.material,
        second.kind,
        second.colour,
        second.material,
        scene.relation,
        scene.count,
        scene.size,
        scene.ground,
        scene.time,
        scene.style,
    )
    return [options.index(answer) for options, answer in zip(LABELS.values(), answers)]
