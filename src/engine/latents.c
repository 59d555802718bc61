/* latents.c - noise and latents as .safetensors files; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/limn.h"

#include "base/i18n.h"
#include "engine/sampler.h"
#include "file/safetensors.h"

static gboolean
is_float (LimnType type)
{
  return type == LIMN_TYPE_F32 || type == LIMN_TYPE_F16 || type == LIMN_TYPE_BF16 || type == LIMN_TYPE_F64;
}

float *
limn_noise_load (const char *path, const LimnLatentShape *shape, GError **error)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (path, error);

  if (file == NULL)
    return NULL;

  const LimnTensor *noise = limn_tensors_find (file, "noise");
  if (noise == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: there is no tensor \"noise\" in it"), path);
    return NULL;
  }
  if (!is_float (noise->type) || noise->rank != 4 || noise->shape[0] != 1 || noise->shape[1] != (guint64) shape->planes
      || noise->shape[2] != (guint64) shape->height || noise->shape[3] != (guint64) shape->width) {
    g_autoptr (GString) found = g_string_new (limn_type_name (noise->type));
    for (int i = 0; i < noise->rank; i++)
      g_string_append_printf (found, " %" G_GUINT64_FORMAT, noise->shape[i]);
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                 _ ("%s: \"noise\" should be floats of shape 1 %d %d %d for a picture of %d x %d, but it is %s"), path,
                 shape->planes, shape->height, shape->width, shape->width * shape->factor,
                 shape->height * shape->factor, found->str);
    return NULL;
  }

  g_autofree float *values = g_new (float, noise->count);
  limn_tensor_to_float (noise, values);
  if (!limn_tensors_check_whole (file, error))
    return NULL;
  if (!limn_all_finite (values, noise->count)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: \"noise\" holds values that are not numbers"), path);
    return NULL;
  }
  return g_steal_pointer (&values);
}

gboolean
limn_latents_save (const LimnResult *result, const char *path, GError **error)
{
  LimnTensorOut tensor = {
    .name = "latents",
    .type = LIMN_TYPE_F32,
    .rank = 4,
    .shape = { 1, result->latent_planes, result->latent_height, result->latent_width },
    .data = result->latents,
  };

  return limn_safetensors_write (path, &tensor, 1, error);
}
