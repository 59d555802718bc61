/* generate.c - limn-cli generate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"

/* As given: texts are the command line's bytes, NULL where absent; numbers are NAN or -1. */
typedef struct {
  char *model, *prompt, *negative, *size, *seed, *sampler;
  char *original, *crop, *target, *negative_original, *negative_crop, *negative_target;
  char *prompt_2, *negative_2, *mask;
  char *refiner, *image, *noise, *save_latents, *precision, *output;
  double guidance, handoff, aesthetic, negative_aesthetic, strength;
  int steps, device;
  gboolean dry_run;
} Options;

/* What a run needs and the request borrows from. */
typedef struct {
  LimnModel *model, *refiner;
  LimnPhoto *photo;
  guint8 *mask;
  float *noise;
  LimnRequest request;
} Inputs;

static void
options_clear (Options *options)
{
  char **const texts[] = {
    &options->model,     &options->prompt,        &options->negative,        &options->size,
    &options->seed,      &options->sampler,       &options->original,        &options->crop,
    &options->target,    &options->negative_crop, &options->negative_target, &options->negative_original,
    &options->refiner,   &options->image,         &options->noise,           &options->save_latents,
    &options->precision, &options->output,        &options->prompt_2,        &options->negative_2,
    &options->mask,
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
}

static void
inputs_clear (Inputs *inputs)
{
  limn_model_unref (inputs->model);
  limn_model_unref (inputs->refiner);
  limn_photo_free (inputs->photo);
  g_free (inputs->mask);
  g_free (inputs->noise);
}

/* Texts are read as file names are, byte for byte: their encoding is checked with the request. */
#define TEXT(name, field, help, value)                                                                                 \
  {                                                                                                                    \
    name, 0, 0, G_OPTION_ARG_FILENAME, &options->field, help, value                                                    \
  }
#define NUMBER(name, field, help, value)                                                                               \
  {                                                                                                                    \
    name, 0, 0, G_OPTION_ARG_DOUBLE, &options->field, help, value                                                      \
  }
#define COUNT(name, field, help, value)                                                                                \
  {                                                                                                                    \
    name, 0, 0, G_OPTION_ARG_INT, &options->field, help, value                                                         \
  }

static int
parse (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    TEXT ("model", model, N_ ("model folder or .safetensors file (the starter)"), N_ ("PATH")),
    TEXT ("prompt", prompt, N_ ("what to paint"), N_ ("TEXT")),
    TEXT ("negative", negative, N_ ("what to keep away from"), N_ ("TEXT")),
    TEXT ("prompt-2", prompt_2, N_ ("another prompt for the second encoder and the refiner"), N_ ("TEXT")),
    TEXT ("negative-2", negative_2, N_ ("another negative prompt for them"), N_ ("TEXT")),
    TEXT ("size", size, N_ ("pixels (the model's own)"), "WxH"),
    COUNT ("steps", steps, N_ ("steps of the schedule (30)"), "N"),
    NUMBER ("guidance", guidance, N_ ("classifier-free guidance, 1: off (what suits the model)"), "G"),
    TEXT ("seed", seed, N_ ("seed of the noise (a new one)"), "S"),
    TEXT ("sampler", sampler, N_ ("euler, euler-trailing or euler-karras (euler)"), N_ ("NAME")),
    TEXT ("original-size", original, N_ ("hint: size of the photo this was taken from"), "WxH"),
    TEXT ("crop", crop, N_ ("hint: where it was cut out, left and top"), "X,Y"),
    TEXT ("target-size", target, N_ ("hint: the size it was cut to"), "WxH"),
    TEXT ("negative-original-size", negative_original, N_ ("the same for the negative prompt"), "WxH"),
    TEXT ("negative-crop", negative_crop, N_ ("the same for the negative prompt"), "X,Y"),
    TEXT ("negative-target-size", negative_target, N_ ("the same for the negative prompt"), "WxH"),
    TEXT ("refiner", refiner, N_ ("a refiner model for the last steps"), N_ ("PATH")),
    NUMBER ("handoff", handoff, N_ ("share of the schedule before the refiner, 0 to 1 (0.8)"), "F"),
    NUMBER ("aesthetic", aesthetic, N_ ("refiner's aesthetic score (6)"), "A"),
    NUMBER ("negative-aesthetic", negative_aesthetic, N_ ("the same for the negative prompt (2.5)"), "A"),
    TEXT ("image", image, N_ ("picture to start from"), N_ ("FILE")),
    NUMBER ("strength", strength, N_ ("how much of it is painted anew, 0 to 1 (0.6)"), "F"),
    TEXT ("mask", mask, N_ ("what of it is painted anew: white, not black"), N_ ("FILE")),
    TEXT ("noise", noise, N_ ("noise to start from instead of the seed's"), "FILE.safetensors"),
    TEXT ("save-latents", save_latents, N_ ("where to write the finished latents"), "FILE.safetensors"),
    TEXT ("precision", precision, N_ ("auto, fp16 or fp32 (auto)"), N_ ("NAME")),
    COUNT ("device", device, N_ ("number from \"limn-cli devices\" (the best)"), "N"),
    TEXT ("output", output, N_ ("where to write the picture"), "FILE.png"),
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options->dry_run, N_ ("only say what memory and time it would take"), NULL },
    { NULL },
  };

  *options = (Options){ .guidance = NAN,
                        .handoff = NAN,
                        .aesthetic = NAN,
                        .negative_aesthetic = NAN,
                        .strength = NAN,
                        .steps = -1,
                        .device = -1 };
  int status = limn_cli_parse (argc, argv, entries, NULL, _ ("Paints a picture from a prompt."), NULL);
  if (status != 0)
    return status;
  if (options->prompt == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--prompt is missing"));
  if (options->output == NULL && !options->dry_run)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--output is missing"));
  return 0;
}

