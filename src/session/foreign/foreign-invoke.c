/* foreign-invoke.c - InvokeAI from 3 on: "invokeai_metadata", or the graph of nodes that it comes from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-keys.h"

#include <glib/gi18n.h>
#include <string.h>

#define MOST_CONTROLS 16

/* ---- Rows ---- */

LIMN_FOREIGN_OWN_TAKE (loras)
{
  for (guint i = 0; i < MIN (limn_json_length (value), 32); i++) {
    const LimnJson *entry = limn_json_nth (value, i), *lora = limn_json_member (entry, "model");
    const char *name;
    double weight = 1;

    lora = lora != NULL ? lora : limn_json_member (entry, "lora");
    name = limn_foreign_text_at (lora, "name");
    name = name != NULL ? name : limn_foreign_text_at (lora, "model name");
    limn_foreign_json_number (limn_json_member (entry, "weight"), &weight);
    limn_foreign_miss_lora (reading->foreign, name != NULL ? name : "?", weight);
  }
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (mode)
{
  const char *mode = limn_json_string (value, "");

  if (strstr (mode, "img2img") != NULL)
    limn_foreign_miss_start (reading->foreign);
  else if (strstr (mode, "inpaint") != NULL || strstr (mode, "outpaint") != NULL)
    limn_foreign_miss_mask (reading->foreign);
  return TRUE;
}

/* Of the noise, as Limn counts it. */
LIMN_FOREIGN_OWN_TAKE (refiner_start)
{
  return limn_foreign_is_nothing (limn_foreign_at (reading->all, "refiner model"))
         || limn_foreign_take_double (reading, key, value);
}

/* A default in a picture that began with noise. */
LIMN_FOREIGN_OWN_TAKE (strength)
{
  const char *mode = limn_foreign_text_at (reading->all, "generation mode");

  return (mode != NULL && strstr (mode, "txt2img") != NULL) || limn_foreign_take_double (reading, key, value);
}

LIMN_FOREIGN_OWN_TAKE (scheduler)
{
  const char *name = limn_json_string (value, NULL);

  if (name == NULL)
    return FALSE;
  limn_foreign_set_sampler (reading->foreign, name, g_str_has_suffix (name, "_k") ? NULL : "leading");
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (device)
{
  gboolean card = g_strcmp0 (limn_json_string (value, NULL), "cuda") == 0;

  limn_foreign_set_int (reading->foreign, "noise-source", _ ("Noise"), card ? LIMN_NOISE_PHILOX : LIMN_NOISE_CPU);
  return TRUE;
}

/* The picture that was made for it is followed as it is.  A T2I-Adapter has other names for two of it. */
static gboolean
read_control (const LimnForeignReading *reading, const LimnJson *json)
{
  const LimnJson *model = limn_json_member (json, "control_model"), *weight = limn_json_member (json, "control_weight");
  const LimnJson *picture = limn_json_member (json, "processed_image");

  if (model == NULL)
    model = limn_json_member (json, "t2i_adapter_model");
  if (weight == NULL)
    weight = limn_json_member (json, "weight");
  const char *name = limn_json_member_string (model, "name"), *mode = limn_json_member_string (json, "control_mode");
  LimnForeignControl control = { name != NULL ? name : limn_json_member_string (model, "model_name") };

  if (control.model == NULL)
    return FALSE;
  if (limn_json_kind (picture) != LIMN_JSON_OBJECT)
    picture = limn_json_member (json, "image");
  limn_control_init (&control.how);
  limn_foreign_set_control (&control.how, "weight", weight);
  limn_foreign_set_control (&control.how, "start", limn_json_member (json, "begin_step_percent"));
  limn_foreign_set_control (&control.how, "end", limn_json_member (json, "end_step_percent"));
  limn_foreign_set_resize (&control.how, limn_json_member_string (json, "resize_mode"));
  control.how.name = limn_json_member_string (picture, "image_name");
  if (mode != NULL && !g_str_equal (mode, "balanced"))
    limn_foreign_miss_printf (reading->foreign, _ ("ControlNet"),
                              _ ("It worked as “%s”; in Limn prompt and picture count alike"), mode);
  limn_foreign_add_control (reading->foreign, &control, reading->models);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (controls)
{
  for (guint i = 0; i < MIN (limn_json_length (value), MOST_CONTROLS); i++)
    if (!read_control (reading, limn_json_nth (value, i)))
      limn_foreign_take_gap (reading, key, value);
  return TRUE;
}

static const LimnForeignKey keys[] = {
  { "generation mode", take_mode },
  { "positive prompt", limn_foreign_take_prompt, "prompt" },
  { "negative prompt", limn_foreign_take_prompt, "negative" },
  { "scheduler", take_scheduler },
  { "rand device", take_device },
  { "strength", take_strength, "strength", N_ ("Strength") },
  { "loras", take_loras },
  { "refiner model", limn_foreign_take_refiner },
  { "refiner start", take_refiner_start, "handoff", N_ ("Hand-off") },
  { "refiner positive aesthetic score", limn_foreign_take_double, "aesthetic", N_ ("Aesthetic score") },
  { "refiner negative aesthetic score", limn_foreign_take_double, "negative-aesthetic", N_ ("Aesthetic score") },
  { "refiner cfg scale", limn_foreign_take_part, "refiner model", N_ ("Refiner"),
    N_ ("It had a guidance of its own: %s") },
  { "refiner steps", limn_foreign_take_part, "refiner model", N_ ("Refiner"), N_ ("It had steps of its own: %s") },
  { "refiner scheduler", limn_foreign_take_part, "refiner model", N_ ("Refiner"),
    N_ ("It had a sampler of its own: %s") },
  { "controlnets", take_controls, NULL, N_ ("ControlNet"),
    N_ ("It guided the picture’s layout; Limn paints without it") },
  LIMN_FOREIGN_GAP ("control layers", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  { "t2i adapters", take_controls, NULL, N_ ("ControlNet"),
    N_ ("It guided the picture’s layout; Limn paints without it") },
  LIMN_FOREIGN_GAP ("ip adapters", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("ref images", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_GAP ("regions", N_ ("Prompt"), N_ ("Parts of the picture had prompts of their own; Limn has one")),
  LIMN_FOREIGN_GAP ("vae", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own")),
  { "cfg rescale multiplier", limn_foreign_take_double, "guidance-rescale", N_ ("Guidance") },
  { "seamless x", limn_foreign_take_tile, "x", N_ ("Seamless") },
  { "seamless y", limn_foreign_take_tile, "y", N_ ("Seamless") },
  { "hrf*", limn_foreign_take_part, "hrf enabled", N_ ("Hires fix"),
    N_ ("A second pass repainted the picture; Limn paints only the first one") },
  LIMN_FOREIGN_GAP ("clip skip", N_ ("CLIP skip"),
                    N_ ("%s layers were left out; Limn leaves out one, as SDXL was trained")),
  { "init image", limn_foreign_take_start },
  /* set by hand above */
  { "positive style prompt" },
  { "negative style prompt" },
  /* they change no picture */
  { "app version" },
  { "vae precision" },
  { "canvas*" },
  { "style preset*" },
  { "id" },
  { "type" },
  { "is intermediate" },
  { "use cache" },
  { NULL },
};

/* ---- What both kinds share ---- */

/* An empty style is the prompt once more. */
static void
set_styles (const LimnForeignReading *reading)
{
  const char *style = limn_foreign_text_at (reading->all, "positive style prompt");
  const char *negative = limn_foreign_text_at (reading->all, "negative style prompt");
  g_autofree char *clean = NULL, *clean_negative = NULL;

  if (style != NULL && g_strcmp0 (style, limn_foreign_text_at (reading->all, "positive prompt")) != 0)
    clean = limn_foreign_clean_prompt (reading->foreign, style);
  if (negative != NULL && g_strcmp0 (negative, limn_foreign_text_at (reading->all, "negative prompt")) != 0)
    clean_negative = limn_foreign_clean_prompt (reading->foreign, negative);
  if (clean != NULL || clean_negative != NULL)
    limn_foreign_set_second (reading->foreign, clean, clean_negative);
}

static LimnForeign *
begin (LimnForeignReading *reading)
{
  /* its prompt nodes are given no sizes, and their defaults are these */
  static const LimnSizeHints hints = { 1024, 1024, 0, 0, 1024, 1024 };

  reading->foreign = limn_foreign_new (LIMN_FOREIGN_INVOKE, "InvokeAI");
  limn_foreign_set_hints (reading->foreign, FALSE, &hints);
  limn_foreign_set_like (reading->foreign, "invokeai", TRUE);
  return reading->foreign;
}

gboolean
limn_foreign_read_invoke (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  LimnForeignReading reading = { NULL, json, models };

  if (limn_json_member_string (json, "positive_prompt") == NULL
      && (limn_json_member (json, "generation_mode") == NULL || limn_json_member (json, "app_version") == NULL))
    return FALSE;
  *out = begin (&reading);
  limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
  set_styles (&reading);
  return TRUE;
}

/* ---- The graph ---- */

/* {"nodes": {id: {"type": ..., ...}}, "edges": [{"source": {"node_id", "field"}, "destination": ...}]} */
static const LimnJson *
find_node (const LimnJson *json, const char *type)
{
  const LimnJson *nodes = limn_json_member (json, "nodes");

  for (guint i = 0; i < limn_json_length (nodes); i++) {
    const char *kind = limn_json_string (limn_json_member (limn_json_nth (nodes, i), "type"), "");

    if (strstr (kind, type) != NULL)
      return limn_json_nth (nodes, i);
  }
  return NULL;
}

static gboolean
ends_at (const LimnJson *edge, const char *id)
{
  const LimnJson *destination = limn_json_member (edge, "destination");

  return id != NULL && g_strcmp0 (limn_json_member_string (destination, "node_id"), id) == 0;
}

/* What nodes of one value hand to the node that gathers the metadata. */
static void
take_wired (const LimnForeignReading *reading, const LimnJson *json)
{
  const LimnJson *edges = limn_json_member (json, "edges"), *nodes = limn_json_member (json, "nodes");
  const char *id = limn_json_member_string (reading->all, "id");

  for (guint i = 0; i < limn_json_length (edges); i++) {
    const LimnJson *edge = limn_json_nth (edges, i), *source = limn_json_member (edge, "source");
    const char *from = limn_json_string (limn_json_member (source, "node_id"), "");
    const char *output = limn_json_string (limn_json_member (source, "field"), "");
    const char *field = limn_json_member_string (limn_json_member (edge, "destination"), "field");

    if (ends_at (edge, id) && field != NULL)
      limn_foreign_take_value (reading, keys, limn_foreign_common_keys, field,
                               limn_json_member (limn_json_member (nodes, from), output));
  }
}

/* Without such a node: what the nodes themselves were told. */
static void
take_nodes (LimnForeignReading *reading, const LimnJson *json)
{
  static const char *const fields[] = { "seed", "width", "steps", "cfg_scale", "scheduler", "model" };
  const LimnJson *nodes = limn_json_member (json, "nodes");

  for (guint i = 0; i < limn_json_length (nodes); i++) {
    const char *id = limn_json_key (nodes, i);
    const char *prompt;

    reading->all = limn_json_nth (nodes, i);
    prompt = limn_json_member_string (reading->all, "prompt");
    if (prompt != NULL && id != NULL)
      limn_foreign_take_value (reading, keys, NULL, strstr (id, "neg") != NULL ? "negative prompt" : "positive prompt",
                               limn_json_member (reading->all, "prompt"));
    for (guint f = 0; f < G_N_ELEMENTS (fields); f++)
      limn_foreign_take_value (reading, keys, limn_foreign_common_keys, fields[f],
                               limn_json_member (reading->all, fields[f]));
  }
  limn_foreign_miss (reading->foreign, _ ("Other settings"),
                     _ ("They are in a graph of nodes, of which Limn knows only the main ones"));
}

gboolean
limn_foreign_read_invoke_graph (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  const LimnJson *nested = limn_json_member (json, "graph"), *graph = nested != NULL ? nested : json;
  LimnForeignReading reading = { NULL, find_node (graph, "core_metadata"), models };

  if (limn_json_kind (limn_json_member (graph, "nodes")) != LIMN_JSON_OBJECT
      || limn_json_member (graph, "edges") == NULL || (reading.all == NULL && find_node (graph, "denoise") == NULL))
    return FALSE;
  *out = begin (&reading);
  if (reading.all != NULL) {
    limn_foreign_take_keys (&reading, keys, limn_foreign_common_keys);
    take_wired (&reading, graph);
    set_styles (&reading);
  } else {
    take_nodes (&reading, graph);
  }
  return TRUE;
}
