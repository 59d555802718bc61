"""The starter's world: lit still lifes, their captions and their pictures. Nothing is downloaded."""

from .captions import caption, said
from .pictures import draw, size_numbers
from .scenes import CLASSES, FULL, LABELS, Domain, Scene, Thing, labels, random_scene

__all__ = [
    "CLASSES", "FULL", "LABELS", "Domain", "Scene", "Thing",
    "caption", "draw", "labels", "random_scene", "said", "size_numbers",
]
