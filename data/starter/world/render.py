"""A batch renderer of lit scenes: rays are marched through signed distances, on whatever device PyTorch offers.

Only rays that meet a part's bounding sphere are marched, so a picture costs little more than the area its things cover.
"""

from dataclasses import dataclass

import numpy as np
import torch

from . import shapes
from .scenes import COLOURS, MATERIALS
from .settings import linear, settings
from .sky import ground_colour, ground_normal, sky_colour

VIEW = 1.62  # half the side of what a square picture shows, at the distance of the things
FAR = 1e4
THROUGH = 10000  # a part that is seen through a glass one counts so many times its number
STEPS, SHADOW_STEPS, SHARPNESS = 5, 14, 7.0


@dataclass
class Parts:
    """Every part of every picture of a batch: [parts] or [parts, ...] tensors; table[picture, slot] is a part or -1."""

    picture: torch.Tensor
    kind: torch.Tensor
    lengths: torch.Tensor
    centre: torch.Tensor
    radius: torch.Tensor
    turn: torch.Tensor  # cosine and sine
    colour: torch.Tensor
    other: torch.Tensor  # colour of a checkered thing's other squares
    material: torch.Tensor
    scale: torch.Tensor
    thing: torch.Tensor
    glow: torch.Tensor  # 1 where light shines through at night
    table: torch.Tensor


def collect(layouts, clay, holds, device):
    """The Parts of a batch, from each picture's placed things. clay: no thing has a material, a glass vessel that holds
    something (holds) apart: what is in it would not be seen."""
    rows, slots = [], []
    for picture, things in enumerate(layouts):
        slots.append([])
        for number, placed in enumerate(things):
            thing, c, s = placed.thing, np.cos(placed.turn), np.sin(placed.turn)
            vessel = number > 0 and thing.material == "glass" and holds[picture]
            material = MATERIALS.index("matte" if clay[picture] and not vessel else thing.material)
            own = COLOURS[thing.colour] if thing.colour else shapes.NATURAL.get(thing.material, shapes.LEAF)
            for part in shapes.THINGS[thing.kind]:
                lengths = [v * placed.scale for v in part.lengths]
                if part.primitive == "star":
                    lengths[1] = part.lengths[1]  # a ratio
                x, y, z = (v * placed.scale for v in part.at)
                centre = (placed.at[0] + c * x + s * z, placed.at[1] + y, placed.at[2] - s * x + c * z)
                other = COLOURS["black" if thing.colour == "white" else "white"]
                slots[-1].append(len(rows))
                rows.append(
                    [
                        picture,
                        shapes.INDEX[part.primitive],
                        *lengths,
                        *centre,
                        shapes.bounding_radius(part.primitive, lengths),
                        c,
                        s,
                        *linear(own if part.tint == "own" else part.tint),
                        *linear(other),
                        material,
                        placed.scale,
                        number,
                        part.tint == shapes.GLOW,
                    ]
                )
    width = max(map(len, slots))
    table = torch.tensor([row + [-1] * (width - len(row)) for row in slots], device=device)
    data = torch.tensor(np.array(rows), dtype=torch.float32, device=device)
    return Parts(
        data[:, 0].long(),
        data[:, 1].long(),
        data[:, 2:6],
        data[:, 6:9],
        data[:, 9],
        data[:, 10:12],
        data[:, 12:15],
        data[:, 15:18],
        data[:, 18].long(),
        data[:, 19],
        data[:, 20].long(),
        data[:, 21],
        table,
    )


def to_local(parts, index, v):
    """World directions, or points less the centre, in the coordinates of their parts."""
    c, s = parts.turn[index].unbind(1)
    return torch.stack([c * v[:, 0] - s * v[:, 2], v[:, 1], s * v[:, 0] + c * v[:, 2]], 1)


def to_world(parts, index, v):
    c, s = parts.turn[index].unbind(1)
    return torch.stack([c * v[:, 0] + s * v[:, 2], v[:, 1], -s * v[:, 0] + c * v[:, 2]], 1)


def by_kind(parts, index):
    """(distance function, positions in index) of each kind of primitive that occurs."""
    kinds = parts.kind[index]
    for number, function in enumerate(shapes.PRIMITIVES):
        where = (kinds == number).nonzero().squeeze(1)
        if len(where):
            yield function, where


