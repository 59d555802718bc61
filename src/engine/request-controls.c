/* request-controls.c - see request-controls.h and controls.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/request-controls.h"

#include <string.h>

#include "base/control-type.h"
#include "base/i18n.h"
#include "base/image-fit.h"
#include "base/json.h"
#include "engine/area.h"
#include "engine/model.h"
#include "model/control.h"
#include "model/ip-adapter.h"

/* ---- The request ---- */

/* Where the families are others, that is what is wrong with it, and no size: a T2I-Adapter's are those of others, too.
 */
static gboolean
match (const LimnRequest *request, LimnControlFile *file, GError **error)
{
  const LimnModelInfo *info = limn_model_info (request->model);
  const char *name = limn_model_name (request->model);
  const LimnUnetConfig *unet = limn_checkpoint_unet (limn_model_checkpoint (request->model));
  gboolean sees = limn_control_file_encoder (file) != NULL;
  gboolean adapter = sees || limn_control_file_is_adapter (file),
           own = limn_control_file_family (file) == info->family
                 || limn_control_file_family (file) == LIMN_FAMILY_UNKNOWN;
  LimnControlConfig config;
  g_autoptr (GError) sizes = NULL;

  if (limn_control_file_match (file, unet, name, &config, &sizes) && (own || !adapter))
    return TRUE;
  if (own) {
    g_propagate_error (error, g_steal_pointer (&sizes));
    return FALSE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
               /* translators: a file, its family, a model, its family */
               sees      ? _ ("%s is an IP-Adapter for %s, but %s is a model of %s")
               : adapter ? _ ("%s is a T2I-Adapter for %s, but %s is a model of %s")
                         : _ ("%s is a ControlNet for %s, but %s is a model of %s"),
               limn_control_file_path (file), limn_family_name (limn_control_file_family (file)), name,
               limn_family_name (info->family));
  return FALSE;
}

/* What an IP-Adapter takes of its picture is known of SDXL's U-Net alone. */
static gboolean
check_sight (const LimnRequest *request, const LimnControl *control, gboolean sees, GError **error)
{
  const LimnControlType *type = control->type != NULL ? limn_control_type_find (control->type) : NULL;
  const LimnFamily family = limn_model_info (request->model)->family;
  const char *name = limn_model_name (control->model);

  if (control->mask != NULL && !sees)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The ControlNet %s has a mask of where it counts, which only an IP-Adapter can have"), name);
  else if (type != NULL && type->of_sight && !sees)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The ControlNet %s was told to take the picture's \"%s\", which only an IP-Adapter does"), name,
                 type->choice.name);
  else if (type != NULL && type->of_sight && family != LIMN_FAMILY_SDXL_BASE)
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_REQUEST,
        _ ("The IP-Adapter %s was told to take the picture's \"%s\" alone, which SDXL's U-Net can, but %s is a "
           "model of %s"),
        name, type->choice.name, limn_model_name (request->model), limn_family_name (family));
  else if (type != NULL && !type->of_sight && type->index >= 0 && sees)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The IP-Adapter %s was told that its picture is of the kind \"%s\"; expected what it takes of it: "
                    "style, composition or style-composition"),
                 name, type->choice.name);
  else
    return TRUE;
  return FALSE;
}

/* What it is said to be, its network has to know. */
static gboolean
check_type (const LimnControl *control, int types, GError **error)
{
  const LimnControlType *type = control->type != NULL ? limn_control_type_find (control->type) : NULL;
  const char *name = limn_model_name (control->model);

  if (control->type != NULL && type == NULL)
    return limn_control_set (&(LimnControl){ 0 }, "type", control->type, error);
  if (type == NULL || type->of_sight || type->index < types)
    return TRUE;
  if (types == 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The ControlNet %s follows pictures of one kind, and is not told which (\"%s\"): only a ControlNet "
                    "Union is"),
                 name, type->choice.name);
  else
    /* translators: a ControlNet's name, a number, the name of a kind of pictures */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("The ControlNet %s knows %d kinds of pictures, of which \"%s\" is none: only ProMax knows tile and "
                    "repaint"),
                 name, types, type->choice.name);
  return FALSE;
}

