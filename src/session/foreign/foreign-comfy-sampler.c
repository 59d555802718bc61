/* foreign-comfy-sampler.c - the samplers on a picture's way, and what they were told.
 *
 * A sampler is what has a seed, steps, guidance and latents or a picture, or a guider, whatever it is called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const seeds[] = { "seed", "noise_seed", NULL };
static const char *const steps[] = { "steps", "num_steps", "num_inference_steps", NULL };
static const char *const guidances[] = { "cfg", "cfg_scale", "guidance", "guidance_scale", "cfg_conds", NULL };
static const char *const latents[] = { "latent_image",    "latent",     "samples", "latents",
                                       "optional_latent", "latent_opt", NULL };
static const char *const pictures[] = { "pixels", "image", "images", "image_to_latent", NULL };

/* ---- The way ---- */

static gboolean
has_pipe (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++)
    if (limn_comfy_is_pipe (limn_json_key (inputs, i), limn_json_member (inputs, limn_json_key (inputs, i))))
      return TRUE;
  return FALSE;
}

/* A context has what a sampler has, but only to hand it on: nothing is written into it. */
static gboolean
has_widget (const LimnJson *node)
{
  const LimnJson *inputs = limn_comfy_inputs (node);

  for (guint i = 0; i < limn_json_length (inputs); i++)
    if (!limn_comfy_is_link (limn_json_member (inputs, limn_json_key (inputs, i))))
      return TRUE;
  return FALSE;
}

/* A damaged one is known by its name. */
static gboolean
is_sampler (const LimnJson *node)
{
  static const char *const counts[] = { "steps", "num_steps", "num_inference_steps", "sigmas", NULL };
  static const char *const others[] = { "positive", "model", NULL };
  gboolean has_seed = limn_comfy_any (node, seeds) != NULL, has_way;

  if (limn_comfy_is_link (limn_comfy_input (node, "guider")))
    return limn_comfy_any (node, latents) != NULL;
  if (limn_comfy_is (node, "ksampler") && has_seed)
    return TRUE;
  has_way = limn_comfy_any (node, latents) != NULL || limn_comfy_any (node, pictures) != NULL;
  return has_seed && has_widget (node) && limn_comfy_any (node, guidances) != NULL
         && limn_comfy_any (node, counts) != NULL
         && (has_pipe (node) || (has_way && limn_comfy_any (node, others) != NULL));
}

/* What a picture or its latents can have come by. */
static gboolean
leads_back (const char *name, const LimnJson *value)
{
  static const char *const others[] = { "model",   "clip", "vae",    "positive", "negative",   "cond",
                                        "control", "mask", "seed",   "steps",    "cfg",        "scheduler",
                                        "sigmas",  "text", "prompt", "guider",   "sampler",    "width",
                                        "height",  "lora", "noise",  "string",   "upscale_by", "denoise" };

  if (!limn_comfy_is_link (value))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (limn_comfy_has_word (name, others[i]) && !limn_comfy_is_pipe (name, value))
      return FALSE;
  return TRUE;
}

static gboolean
is_picture_name (const char *name)
{
  static const char *const words[] = { "image", "latent", "sample", "pixel" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (limn_comfy_has_word (name, words[i]))
      return TRUE;
  return FALSE;
}

/* Adds to queue the nodes before node, the picture's own first.  from: node -> the node after it. */
static void
add_before (LimnComfy *comfy, const LimnJson *node, GPtrArray *queue, GHashTable *from)
{
  const LimnJson *inputs = limn_comfy_inputs (node);
  gboolean known;
  const LimnJson *choice = limn_comfy_choice (comfy, node, &known);

  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < limn_json_length (inputs); i++) {
      const char *name = limn_json_key (inputs, i);
      const LimnJson *value = limn_json_member (inputs, name), *before;

      if (!leads_back (name, value) || is_picture_name (name) != (pass == 0) || (choice != NULL && value != choice))
        continue;
      before = limn_comfy_follow (comfy, value);
      if (before != NULL && !g_hash_table_contains (from, before)) {
        g_hash_table_insert (from, (gpointer) before, (gpointer) node);
        g_ptr_array_add (queue, (gpointer) before);
      }
    }
}

