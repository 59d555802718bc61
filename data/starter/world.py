"""The starter's world: coloured shapes on a coloured ground, their captions, the split, and a judge that reads pictures.

A scene is one object, or two objects side by side or one above the other. Everything here is deterministic given a
numpy random generator. Nothing is downloaded.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

SIZE = 64

COLOURS = {
    "red": (216, 45, 50),
    "green": (50, 165, 70),
    "blue": (40, 92, 220),
    "yellow": (248, 205, 50),
    "white": (244, 244, 244),
    "black": (26, 26, 30),
}
SHAPES = ("circle", "square", "triangle")
COLOUR_NAMES = tuple(COLOURS)

# Radii in pixels by size word; None is a caption without a size word. Objects of a pair have PAIR_RADIUS.
RADII = {"small": (9.0, 10.5), None: (12.5, 15.5), "large": (18.5, 21.0)}
PAIR_RADIUS = (10.0, 12.0)
HELD_OUT_PERCENT = 20


@dataclass(frozen=True)
class Thing:
    colour: str
    shape: str


@dataclass(frozen=True)
class Scene:
    """What a picture shows. Of two things the first is the upper one (axis "v") or the left one (axis "h")."""
    background: str
    things: tuple
    axis: str = ""
    size: str = None

    @property
    def held_out(self):
        """Whether the combination (sizes and phrasings apart) is kept out of training."""
        key = " ".join([self.background, self.axis] + [f"{t.colour} {t.shape}" for t in self.things])
        return zlib.crc32(key.encode()) % 100 < HELD_OUT_PERCENT


def random_scene(rng, pair, held_out):
    """A scene of one or two things, from the training combinations or from those held out. Colours all differ."""
    while True:
        colours = [COLOUR_NAMES[i] for i in rng.permutation(len(COLOUR_NAMES))[:3]]
        things = tuple(Thing(c, SHAPES[rng.integers(len(SHAPES))]) for c in colours[1:2 + pair])
        axis = "vh"[rng.integers(2)] if pair else ""
        size = None if pair else (None, None, "small", "large")[rng.integers(4)]
        scene = Scene(colours[0], things, axis, size)
        if scene.held_out == held_out:
            return scene


# ---------------------------------------------------------------- captions

GROUNDS = (" on a {} background", ", {} background", " on {}")
RELATIONS = {  # axis: (first to second, second to first)
    "v": (("above",), ("below",)),
    "h": (("to the left of", "left of"), ("to the right of", "right of")),
}
NO_GROUND_SHARE = 0.05


def caption(scene, rng, plain=False):
    """One of the natural ways to say a scene. With plain, the ground is always named."""
    articles = rng.random() < 0.75
    size = scene.size + " " if scene.size else ""
    names = [("a " if articles else "") + f"{size}{t.colour} {t.shape}" for t in scene.things]
    if scene.axis:
        backwards = int(rng.integers(2))
        words = RELATIONS[scene.axis][backwards]
        relation = words[rng.integers(len(words))]
        text = f"{names[backwards]} {relation} {names[1 - backwards]}"
    else:
        text = names[0]
    if plain or rng.random() >= NO_GROUND_SHARE:
        text += GROUNDS[rng.choice(3, p=(0.6, 0.25, 0.15))].format(scene.background)
    return text


# ---------------------------------------------------------------- rendering

def shape_distance(shape, x, y):
    """Signed distance (exact inside and near the edge) to a shape of about unit radius, y downwards."""
    if shape == "circle":
        return np.hypot(x, y) - 0.95
    if shape == "square":
        return np.maximum(abs(x), abs(y)) - 0.84
    y = y - 0.08  # triangle
    return np.maximum(abs(x) * 0.866 - y * 0.5 - 0.52, y - 0.78)


def place(scene, rng):
    """Centres and radii of a scene's things, with the small freedom that the seed of a picture decides."""
    if not scene.axis:
        radius = rng.uniform(*RADII[scene.size])
        return [(*rng.uniform(28, 36, 2), radius)]
    places = []
    for sign in (-1, 1):
        along, across = 32 + sign * rng.uniform(14.5, 16.5), rng.uniform(28, 36)
        x, y = (across, along) if scene.axis == "v" else (along, across)
        places.append((x, y, rng.uniform(*PAIR_RADIUS)))
    return places


def render(scene, places, top=0, left=0):
    """uint8 [64, 64, 3], the window at (top, left) of the picture; light falls from above."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    y, x = y + top, x + left
    picture = np.empty((SIZE, SIZE, 3))
    picture[:] = COLOURS[scene.background]
    for thing, (cx, cy, radius) in zip(scene.things, places):
        alpha = np.clip(0.5 - radius * shape_distance(thing.shape, (x - cx) / radius, (y - cy) / radius), 0, 1)
        picture += alpha[..., None] * (np.array(COLOURS[thing.colour]) - picture)
    picture *= (1.04 - 0.08 * y / SIZE)[..., None]
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def degrade(picture, size):
    """The picture as if its original had only size × size pixels."""
    image = Image.fromarray(picture).resize((size, size), Image.BOX)
    return np.asarray(image.resize((SIZE, SIZE), Image.BICUBIC))


def sample(rng, scene):
    """A picture of a scene and its six size numbers: original height, width, crop top, left, target height, width.

    Most are plain. Some come from a small original and are soft, some are cut out of a larger canvas and shifted, and
    some have larger numbers that change nothing, so that the model stays sane wherever a person leaves them.
    """
    places = place(scene, rng)
    original, top, left, target = [SIZE, SIZE], 0, 0, [SIZE, SIZE]
    kind = rng.random()
    if kind < 0.07:
        top, left = (int(v) for v in rng.integers(0, 25, 2))
    picture = render(scene, places, top, left)
    if 0.07 <= kind < 0.16:
        small = int(rng.integers(12, 49))
        original = [small, small]
        picture = degrade(picture, small)
    elif 0.16 <= kind < 0.25:
        original = [int(v) for v in np.exp(rng.uniform(np.log(64), np.log(1100), 2))]
        if rng.random() < 0.5:
            target = [int(v) for v in np.exp(rng.uniform(np.log(64), np.log(1100), 2))]
    return picture, original + [top, left] + target


# ---------------------------------------------------------------- the judge

@lru_cache(None)
def template(shape, width, height):
    """The shape's mask filling a box of width × height pixels, values 0..1."""
    y, x = np.mgrid[-1.3:1.3:256j, -1.3:1.3:256j]
    mask = shape_distance(shape, x, y) < 0
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    mask = mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    image = Image.fromarray((mask * 255).astype(np.uint8)).resize((width, height), Image.BOX)
    return np.asarray(image) / 255.0