def pairs_near(parts, origin, direction, margin, wanted):
    """(flat ray, part, t in, t out) where a ray meets a part's bounding sphere. origin [B, R, 3], direction [B, R, 3],
    either of which may be [B, 1, 3]. margin widens the spheres; wanted [parts] says which parts count."""
    slot = parts.table.clamp(min=0)
    centre = parts.centre[slot]  # [B, K, 3]
    radius = torch.where(
        (parts.table >= 0) & wanted[slot], parts.radius[slot] * (1 + margin) + margin / 4, torch.zeros(()).to(centre)
    )
    along = direction @ centre.transpose(1, 2) - (direction * origin).sum(2, keepdim=True)
    distance2 = (origin**2).sum(2, keepdim=True) - 2 * origin @ centre.transpose(1, 2) + (centre**2).sum(2)[:, None]
    root2 = radius[:, None] ** 2 - (distance2 - along**2)
    batch, ray, k = ((root2 > 0) & (along + radius[:, None] > 0) & (radius[:, None] > 0)).nonzero(as_tuple=True)
    along, root = along[batch, ray, k], root2[batch, ray, k].sqrt()
    return batch * root2.shape[1] + ray, parts.table[batch, k], (along - root).clamp(min=0), along + root


def march(parts, origin, direction, wanted):
    """Depth along each ray to the first surface, FAR where there is none, and the part it belongs to. origin [B, 1, 3]."""
    batch, rays = direction.shape[:2]
    ray, part, enter, leave = pairs_near(parts, origin, direction, 0.0, wanted)
    nearest = torch.full((batch * rays,), FAR, device=direction.device)
    owner = torch.full((batch * rays,), -1, dtype=torch.long, device=direction.device)
    found = []
    for function, where in by_kind(parts, part):
        r, index, t, end = ray[where], part[where], enter[where], leave[where]
        o = to_local(parts, index, origin[r // rays, 0] - parts.centre[index])
        d, a = to_local(parts, index, direction.reshape(-1, 3)[r]), parts.lengths[index]
        for _ in range(STEPS):
            for _ in range(6):
                distance = function(o + t[:, None] * d, a)
                t = t + 0.95 * distance
            hit = (distance < 4e-3) & (t < end + 1e-2)
            found.append((r[hit], index[hit], t[hit]))
            going = (~hit & (t < end)).nonzero().squeeze(1)
            if len(going) == 0:
                break
            r, index, t, end, o, d, a = (v[going] for v in (r, index, t, end, o, d, a))
    if found:
        r, index, t = (torch.cat(v) for v in zip(*found))
        nearest.scatter_reduce_(0, r, t, "amin")
        first = t == nearest[r]
        owner[r[first]] = index[first]
    return nearest, owner


def normals(parts, index, points):
    """Outward unit normals at surface points, in the world."""
    local = to_local(parts, index, points - parts.centre[index])
    out = torch.zeros_like(local)
    corners = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], device=points.device)
    for function, where in by_kind(parts, index):
        p, a = local[where], parts.lengths[index[where]]
        out[where] = sum(corner * function(p + 2e-3 * corner, a)[:, None] for corner in corners)
    return to_world(parts, index, out / (out.norm(dim=1, keepdim=True) + 1e-9)), local


