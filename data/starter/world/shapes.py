"""Signed distances of the primitives, and the things that are built of them.

A primitive's parameters are four lengths (one of them may be a ratio); it is centred at the origin, y upwards.
"""

from dataclasses import dataclass

import torch


def length(*parts):
    return torch.sqrt(sum(p * p for p in parts) + 1e-12)


def ellipsoid(p, a):
    """a: the three radii. Exact for a sphere, a good bound otherwise."""
    x, y, z = p.unbind(1)
    k0 = length(x / a[:, 0], y / a[:, 1], z / a[:, 2])
    k1 = length(x / a[:, 0] ** 2, y / a[:, 1] ** 2, z / a[:, 2] ** 2)
    return k0 * (k0 - 1) / k1


def box(p, a):
    """a: half width, height, depth; rounding."""
    q = p.abs() - a[:, :3] + a[:, 3:]
    return q.clamp(min=0).norm(dim=1) + q.amax(1).clamp(max=0) - a[:, 3]


def cone(p, a):
    """a: half height, radius below, radius above, rounding."""
    h, below, above, rounding = a.unbind(1)
    h, below, above = h - rounding, (below - rounding).clamp(min=0), (above - rounding).clamp(min=0)
    qx, qy = length(p[:, 0], p[:, 2]), p[:, 1]
    cap_x = qx - torch.minimum(qx, torch.where(qy < 0, below, above))
    cap_y = qy.abs() - h
    k2x, k2y = above - below, 2 * h
    share = (((above - qx) * k2x + (h - qy) * k2y) / (k2x**2 + k2y**2)).clamp(0, 1)
    side_x, side_y = qx - above + k2x * share, qy - h + k2y * share
    inside = (side_x < 0) & (cap_y < 0)
    distance = torch.sqrt(torch.minimum(cap_x**2 + cap_y**2, side_x**2 + side_y**2) + 1e-12)
    return torch.where(inside, -distance, distance) - rounding


def torus(p, a):
    """a: the ring's radius, the tube's; the ring lies in the x-y plane."""
    return length(length(p[:, 0], p[:, 1]) - a[:, 0], p[:, 2]) - a[:, 1]


def extrude(flat, z, half, rounding):
    w = z.abs() - half + rounding
    flat = flat + rounding
    outside = length(flat.clamp(min=0), w.clamp(min=0))
    return torch.maximum(flat, w).clamp(max=0) + outside - rounding


def star(p, a):
    """a: outer radius, inner radius as a share of it, half thickness, rounding. Five points in the x-y plane."""
    x, y = p[:, 0].abs(), p[:, 1]
    k1 = (0.809016994, -0.587785252)
    k2 = (-k1[0], k1[1])
    for kx, ky in (k1, k2):
        t = 2 * (kx * x + ky * y).clamp(min=0)
        x, y = x - t * kx, y - t * ky
    x, y = x.abs(), y - a[:, 0]
    bx, by = a[:, 1] * 0.587785252, a[:, 1] * 0.809016994 - 1
    share = ((x * bx + y * by) / (bx**2 + by**2)).clamp(min=0)
    share = torch.minimum(share, a[:, 0])
    flat = length(x - bx * share, y - by * share) * torch.sign(y * bx - x * by)
    return extrude(flat, p[:, 2], a[:, 2], a[:, 3])


def heart(p, a):
    """a: size (about its height), half thickness, -, rounding. The tip points down."""
    size = a[:, 0]
    x, y = p[:, 0].abs() / size, p[:, 1] / size + 0.5
    lobe = length(x - 0.25, y - 0.75) - 0.35355
    toward = (x + y).clamp(min=0) * 0.5
    tip = torch.minimum(length(x, y - 1), length(x - toward, y - toward)) * torch.sign(x - y)
    flat = torch.where(x + y > 1, lobe, tip) * size
    return extrude(flat, p[:, 2], a[:, 1], a[:, 3])


def prism(p, a):
    """a: half width, half height, half depth, rounding. A gable: its ridge runs along z."""
    width, height = a[:, 0], a[:, 1]
    slope = torch.sqrt(width**2 + 4 * height**2)
    side = (p[:, 0].abs() * 2 * height + (p[:, 1] - height) * width) / slope
    flat = torch.maximum(side, -p[:, 1] - height)
    return extrude(flat, p[:, 2], a[:, 2], a[:, 3])