/* The nearest sampler before start, or NULL; the nodes up to it are added to between. */
static const LimnJson *
find_sampler (LimnComfy *comfy, const LimnJson *start, gboolean itself, GPtrArray *between)
{
  g_autoptr (GPtrArray) queue = g_ptr_array_new ();
  g_autoptr (GHashTable) from = g_hash_table_new (NULL, NULL);

  g_hash_table_insert (from, (gpointer) start, NULL);
  g_ptr_array_add (queue, (gpointer) start);
  for (guint i = 0; i < queue->len; i++) {
    const LimnJson *node = queue->pdata[i];

    if (is_sampler (node) && (i > 0 || itself)) {
      for (const LimnJson *after = g_hash_table_lookup (from, node); after != NULL;
           after = g_hash_table_lookup (from, after))
        if (after != start || itself)
          g_ptr_array_add (between, (gpointer) after);
      return node;
    }
    add_before (comfy, node, queue, from);
  }
  return NULL;
}

LimnComfyWay *
limn_comfy_way_new (LimnComfy *comfy, const LimnJson *end)
{
  LimnComfyWay *way = g_new0 (LimnComfyWay, 1);
  const LimnJson *node = end;

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  way->between = g_ptr_array_new ();
  while (way->n_samplers < LIMN_COMFY_MOST_SAMPLERS) {
    node = find_sampler (comfy, node, way->n_samplers == 0, way->between);
    for (guint i = 0; i < way->n_samplers; i++)
      if (way->samplers[i] == node)
        node = NULL;
    if (node == NULL)
      break;
    way->samplers[way->n_samplers++] = node;
  }
  return way;
}

void
limn_comfy_way_free (LimnComfyWay *way)
{
  if (way == NULL)
    return;
  g_ptr_array_unref (way->between);
  g_free (way);
}

/* ---- What a sampler was told ---- */

static double
number_at (LimnComfy *comfy, const LimnJson *node, const char *const *names, double fallback)
{
  double number = fallback;

  limn_comfy_number (comfy, node, names, &number);
  return number;
}

/* A schedule cut in two: which part it is, is the number of the node's output. */
static void
read_split (LimnComfy *comfy, const LimnJson *split, const LimnJson *link, LimnComfySampling *s)
{
  static const char *const at[] = { "step", NULL }, *const share[] = { "denoise", NULL };
  double step = number_at (comfy, split, at, NAN);

  if (isnan (step))
    step = s->steps - rint (s->steps * number_at (comfy, split, share, NAN));
  if (limn_json_number (limn_json_nth (link, 1), 0) == 0)
    s->end = fmin (s->end, step);
  else
    s->start = fmax (s->start, step);
}

/* "14.6, 6.3, 0.5, 0": a step each. */
static gboolean
read_levels (const char *text, LimnComfySampling *s)
{
  LimnFields fields = { 0 };

  if (text == NULL || !limn_sigmas_choose (&fields, text))
    return FALSE;
  s->sigmas = text;
  s->schedule = fields.schedule;
  s->steps = fields.steps;
  return TRUE;
}

static void
read_sigmas (LimnComfy *comfy, const LimnJson *node, LimnComfySampling *s)
{
  static const char *const schedules[] = { "scheduler", NULL }, *const denoises[] = { "denoise", NULL };
  const LimnJson *splits[LIMN_COMFY_MOST_SAMPLERS], *links[LIMN_COMFY_MOST_SAMPLERS],
      *link = limn_comfy_input (node, "sigmas");
  const char *made = NULL;
  guint n = 0;

  node = limn_comfy_follow (comfy, link);
  while (node != NULL && n < G_N_ELEMENTS (splits) && limn_comfy_is_link (limn_comfy_input (node, "sigmas"))) {
    splits[n] = node;
    links[n++] = link;
    link = limn_comfy_input (node, "sigmas");
    node = limn_comfy_follow (comfy, link);
  }
  if (node == NULL)
    return;
  s->steps = number_at (comfy, node, steps, NAN);
  s->denoise = number_at (comfy, node, denoises, 1);
  s->schedule = limn_comfy_string (comfy, node, schedules);
  s->is_spaced = limn_comfy_read_levels (comfy, node, s->steps, &s->schedule, &made);
  if (!read_levels (made != NULL ? made : limn_json_string (limn_comfy_input (node, "sigmas"), NULL), s)
      && s->schedule == NULL)
    s->schedule = limn_comfy_is (node, "karras") ? "karras" : limn_comfy_kind (node);
  while (n-- > 0)
    if (limn_comfy_is (splits[n], "split"))
      read_split (comfy, splits[n], links[n], s);
    else
      s->schedule = limn_comfy_kind (splits[n]);
}