static gboolean
check_one (const LimnRequest *request, const LimnControl *control, GError **error)
{
  LimnControlFile *file =
      control->model != NULL ? limn_checkpoint_control_file (limn_model_checkpoint (control->model)) : NULL;
  const char *name = control->model != NULL ? limn_model_name (control->model) : "";
  guint n;
  const LimnControlNumber *numbers = limn_control_numbers (&n);

  if (file == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s was chosen as a ControlNet, but it is none"), name);
    return FALSE;
  }
  if (control->image == NULL || control->image->width < 1 || control->image->height < 1) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("The ControlNet %s has no picture to follow"), name);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    double value = *limn_control_number (&numbers[i], (LimnControl *) control);

    if (!(value >= numbers[i].least && value <= numbers[i].most)) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                   _ ("The ControlNet %s has a \"%s\" of %g; expected a number from %g to %g"), name, numbers[i].key,
                   value, numbers[i].least, numbers[i].most);
      return FALSE;
    }
  }
  return (control->map == NULL || limn_control_set (&(LimnControl){ 0 }, "map", control->map, error))
         && (control->mask == NULL || limn_control_set (&(LimnControl){ 0 }, "mask", control->mask, error))
         && check_sight (request, control, limn_control_file_encoder (file) != NULL, error)
         && check_type (control, limn_control_file_types (file), error) && match (request, file, error);
}

gboolean
limn_request_check_controls (const LimnRequest *request, GError **error)
{
  const LimnControlList *controls = &request->controls;

  if (controls->n > LIMN_MOST_CONTROLS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%u ControlNets are more than the %d that a picture can follow"), controls->n, LIMN_MOST_CONTROLS);
    return FALSE;
  }
  for (guint i = 0; i < controls->n; i++)
    if (!check_one (request, &controls->rows[i], error))
      return FALSE;
  return TRUE;
}

const LimnControl *
limn_request_control (const LimnRequest *request, guint index)
{
  for (guint i = 0; i < request->controls.n; i++) {
    const LimnControl *control = &request->controls.rows[i];

    if (control->weight > 0 && control->end > control->start && index-- == 0)
      return control;
  }
  return NULL;
}

guint64
limn_request_controls_at (const LimnRequest *request, LimnModel *model, int step, int steps)
{
  const LimnControl *control;
  guint64 bits = 0;

  for (guint i = 0; model == request->model && (control = limn_request_control (request, i)) != NULL; i++)
    if ((double) step / steps >= control->start && (double) (step + 1) / steps <= control->end)
      bits |= (guint64) 1 << i;
  return bits;
}

guint64
limn_request_controls_masked (const LimnRequest *request)
{
  const LimnControl *control;
  guint64 bits = 0;

  for (guint i = 0; (control = limn_request_control (request, i)) != NULL; i++)
    if (control->mask != NULL)
      bits |= (guint64) 1 << i;
  return bits;
}

void
limn_control_cover (const LimnControl *control, const LimnRequest *request, const LimnArea *area, int h, int w,
                    float *out)
{
  g_autoptr (LimnRegion) region = limn_region_from_mask (control->mask);

  memset (out, 0, sizeof *out * (gsize) h * (gsize) w);
  if (region != NULL
      && (area == NULL || limn_area_cut_region (area, request->image->width, request->image->height, region)))
    limn_region_cover (region, h, w, out);
}

gboolean
limn_model_control_sees (LimnModel *model)
{
  LimnControlFile *file = limn_checkpoint_control_file (limn_model_checkpoint (model));

  return file != NULL && limn_control_file_encoder (file) != NULL;
}

float *
limn_control_seen (const LimnControl *control)
{
  LimnControlFile *file = limn_checkpoint_control_file (limn_model_checkpoint (control->model));
  const int pixels = limn_vision_pixels (limn_control_file_sight (file));
  g_autoptr (LimnImage) map = limn_control_map (control, pixels, pixels);
  const gsize n = (gsize) pixels * (gsize) pixels;
  float *planes = g_new (float, 3 * n);

  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      planes[c * n + i] = limn_vision_normalise ((float) map->rgb[3 * i + c] / 255, (int) c);
  return planes;
}

