"""Light, air, ground and camera of a picture: numbers that the renderer reads, one row a picture."""

import math

import numpy as np

from .scenes import COLOURS, PLACES, STYLES

# Light from the sun or moon, its height in degrees, light from the sky, sky at the horizon and above; linear colours.
TIMES = {
    "day": ((1.5, 1.43, 1.3), (42, 60), (0.36, 0.42, 0.52), (0.60, 0.78, 0.93), (0.14, 0.38, 0.78)),
    "morning": ((1.4, 1.12, 0.92), (26, 38), (0.42, 0.40, 0.48), (0.96, 0.70, 0.60), (0.40, 0.52, 0.82)),
    "sunset": ((1.75, 1.08, 0.62), (18, 26), (0.38, 0.30, 0.40), (0.95, 0.40, 0.12), (0.24, 0.13, 0.42)),
    "night": ((0.72, 0.80, 1.1), (40, 58), (0.20, 0.22, 0.34), (0.06, 0.09, 0.24), (0.008, 0.014, 0.05)),
}
GROUNDS = {
    "grass": (0.13, 0.33, 0.07),
    "sand": (0.62, 0.46, 0.23),
    "snow": (0.70, 0.74, 0.82),
    "wooden floor": (0.42, 0.24, 0.12),
    "tiles": (0.62, 0.60, 0.56),
    "water": (0.05, 0.20, 0.30),
}
WALLS = {
    "day": (0.74, 0.70, 0.62),
    "morning": (0.80, 0.66, 0.58),
    "sunset": (0.72, 0.46, 0.32),
    "night": (0.07, 0.08, 0.15),
}
INDOORS = ("wooden floor", "tiles")
PLAIN = len(PLACES)  # the ground number of a backdrop


def linear(rgb):
    """0..255 sRGB to linear 0..1."""
    return (np.asarray(rgb, dtype=np.float64) / 255) ** 2.2


def settings(scene, rng):
    """One picture's numbers as {name: float or tuple}."""
    sun, heights, ambient, horizon, zenith = TIMES[scene.time]
    height, side = math.radians(rng.uniform(*heights)), rng.choice((-1, 1)) * math.radians(rng.uniform(25, 60))
    out = {
        "sun": np.array(sun),
        "light": (math.cos(height) * math.sin(side), math.sin(height), math.cos(height) * math.cos(side)),
        "ambient": np.array(ambient),
        "horizon": horizon,
        "zenith": zenith,
        "eye": (rng.uniform(-0.35, 0.35), rng.uniform(1.25, 1.75), 6.3),
        "target": (0, rng.uniform(0.78, 0.86), 0),
        "hills": rng.uniform(0.25, 1),
        "phase": rng.uniform(0, 6.28, 4),
        "night": float(scene.time == "night"),
        "dark": float(scene.time == "night"),
        "clay": float(scene.style == "clay"),
        "holds": float(scene.relation == "inside"),
        "style": STYLES.index(scene.style),
        "orb": (rng.uniform(-0.8, 0.8), rng.uniform(0.62, 0.84), {"night": 0.075, "sunset": 0.11}.get(scene.time, 0)),
    }
    if scene.backdrop:
        colour = linear(COLOURS[scene.backdrop]) * 0.85
        out.update(
            ground=PLAIN,
            soil=colour,
            horizon=colour * 0.92,
            zenith=colour * 0.78,
            hills=0,
            sun=np.array((1.3, 1.26, 1.2)),
            ambient=np.array((0.42, 0.43, 0.46)),
            orb=(0, 0, 0),
        )
    else:
        out.update(ground=PLACES.index(scene.ground), soil=GROUNDS[scene.ground])
        if scene.ground in INDOORS:
            wall = np.array(WALLS[scene.time])
            out.update(horizon=wall, zenith=wall * 0.8, hills=0, orb=(0, 0, 0), night=0)
        if scene.ground == "water":
            out["hills"] *= 0.4
    return out