static int
read_pair (const char *option, const char *text, char separator, int *first, int *second)
{
  if (text == NULL || limn_cli_parse_pair (text, separator, first, second))
    return 0;
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes two numbers like %s, not \"%s\""), option,
                        separator == 'x' ? "1024x768" : "8,16", text);
}

static int
read_hints (const Options *options, LimnRequest *request)
{
  LimnSizeHints *hints = &request->hints, *negative = &request->negative_hints;
  int status;

  if ((status = read_pair ("original-size", options->original, 'x', &hints->original_width, &hints->original_height))
          != 0
      || (status = read_pair ("crop", options->crop, ',', &hints->crop_left, &hints->crop_top)) != 0
      || (status = read_pair ("target-size", options->target, 'x', &hints->target_width, &hints->target_height)) != 0)
    return status;
  *negative = *hints;
  if ((status = read_pair ("negative-original-size", options->negative_original, 'x', &negative->original_width,
                           &negative->original_height))
          != 0
      || (status = read_pair ("negative-crop", options->negative_crop, ',', &negative->crop_left, &negative->crop_top))
             != 0)
    return status;
  return read_pair ("negative-target-size", options->negative_target, 'x', &negative->target_width,
                    &negative->target_height);
}

static int
read_precision (const char *text, LimnPrecision *precision)
{
  static const char *const names[] = { "auto", "fp16", "fp32" };

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i]) == 0) {
      *precision = i;
      return 0;
    }
  return text == NULL ? 0 : limn_cli_fail (LIMN_EXIT_USAGE, _ ("--precision is auto, fp16 or fp32, not \"%s\""), text);
}

static void
read_number (double given, double *value)
{
  if (!isnan (given))
    *value = given;
}

