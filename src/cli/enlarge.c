/* enlarge.c - limn-cli enlarge.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/enlarge.h"

/* As given, the command line's bytes; NULL where absent. */
typedef struct {
  char *model, *output, *device, *precision;
  char *input; /* borrowed */
  LimnCliPictures pictures;
} Options;

typedef struct {
  LimnModel *upscaler;
  LimnPhoto *photo;
  GHashTable *text; /* of a PNG; NULL: it has none */
  int device, precision;
} Inputs;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->output);
  g_free (options->device);
  g_free (options->precision);
  limn_cli_pictures_clear (&options->pictures);
}

static void
inputs_clear (Inputs *inputs)
{
  limn_model_unref (inputs->upscaler);
  limn_photo_free (inputs->photo);
  g_clear_pointer (&inputs->text, g_hash_table_unref);
}

static int
parse (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model, N_ ("an upscaler's .safetensors file"), N_ ("PATH") },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("the picture, by its ending PNG, JPEG, WebP, AVIF or JPEG XL"), N_ ("PATH") },
    { "precision", 0, 0, G_OPTION_ARG_FILENAME, &options->precision, N_ ("auto, fp16 or fp32 (auto)"), N_ ("NAME") },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &options->device, N_ ("number from \"limn-cli devices\" (the best)"),
      "N" },
  };
  g_autoptr (GArray) all = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));

  g_array_append_vals (all, entries, G_N_ELEMENTS (entries));
  limn_cli_add_pictures (all, &options->pictures);
  int status = limn_cli_parse (
      argc, argv, (const GOptionEntry *) all->data, N_ ("FILE"),
      _ ("Makes a picture larger by an upscaler of the ESRGAN family; its settings stay inside."), &options->input);

  if (status != 0)
    return status;
  if (options->model == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--model is missing"));
  if (options->output == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--output is missing"));
  return 0;
}

static int
check_output (Options *options, guint64 bytes)
{
  const char *const inputs[] = { options->model, options->input, NULL };
  int status = limn_cli_check_picture (&options->pictures, options->output, NULL, bytes);

  return status != 0 ? status : limn_cli_check_apart ("output", options->output, inputs);
}

static int
read_precision (const char *text, int *precision)
{
  const LimnField *field = limn_field_find ("precision");
  g_autofree char *known = g_strjoinv (", ", (char **) field->names);

  for (; text != NULL && field->names[*precision] != NULL; ++*precision)
    if (strcmp (text, field->names[*precision]) == 0)
      return 0;
  if (text == NULL)
    return 0;
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), field->name, known, text);
}

static int
open_inputs (Options *options, Inputs *inputs)
{
  g_autoptr (LimnImage) png = NULL;
  g_autoptr (GError) error = NULL;
  double device = -1;
  int status;

  if ((status = read_precision (options->precision, &inputs->precision)) != 0
      || (status = limn_cli_read_number ("device", options->device, TRUE, 0, 255, &device)) != 0
      || (status = check_output (options, 0)) != 0)
    return status;
  inputs->device = (int) device;
  if ((inputs->upscaler = limn_model_open_upscaler (options->model, &error)) == NULL
      || (inputs->photo = limn_cli_load_photo (options->input, &error)) == NULL
      || !limn_enlarge_check (inputs->upscaler, inputs->photo->image->width, inputs->photo->image->height, &error))
    return limn_cli_fail_error (error);

  /* what else a picture may be says nothing */
  png = limn_image_load_png (options->input, &inputs->text, NULL);
  guint64 scale = (guint64) limn_model_scale (inputs->upscaler);
  return check_output (options, 3 * scale * scale * inputs->photo->image->width * inputs->photo->image->height);
}

static LimnResult *
enlarge_cb (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error)
{
  const Inputs *inputs = data;

  return limn_engine_enlarge (engine, inputs->upscaler, inputs->photo->image, inputs->precision, monitor, error);
}

/* With what the picture says of itself, and that it is enlarged. */
static gboolean
save (const Options *options, const Inputs *inputs, const LimnResult *result, GError **error)
{
  const char *parameters = inputs->text != NULL ? g_hash_table_lookup (inputs->text, "parameters") : NULL;
  const char *json = inputs->text != NULL ? g_hash_table_lookup (inputs->text, "limn") : NULL;
  g_autofree char *own_parameters = limn_parameters_enlarged (parameters != NULL ? parameters : "", inputs->upscaler);
  g_autofree char *own_json = json != NULL ? limn_settings_enlarged (json, inputs->upscaler) : NULL;
  const char *const text[] = { "parameters", own_parameters, own_json != NULL ? "limn" : NULL, own_json, NULL };

  LimnImageHow how = options->pictures.how;

  how.text = options->pictures.bare ? NULL : text;
  return limn_image_save (result->image, options->output, &how, error);
}

static int
enlarge (const Options *options, const Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = limn_cli_work (inputs->device, enlarge_cb, inputs, &error);

  if (result == NULL)
    return limn_cli_fail_error (error);
  limn_cli_print_notes (result);
  if (!save (options, inputs, result, &error))
    return limn_cli_fail_error (error);
  g_print ("%s: %d x %d\n", options->output, result->image->width, result->image->height);
  return 0;
}

int
limn_cli_enlarge (int argc, char **argv)
{
  Options options = { 0 };
  Inputs inputs = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0)
    status = open_inputs (&options, &inputs);
  if (status == 0)
    status = enlarge (&options, &inputs);
  inputs_clear (&inputs);
  options_clear (&options);
  return status;
}
