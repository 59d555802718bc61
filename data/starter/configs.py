"""The config.json dictionaries of a model folder, as diffusers and transformers write them, for a preset."""

VERSION = "0.35.2"
SIZE_CHANNELS = 32  # of each size number


def vae(preset):
    return {
        "_class_name": "AutoencoderKL",
        "_diffusers_version": VERSION,
        "act_fn": "silu",
        **preset.vae,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "force_upcast": True,
        "in_channels": 3,
        "latent_channels": 4,
        "latents_mean": None,
        "latents_std": None,
        "layers_per_block": 2,
        "mid_block_add_attention": True,
        "out_channels": 3,
        "sample_size": preset.size,
        "scaling_factor": 0.5,
        "shift_factor": None,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "use_post_quant_conv": True,
        "use_quant_conv": True,
    }


def _unet(preset, numbers, context, pooled, ids):
    attends = [depth > 0 for depth in numbers["transformer_layers_per_block"]]
    return {
        "_class_name": "UNet2DConditionModel",
        "_diffusers_version": VERSION,
        "act_fn": "silu",
        "addition_embed_type": "text_time",
        "addition_embed_type_num_heads": 64,
        "addition_time_embed_dim": SIZE_CHANNELS,
        "attention_type": "default",
        "center_input_sample": False,
        "class_embed_type": None,
        "class_embeddings_concat": False,
        "conv_in_kernel": 3,
        "conv_out_kernel": 3,
        "cross_attention_dim": context,
        "cross_attention_norm": None,
        "down_block_types": ["CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attends],
        "downsample_padding": 1,
        "dropout": 0.0,
        "dual_cross_attention": False,
        "encoder_hid_dim": None,
        "encoder_hid_dim_type": None,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "in_channels": 4,
        "layers_per_block": 2,
        "mid_block_only_cross_attention": None,
        "mid_block_scale_factor": 1,
        "mid_block_type": "UNetMidBlock2DCrossAttn",
        "norm_eps": 1e-05,
        "num_attention_heads": None,
        "num_class_embeds": None,
        "only_cross_attention": False,
        "out_channels": 4,
        "projection_class_embeddings_input_dim": ids * SIZE_CHANNELS + pooled,
        "resnet_out_scale_factor": 1.0,
        "resnet_skip_time_act": False,
        "resnet_time_scale_shift": "default",
        "reverse_transformer_layers_per_block": None,
        "sample_size": preset.size // 8,
        "time_cond_proj_dim": None,
        "time_embedding_act_fn": None,
        "time_embedding_dim": None,
        "time_embedding_type": "positional",
        "timestep_post_act": None,
        "up_block_types": ["CrossAttnUpBlock2D" if a else "UpBlock2D" for a in attends[::-1]],
        "upcast_attention": False,
        "use_linear_projection": True,
        **numbers,
    }


def unet(preset):
    """Six size numbers, both encoders."""
    (first, _, _), (second, _, _) = preset.text
    return _unet(preset, preset.unet, first + second, second, 6)


def refiner(preset):
    """Five numbers (the last an aesthetic score), only the second encoder."""
    second = preset.text[1][0]
    return _unet(preset, preset.refiner, second, second, 5)


def _text(architecture, activation, numbers, vocabulary):
    width, layers, heads = numbers
    return {
        "architectures": [architecture],
        "attention_dropout": 0.0,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "hidden_act": activation,
        "hidden_size": width,
        "initializer_factor": 1.0,
        "initializer_range": 0.02,
        "intermediate_size": 4 * width,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": 77,
        "model_type": "clip_text_model",
        "num_attention_heads": heads,
        "num_hidden_layers": layers,
        "pad_token_id": 1,
        "projection_dim": width,
        "torch_dtype": "float16",
        "transformers_version": "4.45.0.dev0",
        "vocab_size": vocabulary,
    }


def text_encoder(preset, vocabulary):
    return _text("CLIPTextModel", "quick_gelu", preset.text[0], vocabulary)


def text_encoder_2(preset, vocabulary):
    return _text("CLIPTextModelWithProjection", "gelu", preset.text[1], vocabulary)


SCHEDULER = {
    "_class_name": "EulerDiscreteScheduler",
    "_diffusers_version": VERSION,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "final_sigmas_type": "zero",
    "interpolation_type": "linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "rescale_betas_zero_snr": False,
    "sigma_max": None,
    "sigma_min": None,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "timestep_type": "discrete",
    "trained_betas": None,
    "use_beta_sigmas": False,
    "use_exponential_sigmas": False,
    "use_karras_sigmas": False,
}

MODEL_INDEX = {
    "_class_name": "StableDiffusionXLPipeline",
    "_diffusers_version": VERSION,
    "default_guidance": 3.0,  # of Limn's own: what a program should begin with
    "force_zeros_for_empty_prompt": True,
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
}

REFINER_INDEX = {
    "_class_name": "StableDiffusionXLImg2ImgPipeline",
    "_diffusers_version": VERSION,
    "default_guidance": 3.0,
    "force_zeros_for_empty_prompt": False,
    "requires_aesthetics_score": True,
    "text_encoder": [None, None],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "tokenizer": [None, None],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "vae": ["diffusers", "AutoencoderKL"],
}