/* Everything but the models and files. */
static int
read_options (const Options *options, LimnRequest *request)
{
  g_autoptr (GError) error = NULL;
  int status;

  request->prompt = options->prompt;
  request->negative = options->negative;
  request->prompt_2 = options->prompt_2;
  request->negative_2 = options->negative_2;
  if ((status = read_pair ("size", options->size, 'x', &request->width, &request->height)) != 0
      || (status = read_hints (options, request)) != 0
      || (status = read_precision (options->precision, &request->precision)) != 0)
    return status;
  if (options->steps != -1)
    request->steps = options->steps;
  read_number (options->guidance, &request->guidance);
  read_number (options->handoff, &request->handoff);
  read_number (options->aesthetic, &request->aesthetic);
  read_number (options->negative_aesthetic, &request->negative_aesthetic);
  read_number (options->strength, &request->strength);
  request->seed = g_random_int ();
  if (options->seed != NULL && !g_ascii_string_to_unsigned (options->seed, 10, 0, G_MAXUINT64, &request->seed, NULL))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--seed is a whole number from 0 to 18446744073709551615, not \"%s\""),
                          options->seed);
  if (options->sampler != NULL && !limn_sampler_from_name (options->sampler, &request->sampler, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  return 0;
}

/* Without --size a picture keeps its shape and gets about the area that the model was made for. */
static void
size_from_photo (LimnRequest *request, const LimnPhoto *photo)
{
  double area = (double) request->width * request->height;
  int grain = area >= 512 * 512 ? 64 : 8;
  double scale = MIN (1, sqrt (area / ((double) photo->width * photo->height)));

  request->width = CLAMP ((int) lrint (photo->width * scale / grain) * grain, 64, 4096);
  request->height = CLAMP ((int) lrint (photo->height * scale / grain) * grain, 64, 4096);
}

/* The mask is of the picture as it is in its file, so it is cut and scaled as that is. */
static int
open_mask (const Options *options, Inputs *inputs)
{
  const LimnRequest *request = &inputs->request;
  gsize n = (gsize) request->width * request->height;
  g_autoptr (GError) error = NULL;

  if (options->mask == NULL)
    return 0;
  if (inputs->photo == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--mask needs the --image whose pixels it keeps"));

  g_autoptr (LimnPhoto) photo = limn_cli_load_photo (options->mask, &error);
  if (photo == NULL)
    return limn_cli_fail_error (error);
  if (photo->width != inputs->photo->width || photo->height != inputs->photo->height)
    return limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s: expected %d x %d pixels, as %s has, and found %d x %d"),
                          options->mask, inputs->photo->width, inputs->photo->height, options->image, photo->width,
                          photo->height);

  g_autoptr (LimnImage) mask = limn_photo_to_mask (photo);
  g_autoptr (LimnImage) fitted = limn_image_fit (mask, request->width, request->height);
  inputs->mask = g_new (guint8, n);
  for (gsize i = 0; i < n; i++)
    inputs->mask[i] = (guint8) ((fitted->rgb[3 * i] + fitted->rgb[3 * i + 1] + fitted->rgb[3 * i + 2] + 1) / 3);
  return 0;
}

/* Before minutes of work rather than after. */
static int
check_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s: there is no folder %s"), path, folder);
  if (g_access (folder, W_OK) != 0)
    return limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s: no permission to write in %s"), path, folder);
  return 0;
}

static int
open_inputs (const Options *options, Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  LimnRequest *request = &inputs->request;
  int status;

  if ((options->output != NULL && (status = check_folder (options->output)) != 0)
      || (options->save_latents != NULL && (status = check_folder (options->save_latents)) != 0))
    return status;
  if ((inputs->model = limn_cli_open_model (options->model, &error)) == NULL
      || (options->refiner != NULL && (inputs->refiner = limn_model_open (options->refiner, &error)) == NULL)
      || (options->image != NULL && (inputs->photo = limn_cli_load_photo (options->image, &error)) == NULL))
    return limn_cli_fail_error (error);
  limn_request_init (request, inputs->model);
  if (inputs->photo != NULL)
    size_from_photo (request, inputs->photo);
  if ((status = read_options (options, request)) != 0)
    return status;
  request->refiner = inputs->refiner;
  request->image = inputs->photo != NULL ? inputs->photo->image : NULL;
  if ((status = open_mask (options, inputs)) != 0)
    return status;
  request->mask = inputs->mask;
  if (!limn_request_check (request, &error))
    return limn_cli_fail_error (error);
  if (options->noise != NULL
      && (inputs->noise = limn_noise_load (options->noise, request->width, request->height, &error)) == NULL)
    return limn_cli_fail_error (error);
  request->noise = inputs->noise;
  return 0;
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  limn_cli_progress_show (data, progress);
}