def components(mask):
    """Masks of the 4-connected parts of a mask, largest first."""
    mask, parts = mask.copy(), []
    height, width = mask.shape
    while mask.any():
        stack, part = [tuple(np.argwhere(mask)[0])], np.zeros_like(mask)
        mask[stack[0]] = False
        while stack:
            y, x = stack.pop()
            part[y, x] = True
            for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= v < height and 0 <= u < width and mask[v, u]:
                    mask[v, u] = False
                    stack.append((v, u))
        parts.append(part)
    return sorted(parts, key=lambda part: -part.sum())


def nearest_colour(rgb):
    return min(COLOURS, key=lambda name: np.sum((np.array(COLOURS[name]) - rgb) ** 2))


MIN_OVERLAP = 0.75  # of a shape with its template, intersection over union; pictures that render() drew have 0.88 or more
AREAS = {"circle": 2.84, "square": 2.82, "triangle": 1.91}  # of a shape of radius 1


def read_picture(picture):
    """What a uint8 [64, 64, 3] picture shows: (background, [(thing, x, y, area), ...]), largest thing first.

    The ground is the median of the picture's rim. A thing is a connected region of at least 40 pixels that differs from
    the ground; its colour is the median of its pixels furthest from the ground, its shape the template that overlaps it
    best when both fill the same box, or "blob" where none does well.
    """
    picture = picture.astype(float) / (1.04 - 0.08 * (np.arange(SIZE) + 0.5) / SIZE)[:, None, None]
    rim = np.concatenate([picture[:2].reshape(-1, 3), picture[-2:].reshape(-1, 3),
                          picture[:, :2].reshape(-1, 3), picture[:, -2:].reshape(-1, 3)])
    ground = np.median(rim, 0)
    difference = np.sqrt(((picture - ground) ** 2).sum(-1))
    found = []
    for region in components(difference > 50):
        if region.sum() < 40:
            break
        strength = difference[region]
        colour = np.median(picture[region][strength >= np.median(strength)], 0)
        # The mask proper: more thing than ground, on the line between the two colours.
        axis = colour - ground
        share = np.clip((picture - ground) @ axis / (axis @ axis), 0, 1)
        ys, xs = np.nonzero(region & (share > 0.5))
        if len(ys) < 30:
            continue
        box = np.s_[ys.min():ys.max() + 1, xs.min():xs.max() + 1]
        mask = np.where(region, share, 0)[box]
        overlap = {}
        for shape in SHAPES:
            reference = template(shape, mask.shape[1], mask.shape[0])
            overlap[shape] = np.minimum(mask, reference).sum() / np.maximum(mask, reference).sum()
        shape = max(overlap, key=overlap.get)
        thing = Thing(nearest_colour(colour), shape if overlap[shape] >= MIN_OVERLAP else "blob")
        found.append((thing, xs.mean(), ys.mean(), int(region.sum())))
    return nearest_colour(ground), found


def judge(picture, scene):
    """Whether each attribute of a picture is as the scene asks: {"count", "background", "colours", "shapes",
    "relation", "size", "all"}. Those that depend on the objects are False when the count is wrong; size is not in all."""
    background, found = read_picture(picture)
    right = {"count": len(found) == len(scene.things), "background": background == scene.background}
    right.update(colours=False, shapes=False, relation=False, size=False)
    if right["count"]:
        if scene.axis:
            (_, x0, y0, _), (_, x1, y1, _) = found
            found.sort(key=lambda f: f[2] if scene.axis == "v" else f[1])
            dx, dy = abs(x1 - x0), abs(y1 - y0)
            separated = dy > dx if scene.axis == "v" else dx > dy
            things = [f[0] for f in found]
            # The order is wrong when the two are swapped, however good each of them is.
            swapped = things == [scene.things[1], scene.things[0]] and things != list(scene.things)
            right["relation"] = bool(separated and not swapped)
        else:
            right["relation"] = True
            radius = np.sqrt(found[0][3] / AREAS.get(found[0][0].shape, 2.5))
            word = "small" if radius < 11.8 else "large" if radius > 17.2 else None
            right["size"] = word == scene.size
        pairs = list(zip(found, scene.things))
        right["colours"] = all(f[0].colour == thing.colour for f, thing in pairs)
        right["shapes"] = all(f[0].shape == thing.shape for f, thing in pairs)
    right["all"] = all(right[key] for key in ("count", "background", "colours", "shapes", "relation"))
    return right


def contact_sheet(pictures, columns=10, scale=2):
    """A PIL image of many 64 × 64 pictures."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * SIZE * scale, rows * SIZE * scale), (128, 128, 128))
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize((SIZE * scale, SIZE * scale), Image.NEAREST)
        sheet.paste(tile, (i % columns * SIZE * scale, i // columns * SIZE * scale))
    return sheet