static void
read_sampler_node (LimnComfy *comfy, const LimnJson *node, LimnComfySampling *s)
{
  static const char *const names[] = { "sampler_name", NULL };
  const LimnJson *sampler = limn_comfy_follow (comfy, limn_comfy_input (node, "sampler"));

  if (sampler == NULL)
    return;
  s->sampler = limn_comfy_string (comfy, sampler, names);
  if (s->sampler == NULL)
    s->sampler = limn_comfy_kind (sampler);
}

/* Guider and noise are nodes of their own. */
static void
read_guider (LimnComfy *comfy, const LimnJson *node, LimnComfySampling *s)
{
  const LimnJson *guider = limn_comfy_follow (comfy, limn_comfy_input (node, "guider"));
  const LimnJson *noise = limn_comfy_follow (comfy, limn_comfy_input (node, "noise"));

  s->guidance = number_at (comfy, guider, guidances, limn_comfy_input (guider, "negative") == NULL ? 1 : NAN);
  s->seed = limn_comfy_value (comfy, noise, seeds);
  s->adds_noise = limn_comfy_any (noise, seeds) != NULL;
}

/* "enable", true, or nothing said: fallback */
static gboolean
enabled (LimnComfy *comfy, const LimnJson *node, const char *name, gboolean fallback)
{
  const char *const names[] = { name, NULL };
  const LimnJson *value = limn_comfy_value (comfy, node, names);
  const char *text = limn_json_string (value, NULL);

  if (text != NULL)
    return g_ascii_strncasecmp (text, "enable", 6) == 0 || g_ascii_strcasecmp (text, "true") == 0;
  return limn_json_bool (value, fallback);
}

LimnComfySampling
limn_comfy_read_sampling (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const samplers[] = { "sampler_name", "sampler", NULL }, *const schedules[] = { "scheduler", NULL };
  static const char *const denoises[] = { "denoise", NULL };
  static const char *const starts[] = { "start_at_step", "start_step", NULL };
  static const char *const ends[] = { "end_at_step", "end_step", "last_step", NULL };
  static const char *const refines[] = { "refine_at_step", NULL }, *const nags[] = { "nag_scale", NULL };
  LimnComfySampling s = { .node = node };

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  s.seed = limn_comfy_value (comfy, node, seeds);
  s.sampler = limn_comfy_string (comfy, node, samplers);
  s.schedule = limn_comfy_string (comfy, node, schedules);
  s.steps = number_at (comfy, node, steps, NAN);
  s.guidance = number_at (comfy, node, guidances, NAN);
  s.denoise = number_at (comfy, node, denoises, limn_comfy_any (node, denoises) == NULL ? 1 : NAN);
  s.start = number_at (comfy, node, starts, 0);
  s.end = number_at (comfy, node, ends, INFINITY);
  s.refine = number_at (comfy, node, refines, -1);
  s.adds_noise = enabled (comfy, node, "add_noise", TRUE);
  s.keeps_noise = enabled (comfy, node, "return_with_leftover_noise", FALSE);
  if (limn_comfy_is_link (limn_comfy_input (node, "sigmas")))
    read_sigmas (comfy, node, &s);
  read_sampler_node (comfy, node, &s);
  if (limn_comfy_is_link (limn_comfy_input (node, "guider")))
    read_guider (comfy, node, &s);
  s.nag = limn_comfy_any (node, nags) != NULL ? node : limn_comfy_follow (comfy, limn_comfy_input (node, "guider"));
  if (limn_comfy_any (s.nag, nags) == NULL)
    s.nag = NULL;
  return s;
}

/* ---- Where it began ---- */

static const char *const widths[] = { "empty_latent_width", "width", NULL };
static const char *const heights[] = { "empty_latent_height", "height", NULL };

/* "832x1216 (0.68)" */
static gboolean
read_size_text (LimnComfy *comfy, const LimnJson *node, LimnComfyStart *start)
{
  static const char *const names[] = {
    "resolution", "dimensions", "aspect_ratio", "size", "empty_latent_aspect", NULL
  };

  for (guint i = 0; names[i] != NULL; i++) {
    const char *const name[] = { names[i], NULL };
    const char *text = limn_comfy_string (comfy, node, name);
    int width, height;

    for (text = text != NULL ? text + strcspn (text, "0123456789") : ""; *text != '\0';
         text += strspn (text, "0123456789"), text += strcspn (text, "0123456789"))
      if (sscanf (text, "%5d x %5d", &width, &height) == 2 || sscanf (text, "%5d × %5d", &width, &height) == 2) {
        start->width = width;
        start->height = height;
        return TRUE;
      }
  }
  return FALSE;
}