static gboolean
cancelled_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

static LimnResult *
run (const Options *options, const LimnRequest *request, GError **error)
{
  g_autoptr (LimnEngine) engine = limn_engine_new (options->device, error);
  LimnCliProgress bar;
  LimnMonitor monitor = { .progress = progress_cb, .cancelled = cancelled_cb, .data = &bar };

  if (engine == NULL)
    return NULL;
  g_printerr (limn_engine_device (engine)->kind == LIMN_DEVICE_SOFTWARE
                  ? _ ("Painting on %s (a software device: slow)\n")
                  : _ ("Painting on %s\n"),
              limn_engine_device (engine)->name);
  limn_cli_catch_interrupt ();
  limn_cli_progress_init (&bar);
  limn_cli_load_speeds (engine);
  LimnResult *result = limn_engine_generate (engine, request, &monitor, error);
  limn_cli_progress_finish (&bar);
  if (result != NULL)
    limn_cli_save_speeds (engine);
  return result;
}

static int
save (const Options *options, const LimnRequest *request, const LimnResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *parameters = limn_request_to_parameters (request);
  g_autofree char *json = limn_request_to_json (request);
  const char *const text[] = { "parameters", parameters, "limn", json, NULL };
  double seconds = 0;

  for (int i = 0; result->notes != NULL && result->notes[i] != NULL; i++)
    g_printerr (_ ("Note: %s\n"), result->notes[i]);
  if (options->save_latents != NULL && !limn_latents_save (result, options->save_latents, &error))
    return limn_cli_fail_error (error);
  if (!limn_image_save_png (result->image, options->output, text, &error))
    return limn_cli_fail_error (error);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    if (result->seconds[stage] > 0) {
      g_printerr ("%s %.2f s, ", limn_stage_name (stage), result->seconds[stage]);
      seconds += result->seconds[stage];
    }
  g_printerr (_ ("together %.2f s\n"), seconds);
  g_print ("%s: %d x %d, seed %" G_GUINT64_FORMAT "\n", options->output, request->width, request->height,
           request->seed);
  return 0;
}

static void
print_estimate (const LimnEstimate *estimate)
{
  for (int stage = 0; stage < LIMN_N_STAGES; stage++) {
    if (estimate->seconds[stage] == 0)
      continue;
    g_print ("%-8s %8.2f GB", limn_stage_name (stage), estimate->bytes[stage] / 1e9);
    if (estimate->seconds[stage] > 0)
      g_print (" %8.2f s", estimate->seconds[stage]);
    g_print ("\n");
  }
  g_print (estimate->fits ? _ ("needs %.2f GB of %.2f GB: it fits\n")
                          : _ ("needs %.2f GB of %.2f GB: it does not fit\n"),
           estimate->peak / 1e9, estimate->available / 1e9);
  for (int i = 0; estimate->advice[i] != NULL; i++)
    g_print ("%s.\n", estimate->advice[i]);
}

static int
estimate (const Options *options, const LimnRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnEngine) engine = limn_engine_new (options->device, &error);

  if (engine == NULL)
    return limn_cli_fail_error (error);
  limn_cli_load_speeds (engine);

  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (engine, request, &error);
  if (estimate == NULL)
    return limn_cli_fail_error (error);
  print_estimate (estimate);
  return estimate->fits ? 0 : LIMN_EXIT_ERROR;
}

static int
paint (const Options *options, const LimnRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = run (options, request, &error);

  return result != NULL ? save (options, request, result) : limn_cli_fail_error (error);
}

int
limn_cli_generate (int argc, char **argv)
{
  Options options;
  Inputs inputs = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0)
    status = open_inputs (&options, &inputs);
  if (status == 0)
    status = options.dry_run ? estimate (&options, &inputs.request) : paint (&options, &inputs.request);
  inputs_clear (&inputs);
  options_clear (&options);
  return status;
}