gsize
limn_control_answer_values (const LimnControl *control)
{
  LimnControlFile *file = limn_checkpoint_control_file (limn_model_checkpoint (control->model));
  int rows, channels;

  limn_vision_answer (limn_control_file_sight (file), &rows, &channels);
  return (gsize) rows * (gsize) channels;
}

void
limn_control_shares (const LimnControl *control, float *shares)
{
  const LimnControlType *type = control->type != NULL ? limn_control_type_find (control->type) : NULL;
  const char *name = type != NULL && type->of_sight ? type->choice.name : NULL;

  shares[LIMN_IP_OTHERS] = name == NULL ? (float) control->weight : 0;
  shares[LIMN_IP_STYLE] = name == NULL || g_str_has_prefix (name, "style") ? (float) control->weight : 0;
  shares[LIMN_IP_COMPOSITION] = name == NULL || g_str_has_suffix (name, "composition") ? (float) control->weight : 0;
}

int
limn_model_control_types (LimnModel *model)
{
  LimnControlFile *file = limn_checkpoint_control_file (limn_model_checkpoint (model));

  return file != NULL ? limn_control_file_types (file) : 0;
}

static LimnImage *
cut_map (const LimnControl *control, const LimnRequest *request, const LimnArea *area)
{
  const LimnImage *image = request->image;
  g_autoptr (LimnImage) whole = limn_image_fit_as (control->image, image->width, image->height, control->fit);
  g_autoptr (LimnImage) part = limn_area_cut (area, whole);
  LimnControl own = *control;

  own.image = part;
  return limn_control_map (&own, area->width, area->height);
}

float *
limn_control_picture (const LimnControl *control, const LimnRequest *request, const LimnArea *area)
{
  g_autoptr (LimnImage) map =
      area != NULL ? cut_map (control, request, area) : limn_control_map (control, request->width, request->height);
  gsize n = (gsize) map->width * map->height;
  float *planes = g_new (float, 3 * n);

  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      planes[c * n + i] = (float) map->rgb[3 * i + c] / 255;
  return planes;
}

/* ---- Told ---- */

void
limn_request_controls_to_json (const LimnRequest *request, GString *out)
{
  guint n;
  const LimnControlNumber *numbers = limn_control_numbers (&n);

  if (request->controls.n == 0)
    return;
  limn_json_add (out, "controls", "[");
  for (guint i = 0; i < request->controls.n; i++) {
    LimnControl control = request->controls.rows[i];
    g_autofree char *hash =
        limn_control_file_fingerprint (limn_checkpoint_control_file (limn_model_checkpoint (control.model)));

    limn_json_add (out, NULL, "{");
    limn_json_add_string (out, "model", limn_model_name (control.model));
    limn_json_add_string (out, "hash", hash);
    for (guint k = 0; k < n; k++)
      limn_json_add_double (out, numbers[k].key, *limn_control_number (&numbers[k], &control));
    limn_json_add_string (out, "fit", limn_fit_name (control.fit));
    if (control.map != NULL)
      limn_json_add_string (out, "map", control.map);
    if (control.type != NULL)
      limn_json_add_string (out, "type", control.type);
    if (control.mask != NULL)
      limn_json_add_string (out, "mask", control.mask);
    if (control.name != NULL)
      limn_json_add_string (out, "picture", control.name);
    if (control.kept != NULL)
      limn_json_add_string (out, "kept", control.kept);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

char *
limn_control_to_parameters (const LimnControl *control)
{
  static const char *const fits[] = { "Crop and Resize", "Resize and Fill", "Just Resize" };
  GString *text = g_string_new (NULL);
  LimnControl copy = *control;
  guint n;
  const LimnControlNumber *numbers = limn_control_numbers (&n);

  g_string_append_printf (text, "Module: %s, Model: %s", control->map != NULL ? control->map : "none",
                          limn_model_name (control->model));
  for (guint i = 0; i < n; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf (text, ", %s: %s", numbers[i].parameter,
                            g_ascii_formatd (number, sizeof number, "%.6g", *limn_control_number (&numbers[i], &copy)));
  }
  g_string_append_printf (text, ", Resize Mode: %s", fits[control->fit]);
  if (control->type != NULL)
    g_string_append_printf (text, ", Union Control Type: %s", control->type);
  return g_string_free (text, FALSE);
}