/* The node that gives both width and height, or node itself. */
static const LimnJson *
size_giver (LimnComfy *comfy, const LimnJson *node)
{
  const LimnJson *width = limn_comfy_follow (comfy, limn_comfy_any (node, widths));
  const LimnJson *height = limn_comfy_follow (comfy, limn_comfy_any (node, heights));

  return width != NULL && width == height ? width : node;
}

/* Numbers above 0 that count in the place of what was chosen. */
static void
override_size (LimnComfy *comfy, const LimnJson *node, LimnComfyStart *start)
{
  static const char *const names[][2] = { { "width_override", NULL }, { "height_override", NULL } };
  double *const sides[] = { &start->width, &start->height };
  double side;

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    if (limn_comfy_number (comfy, node, names[i], &side) && side > 0)
      *sides[i] = side;
}

static gboolean
read_size (LimnComfy *comfy, const LimnJson *node, LimnComfyStart *start)
{
  static const char *const swaps[] = { "swap_dimensions", NULL };
  const LimnJson *giver = size_giver (comfy, node);
  double swap;

  if (!read_size_text (comfy, node, start) && !read_size_text (comfy, giver, start)
      && !(limn_comfy_number (comfy, node, widths, &start->width)
           && limn_comfy_number (comfy, node, heights, &start->height)))
    return FALSE;
  override_size (comfy, giver, start);
  if (g_ascii_strcasecmp (limn_json_string (limn_comfy_input (giver, "swap_dimensions"), ""), "on") == 0
      || (limn_comfy_number (comfy, giver, swaps, &swap) && swap != 0)) {
    swap = start->width;
    start->width = start->height;
    start->height = swap;
  }
  return start->width > 0 && start->height > 0;
}

/* The size that stands at a loader behind the sampler's pipe. */
static gboolean
read_piped_size (LimnComfy *comfy, const LimnJson *sampler, const LimnJson **owner, LimnComfyStart *start)
{
  for (guint i = 0; widths[i] != NULL; i++) {
    const char *const name[] = { widths[i], NULL };

    if (limn_comfy_find (comfy, sampler, name, owner) != NULL)
      return read_size (comfy, *owner, start);
  }
  return FALSE;
}

gboolean
limn_comfy_read_picked (LimnComfy *comfy, const LimnJson *node, double *index)
{
  static const char *const indices[] = { "batch_index", NULL }, *const lengths[] = { "length", NULL };

  *index = limn_comfy_is (node, "frombatch") ? number_at (comfy, node, indices, -1) : -1;
  return *index >= 0 && number_at (comfy, node, lengths, 1) == 1;
}

LimnComfyStart
limn_comfy_read_start (LimnComfy *comfy, const LimnJson *sampler)
{
  static const char *const ways[] = {
    "samples", "latent", "latent_image", "latents", "pixels", "image", "images", NULL
  };
  static const char *const batches[] = { "batch_size", NULL }, *const amounts[] = { "amount", NULL };
  LimnComfyStart start = { .batch = 1, .index = -1 };
  double times = 1, index;
  const LimnJson *owner = sampler, *value, *node;

  comfy->hops = LIMN_COMFY_MOST_HOPS;
  value = limn_comfy_find (comfy, sampler, latents, &owner);
  if (value == NULL) { /* one that paints over pictures */
    value = limn_comfy_find (comfy, sampler, pictures, &owner);
    start.is_picture = value != NULL;
  }
  node = limn_comfy_follow (comfy, value);
  if (value == NULL) {
    start.has_size = read_piped_size (comfy, sampler, &owner, &start);
    start.batch = number_at (comfy, owner, batches, 1);
  }
  for (int depth = 0; node != NULL && depth < LIMN_COMFY_MOST_DEPTH; depth++) {
    if (limn_comfy_is (node, "repeatlatentbatch"))
      times *= number_at (comfy, node, amounts, 1);
    if (!start.is_picked && limn_comfy_read_picked (comfy, node, &index)) {
      start.is_picked = TRUE;
      start.index = index;
    }
    start.is_picture = start.is_picture || limn_comfy_any (node, pictures) != NULL || limn_comfy_is (node, "loadimage");
    start.is_masked = start.is_masked || limn_comfy_is (node, "mask") || limn_comfy_is (node, "inpaint");
    if (limn_comfy_any (node, batches) != NULL)
      start.batch = number_at (comfy, node, batches, 1);
    start.has_size = start.has_size || read_size (comfy, node, &start);
    if (start.has_size && !start.is_picture)
      break;
    node = limn_comfy_behind (comfy, node, ways);
  }
  start.batch = MAX (start.batch * times, start.index + 1);
  return start;
}
