"""Varied natural English for a scene, and the plain phrasing that evaluation uses."""

from dataclasses import replace

from .scenes import pick

KINDS = {
    "sphere": ("sphere", "ball", "sphere", "ball", "globe", "circle"),
    "cube": ("cube", "cube", "box", "block", "square"),
    "cone": ("cone", "cone", "pyramid", "triangle"),
    "cylinder": ("cylinder", "cylinder", "drum", "tin"),
    "ring": ("ring", "ring", "doughnut", "torus"),
    "star": ("star",),
    "heart": ("heart",),
    "robot": ("robot", "robot", "toy robot"),
    "house": ("house", "house", "little house", "cottage"),
    "tree": ("tree",),
    "boat": ("boat", "boat", "sailing boat", "ship"),
    "cup": ("cup", "cup", "mug"),
    "fish": ("fish",),
}
PLURALS = {"box": "boxes", "fish": "fish", "torus": "tori"}
SIZES = {"small": ("small", "small", "little", "tiny"), "large": ("large", "big", "large", "huge")}
COLOURS = {"purple": ("purple", "purple", "violet"), "turquoise": ("turquoise", "turquoise", "cyan")}
MATERIALS = {
    "matte": ("", "", "", "", "", "matte"),
    "metal": ("metal", "metallic", "shiny metal", "chrome"),
    "glass": ("glass", "glass", "transparent glass", "see-through"),
    "wood": ("wooden", "wooden", "wood"),
    "checkered": ("checkered", "checkered", "chequered", "checked"),
}
RELATIONS = {  # (first to second, second to first)
    "on": (
        ("on top of", "on", "on top of", "above", "standing on", "sitting on"),
        ("under", "below", "beneath", "underneath"),
    ),
    "left": (("to the left of", "left of", "on the left of"), ("to the right of", "right of", "on the right of")),
    "behind": (("behind", "behind", "in back of"), ("in front of", "in front of", "before")),
    "inside": (("inside", "in", "inside of"), ("around", "containing")),
}
PLACES = {
    "grass": ("on grass", "on the grass", "on green grass", "in a meadow", "on a lawn"),
    "sand": ("on sand", "on the sand", "on the beach", "in the desert"),
    "snow": ("in the snow", "on snow", "in winter snow", "on a snowy field"),
    "wooden floor": ("on a wooden floor", "on a wooden table", "on wooden planks"),
    "tiles": ("on tiles", "on a tiled floor", "on a checkered floor"),
    "water": ("on water", "on the water", "at sea", "on a lake"),
}
BACKDROPS = (
    "on a {} background",
    "on a {} background",
    "in front of a {} wall",
    "on a plain {} backdrop",
    ", {} background",
)
TIMES = {
    "day": ("", "", "", "", "by day", "at noon", "on a sunny day", "in daylight"),
    "morning": ("in the morning", "at dawn", "early in the morning", "at sunrise"),
    "sunset": ("at sunset", "in the evening", "at dusk", "in the evening sun"),
    "night": ("at night", "by night", "in the moonlight", "under the stars"),
}
STYLES = {  # words before and words after
    "photo": (("", "", "", "a photo of ", "a photograph of "), ("", "", "", ", photo", ", photorealistic")),
    "clay": (
        ("a clay model of ", "a plasticine figure of ", "clay "),
        (", made of clay", ", claymation", ", clay style"),
    ),
    "flat poster": (
        ("a flat poster of ", "a poster of "),
        (", flat poster", ", flat colours", ", poster style", ", flat design"),
    ),
    "line drawing": (
        ("a line drawing of ", "a drawing of ", "a sketch of "),
        (", line drawing", ", line art", ", ink drawing"),
    ),
    "pixel art": (("pixel art of ", "a pixel art picture of "), (", pixel art", ", 8-bit pixel art")),
    "watercolour": (
        ("a watercolour of ", "a watercolor painting of "),
        (", watercolour", ", watercolor", ", painted in watercolours"),
    ),
}
NUMBERS = {2: ("two", "two", "2", "a pair of"), 3: ("three", "three", "3")}


def plural(noun):
    return PLURALS.get(noun, noun + "s")


def noun_phrase(thing, rng, plain, size=None, count=1):
    """ "a big red wooden ball", "three cones"."""

    def say(options):
        return options[0] if plain else pick(rng, options)

    words = [say(SIZES[size])] if size else []
    if thing.colour:
        words.append(say(COLOURS.get(thing.colour, (thing.colour,))))
    words.append("" if plain and thing.material == "matte" else say(MATERIALS[thing.material]))
    words = [w for w in words if w]
    noun = say(KINDS[thing.kind])
    if count > 1:
        return " ".join([say(NUMBERS[count])] + words + [plural(noun)])
    text = " ".join(words + [noun])
    if not plain and rng.random() < 0.2:
        return text
    article = "an" if text[0] in "aeio" else "a"
    if not plain and rng.random() < 0.06:
        article = "one"
    return f"{article} {text}"


def said(scene, rng):
    """The scene as far as a caption says it: now and then the ground or a colour goes without saying."""
    if rng.random() < 0.07:
        scene = replace(scene, ground="")
    if rng.random() < 0.05:
        things = list(scene.things)
        i = int(rng.integers(len(things)))
        things[i] = replace(things[i], colour=None)
        scene = replace(scene, things=tuple(things))
    return scene


def caption(scene, rng, plain=False):
    """One of the ways to say a scene. With plain, one canonical way that says all."""

    def say(options):
        return options[0] if plain else pick(rng, options)

    if scene.relation:
        backwards = 0 if plain else int(rng.random() < 0.4)
        names = [noun_phrase(thing, rng, plain) for thing in scene.things]
        text = f"{names[backwards]} {say(RELATIONS[scene.relation][backwards])} {names[1 - backwards]}"
    else:
        text = noun_phrase(scene.things[0], rng, plain, scene.size, scene.count)
    ground = (
        say(BACKDROPS).format(scene.backdrop) if scene.backdrop else say(PLACES[scene.ground]) if scene.ground else ""
    )
    time = (
        "at noon"
        if plain and scene.time == "day" and not scene.backdrop
        else ""
        if scene.backdrop
        else say(TIMES[scene.time])
    )
    if not plain and time and rng.random() < 0.15:
        text = f"{time}, {text}" if rng.random() < 0.5 else f"{text}, {time}"
        time = ""
    for part in (ground, time):
        text += part if part.startswith(",") or not part else " " + part
    before, after = STYLES[scene.style]
    if plain:
        return text if scene.style == "photo" else text + after[0]
    if rng.random() < 0.5:
        text = pick(rng, before) + text
    else:
        text += pick(rng, after)
    return text