def shadows(parts, points, light, wanted):
    """How much of the sun reaches each point [B, R, 3]: 0..1, flat; soft with distance."""
    batch, rays = points.shape[:2]
    lit = torch.ones(batch * rays, device=points.device)
    ray, part, enter, leave = pairs_near(parts, points, light[:, None], 0.22, wanted)
    flat = points.reshape(-1, 3)
    for function, where in by_kind(parts, part):
        r, index, end = ray[where], part[where], leave[where]
        t = enter[where].clamp(min=0.03)
        o = to_local(parts, index, flat[r] - parts.centre[index])
        d, a = to_local(parts, index, light[r // rays]), parts.lengths[index]
        through = torch.ones_like(t)
        for _ in range(SHADOW_STEPS):
            distance = function(o + t[:, None] * d, a)
            through = torch.minimum(through, torch.where(t < end, SHARPNESS * distance / t + 0.15, torch.ones_like(t)))
            t = t + distance.clamp(0.02, 0.3)
        lit.scatter_reduce_(0, r, through.clamp(0, 1), "amin")
    return lit * lit * (3 - 2 * lit)


def openness(parts, points, normal, wanted):
    """Ambient light that reaches each point, 0..1, flat: how far the nearest part is along the normal."""
    batch, rays = points.shape[:2]
    free = torch.ones(batch * rays, device=points.device)
    flat, flat_normal = points.reshape(-1, 3), normal.reshape(-1, 3)
    ray, part, _, _ = pairs_near(parts, points, normal, 0.5, wanted)
    for function, where in by_kind(parts, part):
        r, index = ray[where], part[where]
        for reach in (0.1, 0.35):
            o = to_local(parts, index, flat[r] + reach * flat_normal[r] - parts.centre[index])
            near = 0.35 + 0.65 * (function(o, parts.lengths[index]) / reach).clamp(0, 1)
            free.scatter_reduce_(0, r, near, "amin")
    return free


def pattern(parts, index, local):
    """The surface colours [n, 3] of points in part coordinates."""
    colour, material = parts.colour[index], parts.material[index]
    p = local / parts.scale[index][:, None]
    cell = (p * (0.97 / 0.2867) + 0.5).floor().sum(1)
    odd = (cell.remainder(2) > 0.5) & (material == MATERIALS.index("checkered"))
    colour = torch.where(odd[:, None], parts.other[index], colour)
    rings = torch.sin(
        26 * torch.sqrt((p[:, 0] + 0.3) ** 2 + (p[:, 2] - 0.2) ** 2) + 2.2 * torch.sin(2.3 * p[:, 1] + p[:, 0])
    )
    grain = 0.78 + 0.3 * rings + 0.08 * torch.sin(70 * p[:, 0] + 5 * p[:, 1])
    return torch.where((material == MATERIALS.index("wood"))[:, None], colour * grain[:, None].clamp(0.3, 1.1), colour)


class Picture:
    """A batch of pictures on its way: rays, what they meet, and the light there. See render()."""

    def __init__(self, layouts, values, height, width, top, left, supersampling, device):
        def column(name):
            return torch.tensor(np.array([v[name] for v in values]), dtype=torch.float32, device=device)

        self.values = {name: column(name) for name in values[0]}
        self.parts = collect(layouts, [v["clay"] for v in values], [v["holds"] for v in values], device)
        self.rays(height, width, top, left, supersampling, device)

    def rays(self, height, width, top, left, n, device):
        """Directions [B, R, 3] through the pixels of a window that starts at (top, left) of the whole picture."""
        v, batch = self.values, len(top)
        forward = torch.nn.functional.normalize(v["target"] - v["eye"], dim=1)
        right = torch.nn.functional.normalize(torch.stack([-forward[:, 2], 0 * forward[:, 0], forward[:, 0]], 1), dim=1)
        up = torch.cross(right, forward, dim=1)
        self.shape = (batch, height * n, width * n)
        pixel = 2 * VIEW / 6.3 / (height * width) ** 0.5
        pixel = pixel * max(1.0, 0.88 / (height / width) ** 0.5)  # wide pictures keep room above
        rows = (torch.arange(height * n, device=device) + 0.5) / n - height / 2
        columns = (torch.arange(width * n, device=device) + 0.5) / n - width / 2
        y = -(rows + torch.as_tensor(top, device=device)[:, None]) * pixel
        x = (columns + torch.as_tensor(left, device=device)[:, None]) * pixel
        d = (
            forward[:, None, None]
            + y[:, :, None, None] * up[:, None, None]
            + x[:, None, :, None] * right[:, None, None]
        )
        self.screen = (
            torch.stack([x[:, None].expand(self.shape), y[:, :, None].expand(self.shape)], 3).reshape(batch, -1, 2)
            * 6.3
            / VIEW
        )
        self.direction = torch.nn.functional.normalize(d.reshape(batch, -1, 3), dim=2)
        self.eye = v["eye"][:, None]

    def surfaces(self, wanted, with_ground):
        """Points, normals, colours [B, R, ...] and owners (a part, -1 the ground, -2 the sky) of what rays meet first."""
        batch, rays = self.direction.shape[:2]
        t, owner = march(self.parts, self.eye, self.direction, wanted)
        t, owner = t.reshape(batch, rays), owner.reshape(batch, rays)
        down = -self.eye[:, :, 1] / self.direction[:, :, 1].clamp(max=-1e-4)
        ground = with_ground & (down < t) & (self.direction[:, :, 1] < -1e-3)
        owner = torch.where(ground, -1, torch.where(t < FAR, owner, -2))
        t = torch.where(ground, down, t)
        points = self.eye + t.clamp(max=90)[:, :, None] * self.direction
        normal, colour = torch.zeros_like(points), torch.zeros_like(points)
        hit = (owner >= 0).reshape(-1).nonzero().squeeze(1)
        index = owner.reshape(-1)[hit]
        n, local = normals(self.parts, index, points.reshape(-1, 3)[hit])
        normal.view(-1, 3)[hit] = n
        colour.view(-1, 3)[hit] = pattern(self.parts, index, local)
        if with_ground:
            flat = ground.reshape(-1).nonzero().squeeze(1)
            picture = flat // rays
            near = t.reshape(-1)[flat]
            where = points.reshape(-1, 3)[flat]
            normal.view(-1, 3)[flat] = ground_normal(self.values, picture, where, near)
            colour.view(-1, 3)[flat] = ground_colour(self.values, picture, where, near)
        return points, normal, colour, owner, t

    def shade(self, points, normal, colour, owner, t, casters):
        """Linear light [B, R, 3], and the share of sun 0..1 [B, R]."""
        v, rays = self.values, points.shape[1]
        light, sun, ambient = v["light"], v["sun"][:, None], v["ambient"][:, None]
        clay = v["clay"][:, None]
        colour = colour + 0.1 * clay[..., None] * (0.75 - colour)
        facing = (normal * light[:, None]).sum(2)
        bumped = facing + clay * 0.13 * torch.sin(points[..., 0] * 9 + 3 * torch.sin(points[..., 1] * 7)) * torch.sin(
            points[..., 2] * 8
        )
        diffuse = torch.where(clay > 0, (bumped * 0.75 + 0.25), facing).clamp(min=0)
        lit = shadows(self.parts, points + 0.02 * normal, light, casters).reshape(-1, rays)
        lit = torch.where(owner == -2, torch.ones_like(lit), lit)
        free = openness(self.parts, points, normal, casters).reshape(-1, rays)
        bounce = v["soil"][:, None] * (0.25 * sun + 0.5 * ambient) * (0.5 - 0.5 * normal[..., 1:2])
        out = colour * (
            sun * (diffuse * lit)[..., None] + (ambient * (0.55 + 0.45 * normal[..., 1:2]) + bounce) * free[..., None]
        )
        mirror = self.direction - 2 * (self.direction * normal).sum(2, keepdim=True) * normal
        shine = (mirror * light[:, None]).sum(2).clamp(min=0)
        material = torch.where(owner >= 0, self.parts.material[owner.clamp(min=0)], -1)
        metal = (material == MATERIALS.index("metal"))[..., None]
        sky = sky_colour(v, mirror, None) * free[..., None]
        out = torch.where(metal, 0.25 * out + colour * (1.15 * sky + 0.1) + sun * (shine**40 * lit)[..., None], out)
        gloss = 0.16 * shine**24 * lit * (material >= 0) * (1 - clay)
        out = out + gloss[..., None] * sun
        water = ((owner == -1) & (v["ground"][:, None] == 5))[..., None]
        grazing = 0.06 + 0.8 * (1 + (self.direction * normal).sum(2, keepdim=True)).clamp(0, 1) ** 4
        out = torch.where(water, out + grazing * sky + 0.5 * sun * (shine**60 * lit)[..., None], out)
        glow = torch.where(owner >= 0, self.parts.glow[owner.clamp(min=0)], torch.zeros_like(t)) * v["dark"][:, None]
        out = out + glow[..., None] * colour
        haze = 1 - torch.exp(-((t / 32) ** 2))
        out = torch.where((owner == -1)[..., None], out + haze[..., None] * (v["horizon"][:, None] - out), out)
        out = torch.where((owner == -2)[..., None], sky_colour(v, self.direction, self.screen), out)
        return out, facing.clamp(min=0) * lit

    def glaze(self, out, wanted):
        """Lays the glass things over the picture: what is behind shows through, displaced and tinted."""
        points, normal, colour, owner, t = self.surfaces(wanted, False)
        batch, height, width = self.shape
        seen = (owner >= 0) & (t < self.depth)
        ray = torch.arange(height * width, device=out.device)
        shift = 0.07 * (height * width) ** 0.5
        dx, dy = (normal[..., 0] * shift).round().long(), (-normal[..., 1] * shift).round().long()
        x, y = (ray % width + dx).clamp(0, width - 1), (ray // width + dy).clamp(0, height - 1)
        behind = torch.gather(out, 1, (y * width + x)[..., None].expand_as(out))
        facing = -(normal * self.direction).sum(2, keepdim=True).clamp(-1, 0)
        fresnel = 0.05 + 0.75 * (1 - facing) ** 4
        mirror = self.direction - 2 * (self.direction * normal).sum(2, keepdim=True) * normal
        shine = (mirror * self.values["light"][:, None]).sum(2, keepdim=True).clamp(min=0) ** 60
        holds = self.values["holds"][:, None, None]  # thin glass, through which colours are what they are
        tint = colour.clamp(0.02, 1) ** ((0.75 - 0.3 * facing) * (1 - 0.6 * holds))
        glass = behind * tint * 0.85 + 0.1 * colour * self.values["ambient"][:, None] * 2
        glass = glass + fresnel * (sky_colour(self.values, mirror, None) - glass) + self.values["sun"][:, None] * shine
        share = 0.5 - 0.25 * holds
        self.base = torch.where(seen[..., None], (1 - share) * self.base + share * colour, self.base)
        self.part = torch.where(seen, owner + THROUGH * (1 + self.owner.clamp(min=-1)), self.owner)
        self.owner = torch.where(seen, owner, self.owner)
        self.normal = torch.where(seen[..., None], normal, self.normal)
        return torch.where(seen[..., None], glass, out)

    def draw(self):
        glassy = self.parts.material == MATERIALS.index("glass")
        points, self.normal, self.base, self.owner, self.depth = self.surfaces(~glassy, True)
        self.part = self.owner
        out, self.sunlit = self.shade(points, self.normal, self.base, self.owner, self.depth, ~glassy)
        if glassy.any():
            out = self.glaze(out, glassy)
        return out


def display(light):
    """Linear light to sRGB 0..1, highlights rolled off."""
    light = light.clamp(min=0)
    return torch.where(light < 0.5, light, 0.5 + 0.5 * torch.tanh((light - 0.5) / 0.5)).clamp(1e-6, 1) ** (1 / 2.2)


@torch.no_grad()
def render(scenes, layouts, rng, height, width, top=None, left=None, supersampling=2, device="cpu"):
    """Layers of a batch: {"lit", "base" sRGB [B, 3, H, W], "normal", "sunlit", "owner" (thing number, -1 ground, -2 sky)} at
    supersampling times the size, and the settings. top, left: where the window begins in the whole picture, in pixels.
    """
    values = [settings(scene, rng) for scene in scenes]
    top, left = top or [0] * len(scenes), left or [0] * len(scenes)
    picture = Picture(layouts, values, height, width, top, left, supersampling, device)
    light = picture.draw()

    def image(layer):
        return layer.reshape(*picture.shape, -1).permute(0, 3, 1, 2)

    owner = picture.owner
    thing = torch.where(owner >= 0, picture.parts.thing[owner.clamp(min=0)], owner)
    sky = display(sky_colour(picture.values, picture.direction, picture.screen))
    base = torch.where((owner == -2)[..., None], sky, display(picture.base))
    return {
        "lit": display(image(light)),
        "base": image(base),
        "normal": image(picture.normal),
        "sunlit": image(picture.sunlit),
        "owner": image(thing),
        "part": image(picture.part),
        "values": picture.values,
    }