def hull(p, a):
    """a: the radii of an ellipsoid of which only the lower half is there; -."""
    return torch.maximum(ellipsoid(p, a), p[:, 1])


def vessel(p, a):
    """a: half height, radius below, radius above, thickness of the wall. Open at the top."""
    outer = cone(p, torch.stack([a[:, 0], a[:, 1], a[:, 2], 0.25 * a[:, 3]], 1))
    lifted = p - torch.stack([torch.zeros_like(a[:, 3]), 2 * a[:, 3], torch.zeros_like(a[:, 3])], 1)
    inner = cone(
        lifted, torch.stack([a[:, 0] + a[:, 3], a[:, 1] - a[:, 3], a[:, 2] - a[:, 3], torch.zeros_like(a[:, 3])], 1)
    )
    return torch.maximum(outer, -inner)


PRIMITIVES = (ellipsoid, box, cone, torus, star, heart, prism, hull, vessel)
INDEX = {function.__name__: i for i, function in enumerate(PRIMITIVES)}


def bounding_radius(name, a):
    """Of the sphere about the origin that holds the primitive."""
    if name in ("ellipsoid", "hull"):
        return max(a[:3])
    if name == "box":
        return sum(v * v for v in a[:3]) ** 0.5
    if name in ("cone", "vessel"):
        return (a[0] ** 2 + max(a[1], a[2]) ** 2) ** 0.5
    if name == "torus":
        return a[0] + a[1]
    if name == "star":
        return (a[0] ** 2 + a[2] ** 2) ** 0.5
    if name == "heart":
        return ((0.72 * a[0]) ** 2 + a[1] ** 2) ** 0.5
    return (a[0] ** 2 + a[1] ** 2 + a[2] ** 2) ** 0.5  # prism


@dataclass(frozen=True)
class Part:
    """A primitive of a thing of height about 1 that stands on y = 0. tint "own" is the thing's colour; others are fixed."""

    primitive: str
    lengths: tuple
    at: tuple
    tint: object = "own"


DARK, GLOW, BARK, LEAF, SAIL = (46, 46, 52), (255, 226, 120), (112, 74, 44), (62, 140, 62), (246, 244, 236)
NATURAL = {"metal": (188, 192, 200), "glass": (206, 226, 232), "wood": (186, 132, 78)}

