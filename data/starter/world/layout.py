"""Where the things of a scene stand: the small freedom that the seed of a picture decides."""

from dataclasses import dataclass

from . import shapes


@dataclass(frozen=True)
class Placed:
    """A thing with its place (foot point), its size and its turn about the vertical."""

    thing: object
    at: tuple
    scale: float
    turn: float


def turn_of(kind, rng):
    return float(rng.uniform(*shapes.TURNS.get(kind, (-3.1, 3.1))))


def placed(thing, at, scale, rng):
    return Placed(thing, tuple(float(v) for v in at), float(scale), turn_of(thing.kind, rng))


def single(scene, rng):
    low, high = {"small": (0.62, 0.78), None: (1.2, 1.45), "large": (1.95, 2.2)}[scene.size]
    return [placed(scene.things[0], (rng.uniform(-0.25, 0.25), 0, rng.uniform(-0.3, 0.3)), rng.uniform(low, high), rng)]


def several(scene, rng):
    thing, scale = scene.things[0], rng.uniform(0.9, 1.02)
    gap, width = rng.uniform(0.12, 0.3), 2 * shapes.WIDTHS[thing.kind]
    scale = min(scale, (2.85 / scene.count - gap) / width)  # all of them in sight
    step, middle = width * scale + gap, rng.uniform(-0.06, 0.06)
    return [
        placed(thing, (middle + (i - (scene.count - 1) / 2) * step, 0, rng.uniform(-0.25, 0.25)), scale, rng)
        for i in range(scene.count)
    ]


def pair(scene, rng):
    first, second = scene.things
    if scene.relation == "on":
        scale = rng.uniform(0.92, 1.08)
        x, z = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
        base = placed(second, (x, 0, z), scale, rng)
        top = shapes.TOPS.get(second.kind, shapes.HEIGHTS[second.kind]) * scale - 0.02
        return [placed(first, (x, top, z), rng.uniform(0.88, 1.02), rng), base]
    if scene.relation == "left":
        scale, other = rng.uniform(1, 1.15, 2)
        gap = rng.uniform(0.15, 0.4)
        reach, other_reach = shapes.WIDTHS[first.kind] * scale, shapes.WIDTHS[second.kind] * other
        middle = (reach - other_reach) / 2 + rng.uniform(-0.12, 0.12)
        return [
            placed(first, (middle - reach - gap / 2, 0, rng.uniform(-0.25, 0.25)), scale, rng),
            placed(second, (middle + other_reach + gap / 2, 0, rng.uniform(-0.25, 0.25)), other, rng),
        ]
    if scene.relation == "behind":
        side = rng.choice((-1, 1))
        scale, other = rng.uniform(1.35, 1.5), rng.uniform(0.78, 0.9)
        shift = side * rng.uniform(0.3, 0.42) * (shapes.WIDTHS[first.kind] * scale + shapes.WIDTHS[second.kind] * other)
        return [
            placed(first, (-shift / 2, 0, -rng.uniform(0.75, 1)), scale, rng),
            placed(second, (shift / 2, 0, rng.uniform(0.45, 0.65)), other, rng),
        ]
    scale = rng.uniform(1.55, 1.75)  # inside
    x, z = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
    if second.kind == "cup":
        small = 0.56 * scale / (2 * shapes.WIDTHS[first.kind])
        return [
            placed(first, (x, (0.66 - 0.3 * shapes.HEIGHTS[first.kind] * small / scale) * scale, z), small, rng),
            placed(second, (x, 0, z), scale, rng),
        ]
    small = (0.52 if second.kind == "sphere" else 0.66) * scale
    lift = 0.2 * scale if second.kind == "sphere" else 0.04 * scale
    return [placed(first, (x, lift, z), small, rng), placed(second, (x, 0, z), scale, rng)]


def lay_out(scene, rng):
    """The placed things; in the order of scene.things, or count times the only one."""
    if scene.relation:
        return pair(scene, rng)
    return single(scene, rng) if scene.count == 1 else several(scene, rng)
