/* control-case.c - see control-case.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "control-case.h"

#include <string.h>

#include "file/safetensors.h"
#include "model/networks.h"

LimnControlFile *
control_open (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnControlFile *file = limn_control_file_open (path, &error);

  g_assert_no_error (error);
  return file;
}

LimnControlFile *
control_open_golden (const char *name)
{
  g_autofree char *relative = g_strdup_printf ("controlnet/%s.safetensors", name), *path = golden_path (relative);

  return control_open (path);
}

LimnCheckpoint *
control_open_model (const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* model with the same ControlNet so often beside it. */
LimnCheckpoint *
control_beside (LimnCheckpoint *model, LimnControlFile *file, guint times)
{
  LimnControlFile *files[] = { file, file, file };
  g_autoptr (GError) error = NULL;
  LimnControlConfig config;

  g_assert_true (limn_control_file_match (file, limn_checkpoint_unet (model), "model", &config, &error));
  g_assert_no_error (error);
  return limn_checkpoint_control (model, files, times);
}

/* [n * h * w, c] beside a golden [n, c, h, w]. */
void
control_check_rows (const char *label, const LimnTensor *tensor, const float *expected, const float *rows,
                    double tolerance)
{
  gsize items = tensor->shape[0], channels = tensor->shape[1], cells = tensor->shape[2] * tensor->shape[3];
  g_autofree float *turned = g_new (float, tensor->count);

  for (gsize n = 0; n < items; n++)
    for (gsize c = 0; c < channels; c++)
      for (gsize i = 0; i < cells; i++)
        turned[(n * channels + c) * cells + i] = rows[(n * cells + i) * channels + c];
  golden_check_rel (label, turned, expected, tensor->count, tolerance);
}

static float *
optional (LimnTensors *golden, const char *prefix, const char *what)
{
  g_autofree char *name = g_strconcat (prefix, what, NULL);

  return golden_has (golden, name) ? golden_floats (golden, NULL, "%s", name) : NULL;
}

ControlCase
control_case_read (LimnTensors *golden, const char *prefix)
{
  const LimnTensor *sample = golden_tensor (golden, "%ssample", prefix);
  ControlCase one = {
    .type = -1,
    .shape = { .batch = (int) sample->shape[0],
               .height = (int) sample->shape[2],
               .width = (int) sample->shape[3],
               .tokens = 77,
               .steps = 2,
               .controls = 1 },
    .sample = golden_floats (golden, NULL, "%ssample", prefix),
    .context = golden_floats (golden, NULL, "%sencoder_hidden_states", prefix),
    .pooled = optional (golden, prefix, "text_embeds"),
    .ids = optional (golden, prefix, "time_ids"),
    .timestep = golden_floats (golden, NULL, "%stimestep", prefix),
    .picture = golden_floats (golden, NULL, "cond"), /* all cases have one */
  };

  one.expected = golden_floats (golden, &one.values, "%sunet_out", prefix);
  return one;
}

ControlCase
control_case_nth (int index)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_autofree char *prefix = g_strdup_printf ("mini-sdxl-controlnet/case%d/", index);

  return control_case_read (golden, prefix);
}

void
control_case_clear (ControlCase *one)
{
  float *const all[] = { one->sample, one->context, one->pooled, one->ids, one->timestep, one->picture, one->expected };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
}

/* What unet says of it with that share of each of its ControlNets.  The wanted timestep is the last of two.  (transfer
 * full) */
float *
control_ask (LimnUnet *unet, const ControlCase *one, const float *shares)
{
  const LimnNetworkShape *shape = limn_unet_shape (unet);
  const float timesteps[] = { 999, one->timestep[0] };
  g_autoptr (GError) error = NULL;
  float *out = g_new (float, one->values);

  for (int i = 0; shape->controls >> i != 0; i++)
    if ((shape->controls >> i & 1) != 0) {
      limn_unet_set_control (unet, i, one->picture, one->type);
      limn_unet_set_share (unet, i, shares[i]);
    }
  limn_unet_prepare (unet, one->context, one->pooled, one->ids, timesteps, 2, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 1, one->sample, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

LimnUnet *
control_bring (LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnNetworkShape *shape,
               const LimnTrace *trace)
{
  g_autoptr (GError) error = NULL;
  LimnUnet *unet = limn_unet_new_traced (networks_gpu (), checkpoint, precision, shape, trace, NULL, &error);

  g_assert_no_error (error);
  return unet;
}

void
control_walk_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  static const char down[] = "controls.0.controlnet_down_blocks.";
  ControlWalk *walk = data;
  g_autofree char *golden = NULL;

  if (g_str_has_prefix (name, down))
    golden = g_strdup_printf ("%sdown.%s", walk->prefix, name + strlen (down));
  else if (g_str_equal (name, "controls.0.controlnet_mid_block"))
    golden = g_strconcat (walk->prefix, "mid", NULL);
  if (golden == NULL || !golden_has (walk->golden, golden))
    return;
  g_autofree float *expected = golden_floats (walk->golden, NULL, "%s", golden);
  control_check_rows (golden, golden_tensor (walk->golden, "%s", golden), expected, rows, walk->tolerance);
  walk->seen++;
}

void
control_expect_refused (const char *path, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_control_file_open (path, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, path) == NULL || strstr (error->message, words) == NULL)
    g_error ("expected the path and \"%s\" in \"%s\"", words, error->message);
}

void
control_write_union (const char *name, const ControlUnion *change, const char *path)
{
  g_autoptr (LimnTensors) plain = golden_open ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autoptr (LimnTensors) more = golden_open ("controlnet/union.safetensors");
  g_autoptr (GStringChunk) strings = g_string_chunk_new (4096);
  g_autoptr (GArray) out = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GError) error = NULL;
  gsize length = strlen (name) + 1;

  for (guint i = 0; i < limn_tensors_count (plain) + limn_tensors_count (more); i++) {
    gboolean own = i >= limn_tensors_count (plain);
    const LimnTensor *tensor =
        own ? limn_tensors_nth (more, i - limn_tensors_count (plain)) : limn_tensors_nth (plain, i);
    const char *called = own ? tensor->name + length : tensor->name;
    g_autoptr (GString) full = g_string_new (change->prefix);

    if (own
        && (!g_str_has_prefix (tensor->name, name) || tensor->name[length - 1] != '/'
            || g_str_has_prefix (called, "case") || g_strcmp0 (called, change->without) == 0))
      continue;
    g_string_append (full, called);
    if (change->dotted)
      g_string_replace (full, "in_proj_", "in_proj.", 0);
    LimnTensorOut one = { g_string_chunk_insert (strings, full->str), tensor->type, tensor->rank,
                          .data = tensor->data };
    memcpy (one.shape, tensor->shape, sizeof (guint64) * (gsize) tensor->rank);
    if (own && g_strcmp0 (called, change->reshaped) == 0)
      one.shape[0]--;
    g_array_append_val (out, one);
  }
  limn_safetensors_write (path, (const LimnTensorOut *) out->data, out->len, &error);
  g_assert_no_error (error);
}