THINGS = {
    "sphere": (Part("ellipsoid", (0.5, 0.5, 0.5, 0), (0, 0.5, 0)),),
    "cube": (Part("box", (0.43, 0.43, 0.43, 0.045), (0, 0.43, 0)),),
    "cone": (Part("cone", (0.53, 0.5, 0.02, 0.02), (0, 0.53, 0)),),
    "cylinder": (Part("cone", (0.48, 0.4, 0.4, 0.04), (0, 0.48, 0)),),
    "ring": (Part("torus", (0.36, 0.145, 0, 0), (0, 0.505, 0)),),
    "star": (Part("star", (0.58, 0.46, 0.13, 0.05), (0, 0.47, 0)),),
    "heart": (Part("heart", (0.92, 0.17, 0, 0.09), (0, 0.46, 0)),),
    "robot": (
        Part("box", (0.27, 0.25, 0.2, 0.05), (0, 0.42, 0)),
        Part("box", (0.22, 0.17, 0.18, 0.05), (0, 0.86, 0)),
        Part("ellipsoid", (0.055, 0.055, 0.04, 0), (-0.09, 0.89, 0.17), GLOW),
        Part("ellipsoid", (0.055, 0.055, 0.04, 0), (0.09, 0.89, 0.17), GLOW),
        Part("box", (0.09, 0.018, 0.02, 0.01), (0, 0.77, 0.175), DARK),
        Part("cone", (0.07, 0.016, 0.016, 0.005), (0, 1.08, 0), DARK),
        Part("ellipsoid", (0.045, 0.045, 0.045, 0), (0, 1.16, 0), GLOW),
        Part("box", (0.06, 0.2, 0.08, 0.05), (-0.35, 0.45, 0)),
        Part("box", (0.06, 0.2, 0.08, 0.05), (0.35, 0.45, 0)),
        Part("box", (0.09, 0.1, 0.12, 0.03), (-0.14, 0.1, 0.02), DARK),
        Part("box", (0.09, 0.1, 0.12, 0.03), (0.14, 0.1, 0.02), DARK),
    ),
    "house": (
        Part("box", (0.42, 0.3, 0.36, 0.02), (0, 0.3, 0)),
        Part("prism", (0.52, 0.23, 0.44, 0.02), (0, 0.81, 0), (122, 62, 48)),
        Part("box", (0.1, 0.17, 0.02, 0.01), (-0.17, 0.18, 0.36), (92, 60, 40)),
        Part("box", (0.11, 0.1, 0.02, 0.01), (0.19, 0.34, 0.36), GLOW),
        Part("box", (0.06, 0.14, 0.06, 0.01), (0.25, 0.98, -0.1), DARK),
    ),
    "tree": (
        Part("cone", (0.22, 0.09, 0.07, 0.02), (0, 0.22, 0), BARK),
        Part("ellipsoid", (0.36, 0.34, 0.36, 0), (0, 0.68, 0)),
        Part("ellipsoid", (0.24, 0.22, 0.24, 0), (-0.22, 0.58, 0.1)),
        Part("ellipsoid", (0.25, 0.22, 0.25, 0), (0.22, 0.62, 0.05)),
        Part("ellipsoid", (0.22, 0.2, 0.22, 0), (0, 0.95, 0)),
    ),
    "boat": (
        Part("hull", (0.55, 0.34, 0.26, 0), (0, 0.32, 0)),
        Part("cone", (0.42, 0.022, 0.022, 0.005), (0, 0.7, 0), BARK),
        Part("prism", (0.24, 0.3, 0.012, 0.005), (0.21, 0.8, 0), SAIL),
        Part("prism", (0.15, 0.22, 0.012, 0.005), (-0.17, 0.74, 0), SAIL),
    ),
    "cup": (
        Part("vessel", (0.36, 0.28, 0.36, 0.045), (0, 0.36, 0)),
        Part("torus", (0.16, 0.045, 0, 0), (0.42, 0.38, 0)),
    ),
    "fish": (
        Part("ellipsoid", (0.4, 0.27, 0.17, 0), (0.06, 0.34, 0)),
        Part("prism", (0.2, 0.2, 0.04, 0.02), (-0.42, 0.34, 0)),
        Part("prism", (0.13, 0.09, 0.03, 0.01), (0.05, 0.62, 0)),
        Part("ellipsoid", (0.06, 0.06, 0.04, 0), (0.27, 0.42, 0.115), SAIL),
        Part("ellipsoid", (0.03, 0.03, 0.03, 0), (0.28, 0.42, 0.15), DARK),
    ),
}
HEIGHTS = {
    "sphere": 1.0,
    "cube": 0.86,
    "cone": 1.06,
    "cylinder": 0.96,
    "ring": 1.01,
    "star": 1.05,
    "heart": 1.02,
    "robot": 1.2,
    "house": 1.04,
    "tree": 1.15,
    "boat": 1.12,
    "cup": 0.72,
    "fish": 0.71,
}
WIDTHS = {
    "sphere": 0.5,
    "cube": 0.56,
    "cone": 0.5,
    "cylinder": 0.4,
    "ring": 0.5,
    "star": 0.56,
    "heart": 0.52,
    "robot": 0.43,
    "house": 0.56,
    "tree": 0.46,
    "boat": 0.56,
    "cup": 0.5,
    "fish": 0.56,
}  # half widths
TOPS = {
    "cup": 0.7,
    "boat": 0.36,
    "fish": 0.6,
    "robot": 1.03,
    "tree": 1.13,
}  # where something on top stands, if not at the height
TURNS = {
    "cube": (0.25, 1.3),
    "house": (-0.6, 0.6),
    "robot": (-0.5, 0.5),
    "boat": (-0.5, 0.5),
    "fish": (-0.5, 0.5),
    "cup": (-0.6, 0.3),
    "ring": (-0.6, 0.6),
    "star": (-0.4, 0.4),
    "heart": (-0.4, 0.4),
}  # range of the turn about y
