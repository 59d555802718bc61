"""What is trained: the part of the world, the sizes and the amounts. "cpu" made the model here, on two idle cores; "full"
wants one large GPU; "trial" only shows that every stage runs."""

from dataclasses import dataclass, replace

import world


@dataclass(frozen=True)
class Preset:
    domain: world.Domain
    size: int  # side of a square picture
    buckets: tuple  # (height, width), the square first
    bucket_shares: tuple
    shards: int
    judged: int  # shards more for the judge
    shard: int  # pictures a shard
    draw_batch: int
    supersampling: int
    vae: dict  # block_out_channels, norm_num_groups
    text: tuple  # (width, layers, heads) of the two encoders
    unet: dict  # block_out_channels, attention_head_dim, transformer_layers_per_block, norm_num_groups
    refiner: dict
    minutes: dict  # of each stage's schedule
    batch: dict
    rate: dict  # peak learning rates
    average: float  # of the U-Nets' weights: decay a step
    crop: int  # side of the pieces that the autoencoder learns from at first


UNET = {
    "block_out_channels": [64, 96, 96],
    "attention_head_dim": [2, 3, 3],
    "transformer_layers_per_block": [0, 1, 1],
    "norm_num_groups": 8,
}
FULL = Preset(
    domain=world.FULL,
    size=256,
    buckets=((256, 256), (192, 320), (320, 192), (224, 288), (288, 224)),
    bucket_shares=(0.5, 0.125, 0.125, 0.125, 0.125),
    shards=64,
    judged=4,
    shard=1024,
    draw_batch=32,
    supersampling=2,
    vae={"block_out_channels": [32, 64, 64, 64], "norm_num_groups": 2},
    text=((64, 4, 4), (96, 5, 6)),
    unet=UNET,
    refiner=UNET,  # as large, so that it can begin with what the base knows
    minutes={"draw": 3, "vae": 5, "text": 2.5, "latents": 1.5, "unet": 8, "refiner": 2, "classifier": 3.5, "decoder": 4},
    batch={"vae": 48, "text": 512, "unet": 512, "refiner": 512, "classifier": 256, "decoder": 16},
    rate={"vae": 1.5e-3, "text": 1.5e-3, "unet": 2e-3, "refiner": 2e-3, "classifier": 1.5e-3, "decoder": 6e-4},
    average=0.9995,
    crop=128,
)
CPU = replace(
    FULL,
    size=128,
    buckets=((128, 128), (96, 160), (160, 96), (112, 144), (144, 112)),
    shards=64,
    shard=256,
    draw_batch=1,
    vae={"block_out_channels": [16, 32, 64, 64], "norm_num_groups": 2},
    minutes={"draw": 60, "vae": 32, "text": 5.5, "latents": 0, "unet": 116, "refiner": 17, "classifier": 53, "decoder": 120},
    batch={"vae": 16, "text": 64, "unet": 64, "refiner": 64, "classifier": 32, "decoder": 4},
    rate={"vae": 1.2e-3, "text": 2e-3, "unet": 1.5e-3, "refiner": 1.5e-3, "classifier": 1.5e-3, "decoder": 6e-4},
    average=0.998,
    crop=64,
)
TRIAL = replace(
    FULL,
    size=64,
    buckets=((64, 64), (32, 96)),
    bucket_shares=(0.5, 0.5),
    shards=3,
    judged=1,
    shard=24,
    draw_batch=12,
    supersampling=1,
    vae={"block_out_channels": [8, 16, 16, 16], "norm_num_groups": 2},
    text=((32, 2, 2), (32, 2, 2)),
    unet={**UNET, "block_out_channels": [16, 32, 32], "attention_head_dim": [1, 1, 1]},
    refiner={**UNET, "block_out_channels": [16, 32, 32], "attention_head_dim": [1, 1, 1]},
    minutes={name: 0.05 for name in FULL.minutes},
    batch={name: 8 for name in FULL.batch},
    crop=32,
)
PRESETS = {"trial": TRIAL, "full": FULL, "cpu": CPU}
