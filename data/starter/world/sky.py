"""The colours of sky and ground, in linear light."""

import torch


def hash_noise(x, y):
    """A number in 0..1 for each pair of whole numbers."""
    return torch.frac(torch.sin(x * 12.9898 + y * 78.233) * 43758.5453).abs()


def sky_colour(values, direction, screen):
    """Colours [B, R, 3] along directions. With screen (positions in the picture) hills, stars, the sun or moon too."""
    horizon, zenith, phase = values["horizon"][:, None], values["zenith"][:, None], values["phase"]
    up = direction[..., 1:2]
    out = horizon + (zenith - horizon) * (up.clamp(min=0) * 1.9).clamp(max=1) ** 0.6
    below = values["soil"][:, None] * (values["ambient"] + 0.45 * values["sun"] * values["light"][:, 1:2])[:, None]
    out = torch.where(up < 0, horizon + (below - horizon) * (-up * 4).clamp(max=1), out)
    if screen is None:
        return out
    x, y = screen.unbind(2)
    stars = hash_noise((x * 22).floor(), (y * 22).floor())
    off = ((x * 22).frac().abs() - 0.5) ** 2 + ((y * 22).frac().abs() - 0.5) ** 2
    out = out + (values["night"][:, None] * (stars > 0.93) * (off < 0.05))[..., None] * 0.8
    ox, oy, size = (values["orb"][:, i, None] for i in range(3))
    gap = torch.sqrt((x - ox) ** 2 + (y - oy) ** 2) - size
    night = values["night"][:, None]
    disc = ((gap < 0) & (size > 0))[..., None]
    glow = (torch.exp(-gap.clamp(min=0) * 6) * (size > 0) * (0.5 - 0.35 * night))[..., None]
    orb = torch.where(night[..., None] > 0, out.new_tensor([0.95, 0.95, 0.85]), out.new_tensor([1.6, 0.9, 0.35]))
    out = torch.where(disc, orb.expand_as(out), out + glow * orb * 0.5)
    bearing = torch.atan2(direction[..., 0], -direction[..., 2])
    ridge = sum(
        torch.sin(bearing * f + phase[:, i, None]) * a
        for i, (f, a) in enumerate(((5, 0.5), (11, 0.3), (23, 0.14), (41, 0.06)))
    )
    ridge = (0.045 + 0.04 * ridge) * values["hills"][:, None]
    hill = 0.5 * horizon + 0.35 * below + 0.15 * zenith
    hill = torch.where((values["hills"] > 0)[:, None, None], hill, horizon)
    return torch.where((up[..., 0] < ridge)[..., None], hill.expand_as(out), out)


def ripple(x, z, fx, fz, phase):
    return torch.sin(x * fx + z * fz + phase)


def ground_colour(values, picture, points, near):
    """Colours [n, 3] of ground points; near is their distance from the eye."""
    ground, soil = values["ground"][picture], values["soil"][picture]
    p = values["phase"][picture]
    x, z = points[:, 0], points[:, 2]
    fine = torch.exp(-((near / 16) ** 2))
    broad = ripple(x, z, 1.7, 1.1, p[:, 0]) * ripple(x, z, -1.3, 2.3, p[:, 1])
    grass = 1 + 0.22 * broad + 0.22 * fine * ripple(x, z, 13, 5, p[:, 2]) * ripple(x, z, -7, 11, p[:, 3])
    sand = 1 + 0.05 * broad + 0.06 * fine * torch.sin(9 * z + 1.5 * torch.sin(1.3 * x + p[:, 0]) + p[:, 1])
    snow = 1 + 0.05 * broad
    row = ((x + 40) / 0.62).floor()
    joint = (
        (((x + 40) / 0.62).frac() < 0.05) | (((z + 40) / 2.6 + hash_noise(row, row)).frac() < 0.015)
    ).float() * fine
    planks = (0.85 + 0.35 * hash_noise(row, row * 0 + 3) + 0.08 * fine * torch.sin(x * 40 + torch.sin(z * 2) * 2)) * (
        1 - 0.55 * joint
    )
    parity = ((x / 0.9 + 40).floor() + (z / 0.9 + 40).floor()).remainder(2)
    tiles = 1.1 - 0.62 * (parity > 0.5) * (0.4 + 0.6 * fine)
    water = 1 + 0.1 * broad
    factor = torch.ones_like(x)
    for number, shades in enumerate((grass, sand, snow, planks, tiles, water)):
        factor = torch.where(ground == number, shades, factor)
    return soil * factor[:, None].clamp(min=0.1)


def ground_normal(values, picture, points, near):
    """Normals [n, 3] of ground points: upright, but for the waves of water."""
    wave = (values["ground"][picture] == 5) * 0.06 * torch.exp(-near / 14)
    p, x, z = values["phase"][picture], points[:, 0], points[:, 2]
    dx = wave * (ripple(x, z, 3.1, 5.7, p[:, 0]) + ripple(x, z, -5.3, 8.9, p[:, 1]))
    dz = wave * (ripple(x, z, 2.3, 7.7, p[:, 2]) + ripple(x, z, 4.1, -6.1, p[:, 3]))
    return torch.nn.functional.normalize(torch.stack([dx, torch.ones_like(x), dz], 1), dim=1)
