/* generate.c - limn-cli generate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "cli/styles.h"
#include "engine/enlarge.h"

/* As given, the command line's bytes; NULL where absent. */
typedef struct {
  char *model, *prompt, *negative, *size, *seed, *sampler, *schedule;
  char *original, *crop, *target, *negative_original, *negative_crop, *negative_target;
  char *prompt_2, *negative_2, *mask;
  char *refiner, *upscaler, *hires_upscaler, *image, *noise, *save_latents, *output, *device, *styles;
  char *count, *batch_size;
  char **style;
  gboolean mask_from_alpha, dry_run;
  char *parts[LIMN_N_PARTS];
  LimnCliLoras loras;
  LimnCliControls controls;
  LimnCliRegions regions;
  LimnCliPictures pictures;
  char **fields; /* by the row of limn_fields () */
  guint n_fields;
} Options;

/* What a run needs and the request borrows from. */
typedef struct {
  LimnModel *model, *refiner, *upscaler, *hires_upscaler;
  GPtrArray *images; /* paths; NULL: there is no folder of them */
  LimnPhoto *photo;  /* the first of them, or the only one */
  guint8 *mask;
  float *noise;
  char *words[LIMN_CLI_WORDS];                /* the prompts after their choices are made */
  const char *suffix;                         /* what LoRAs of the command line add to the first of these */
  int device, count, together, width, height; /* width, height: the model's */
  LimnRequest request;
  LimnCliRegions *regions; /* borrowed, while it is painted */
} Inputs;

static void
options_clear (Options *options)
{
  char **const texts[] = { &options->model,
                           &options->prompt,
                           &options->negative,
                           &options->size,
                           &options->seed,
                           &options->sampler,
                           &options->schedule,
                           &options->original,
                           &options->crop,
                           &options->target,
                           &options->negative_crop,
                           &options->negative_target,
                           &options->negative_original,
                           &options->refiner,
                           &options->upscaler,
                           &options->hires_upscaler,
                           &options->image,
                           &options->noise,
                           &options->save_latents,
                           &options->output,
                           &options->prompt_2,
                           &options->negative_2,
                           &options->mask,
                           &options->device,
                           &options->styles,
                           &options->count,
                           &options->batch_size };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  limn_cli_loras_clear (&options->loras);
  limn_cli_controls_clear (&options->controls);
  limn_cli_pictures_clear (&options->pictures);
  g_clear_pointer (&options->style, g_strfreev);
  limn_cli_regions_clear (&options->regions);
  for (guint i = 0; i < LIMN_N_PARTS; i++)
    g_clear_pointer (&options->parts[i], g_free);
  for (guint i = 0; i < options->n_fields; i++)
    g_free (options->fields[i]);
  g_clear_pointer (&options->fields, g_free);
  options->n_fields = 0;
}

static void
inputs_clear (Inputs *inputs)
{
  limn_model_unref (inputs->model);
  limn_model_unref (inputs->refiner);
  limn_model_unref (inputs->upscaler);
  limn_model_unref (inputs->hires_upscaler);
  g_clear_pointer (&inputs->images, g_ptr_array_unref);
  limn_photo_free (inputs->photo);
  g_free (inputs->mask);
  g_free (inputs->noise);
  for (guint i = 0; i < G_N_ELEMENTS (inputs->words); i++)
    g_free (inputs->words[i]);
}

/* Texts are read as file names are, byte for byte: their encoding is checked with the request. */
#define TEXT(name, field, help, value)                                                                                 \
  {                                                                                                                    \
    name, 0, 0, G_OPTION_ARG_FILENAME, &options->field, help, value                                                    \
  }

static void
add_fields (GArray *entries, Options *options)
{
  const LimnField *fields = limn_fields (&options->n_fields);

  options->fields = g_new0 (char *, options->n_fields);
  for (guint i = 0; i < options->n_fields; i++) {
    GOptionEntry entry = { fields[i].name,    0, 0, G_OPTION_ARG_FILENAME, &options->fields[i], fields[i].help,
                           fields[i].argument };

    if (fields[i].help != NULL)
      g_array_append_val (entries, entry);
  }
}

static int
parse (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    TEXT ("model", model, N_ ("model folder, .safetensors or .gguf file (the starter)"), N_ ("PATH")),
    TEXT ("prompt", prompt, N_ ("what to paint"), N_ ("TEXT")),
    TEXT ("negative", negative, N_ ("what to keep away from"), N_ ("TEXT")),
    TEXT ("prompt-2", prompt_2, N_ ("another prompt for the second encoder and the refiner"), N_ ("TEXT")),
    TEXT ("negative-2", negative_2, N_ ("another negative prompt for them"), N_ ("TEXT")),
    { "style", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->style, N_ ("a prompt template by its name; more than once"),
      N_ ("NAME") },
    TEXT ("styles", styles, N_ ("where templates are (styles.csv in Limn's data folder)"), "FILE.csv"),
    TEXT ("size", size, N_ ("pixels (the model's own)"), "WxH"),
    TEXT ("seed", seed, N_ ("seed of the noise; -1: a new one (a new one)"), "S"),
    TEXT ("sampler", sampler, N_ ("how steps are taken (euler)"), N_ ("NAME")),
    TEXT ("schedule", schedule, N_ ("how noise is spread over them (model)"), N_ ("NAME")),
    TEXT ("original-size", original, N_ ("hint: size of the photo this was taken from"), "WxH"),
    TEXT ("crop", crop, N_ ("hint: where it was cut out, left and top"), "X,Y"),
    TEXT ("target-size", target, N_ ("hint: the size it was cut to"), "WxH"),
    TEXT ("negative-original-size", negative_original, N_ ("the same for the negative prompt"), "WxH"),
    TEXT ("negative-crop", negative_crop, N_ ("the same for the negative prompt"), "X,Y"),
    TEXT ("negative-target-size", negative_target, N_ ("the same for the negative prompt"), "WxH"),
    TEXT ("refiner", refiner, N_ ("a refiner model for the last steps"), N_ ("PATH")),
    TEXT ("upscaler", upscaler, N_ ("an upscaler's file, which enlarges the picture in the end"), N_ ("PATH")),
    TEXT ("hires-upscaler", hires_upscaler, N_ ("an upscaler's file, which enlarges for the second pass"), N_ ("PATH")),
    TEXT ("image", image, N_ ("picture to start from, or a folder of which each is painted over"), N_ ("PATH")),
    TEXT ("mask", mask, N_ ("what of it is painted anew: white, or what is not transparent"), N_ ("FILE")),
    { "mask-from-alpha", 0, 0, G_OPTION_ARG_NONE, &options->mask_from_alpha,
      N_ ("paint anew where the picture to start from is transparent"), NULL },
    TEXT ("noise", noise, N_ ("noise to start from instead of the seed's"), "FILE.safetensors"),
    TEXT ("save-latents", save_latents, N_ ("where to write the finished latents"), "FILE.safetensors"),
    TEXT ("device", device, N_ ("number from \"limn-cli devices\" (the best)"), "N"),
    TEXT ("output", output, N_ ("the picture, by its ending PNG, JPEG, WebP, AVIF or JPEG XL; a folder if --image is"),
          N_ ("PATH")),
    TEXT ("count", count, N_ ("pictures, with the seeds after the first one's: FILE-1.png ... (1)"), "N"),
    TEXT ("batch-size", batch_size, N_ ("how many of them are painted a step, 0: as many as fit (1)"), "N"),
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options->dry_run, N_ ("only say what memory and time it would take"), NULL },
  };
  g_autoptr (GArray) all = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));

  *options = (Options){ 0 };
  g_array_append_vals (all, entries, G_N_ELEMENTS (entries));
  limn_cli_add_parts (all, options->parts);
  limn_cli_add_loras (all, &options->loras);
  limn_cli_add_controls (all, &options->controls);
  limn_cli_add_regions (all, &options->regions);
  limn_cli_add_pictures (all, &options->pictures);
  add_fields (all, options);
  int status =
      limn_cli_parse (argc, argv, (const GOptionEntry *) all->data, NULL, _ ("Paints a picture from a prompt."), NULL);
  if (status != 0)
    return status;
  if (options->prompt == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--prompt is missing"));
  if (options->output == NULL && !options->dry_run)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--output is missing"));
  if (options->mask != NULL && options->mask_from_alpha)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--mask and --mask-from-alpha cannot be used together"));
  return limn_cli_apply_styles (options->styles, options->style, &options->prompt, &options->negative);
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
read_choice (const LimnField *field, const char *text, LimnFields *fields)
{
  g_autofree char *known = g_strjoinv (", ", (char **) field->names);

  for (int i = 0; field->names[i] != NULL; i++)
    if (strcmp (text, field->names[i]) == 0) {
      limn_field_set (field, fields, i);
      return 0;
    }
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), field->name, known, text);
}

static int
read_name (const LimnField *field, const char *text, LimnFields *fields)
{
  const LimnChoice *choice = limn_field_choice (field, text);
  g_autofree char *known = limn_choice_list (field->table);

  if (choice == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), field->name, known, text);
  *limn_field_text (field, fields) = choice->name;
  if (strcmp (field->name, "like") == 0)
    limn_like_choose (fields);
  return 0;
}

static int
read_one_seed (const LimnField *field, const char *text, LimnFields *fields)
{
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, limn_field_seed (field, fields), NULL))
    return 0;
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s is a whole number from 0 to 18446744073709551615, not \"%s\""),
                        field->name, text);
}

/* Noise levels bring the schedule and the number of steps along. */
static int
read_list (const LimnField *field, const char *text, LimnFields *fields)
{
  g_autoptr (GError) error = NULL;

  if (!field->check (text, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s: %s"), field->name, error->message);
  limn_sigmas_choose (fields, text);
  return 0;
}

static int
read_number (const LimnField *field, const char *text, LimnFields *fields)
{
  double number;
  int status =
      limn_cli_read_number (field->name, text, field->kind == LIMN_FIELD_INT, field->least, field->most, &number);

  if (status == 0)
    limn_field_set (field, fields, number);
  return status;
}

static int (*const readers[]) (const LimnField *field, const char *text, LimnFields *fields) = {
  [LIMN_FIELD_INT] = read_number,    [LIMN_FIELD_DOUBLE] = read_number, [LIMN_FIELD_SEED] = read_one_seed,
  [LIMN_FIELD_CHOICE] = read_choice, [LIMN_FIELD_NAME] = read_name,     [LIMN_FIELD_TEXT] = read_list,
};

/* In the order of the rows: what goes with a choice is set first, and can be said anew. */
static int
read_fields (const Options *options, LimnFields *fields)
{
  guint n;
  const LimnField *rows = limn_fields (&n);
  int status = 0;

  for (guint i = 0; status == 0 && i < n; i++)
    if (options->fields[i] != NULL)
      status = readers[rows[i].kind](&rows[i], options->fields[i], fields);
  return status;
}

static int
read_seed (const char *text, guint64 *seed)
{
  *seed = g_random_int ();
  if (text == NULL || strcmp (text, "-1") == 0 || g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, NULL))
    return 0;
  return limn_cli_fail (LIMN_EXIT_USAGE,
                        _ ("--seed is a whole number from 0 to 18446744073709551615, or -1 for a new one, not \"%s\""),
                        text);
}

/* Everything but the models and files. */
static int
read_options (Options *options, Inputs *inputs)
{
  LimnRequest *request = &inputs->request;
  g_autoptr (GError) error = NULL;
  double device = -1, count = 1, together = 1;
  int status;

  request->prompt = options->prompt;
  request->negative = options->negative;
  request->prompt_2 = options->prompt_2;
  request->negative_2 = options->negative_2;
  if ((status = limn_cli_take_regions (&options->regions, request)) != 0
      || (status = read_pair ("size", options->size, 'x', &request->width, &request->height)) != 0
      || (status = read_hints (options, request)) != 0 || (status = read_fields (options, &request->fields)) != 0
      || (status = limn_cli_read_number ("device", options->device, TRUE, 0, 255, &device)) != 0
      || (status = limn_cli_read_number ("count", options->count, TRUE, 1, 999, &count)) != 0
      || (status = limn_cli_read_number ("batch-size", options->batch_size, TRUE, 0, LIMN_MOST_TOGETHER, &together))
             != 0
      || (status = read_seed (options->seed, &request->seed)) != 0)
    return status;
  inputs->device = (int) device;
  inputs->count = (int) count;
  inputs->together = (int) together;
  if (inputs->count > 1 && (options->noise != NULL || options->save_latents != NULL))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--noise and --save-latents are of one picture, --count of several"));
  if ((options->sampler != NULL
       && !limn_sampling_from_text (options->sampler, &request->sampler, &request->schedule, &error))
      || (options->schedule != NULL
          && !limn_schedule_from_text (options->schedule, request->sampler, &request->schedule, &error)))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  return limn_cli_choose_words (request, inputs->words, &error) ? 0 : limn_cli_fail_error (error);
}

static const char *
first_image (const Options *options, const Inputs *inputs)
{
  return inputs->images != NULL ? inputs->images->pdata[0] : options->image;
}

static int
open_mask (const Options *options, Inputs *inputs)
{
  g_autoptr (GError) error = NULL;

  if (options->mask == NULL && !options->mask_from_alpha)
    return 0;
  if (inputs->photo == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--mask needs the --image whose pixels it keeps"));
  inputs->mask =
      limn_cli_choose_mask (options->mask, first_image (options, inputs), inputs->photo, &inputs->request, &error);
  return inputs->mask != NULL ? 0 : limn_cli_fail_error (error);
}

/* Before minutes of work rather than after.  shape: of the latents, zeros: not known yet. */
static int
check_outputs (Options *options, const Inputs *inputs_of, LimnLatentShape shape, int count)
{
  const guint64 pixels = (guint64) shape.width * shape.factor * shape.height * shape.factor;
  static const char *const latents[] = { ".safetensors", ".sft", NULL };
  g_autofree char *starter = options->model == NULL ? limn_starter_path () : NULL;
  const char *const given[] = {
    options->model,
    starter,
    options->parts[LIMN_PART_UNET],
    options->parts[LIMN_PART_VAE],
    options->parts[LIMN_PART_TEXT_ENCODER],
    options->parts[LIMN_PART_TEXT_ENCODER_2],
    options->refiner,
    options->upscaler,
    options->hires_upscaler,
    options->image,
    options->mask,
    options->noise,
  };
  const GPtrArray *followed = options->controls.paths;
  g_autofree const char **inputs = g_new0 (const char *, G_N_ELEMENTS (given) + (followed ? followed->len : 0) + 1);
  guint n = 0;
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i] != NULL)
      inputs[n++] = given[i];
  for (guint i = 0; followed != NULL && i < followed->len; i++)
    inputs[n++] = followed->pdata[i];
  if ((inputs_of->images == NULL
       && (status = limn_cli_check_picture (&options->pictures, options->output,
                                            pixels > 0 ? &inputs_of->request : NULL, 3 * pixels))
              != 0)
      || (status =
              limn_cli_check_output ("save-latents", options->save_latents, latents, shape.values * sizeof (float)))
             != 0)
    return status;
  for (int i = 1; options->output != NULL && inputs_of->images == NULL && i <= count; i++) {
    g_autofree char *output = limn_cli_nth_output (options->output, count, i);

    if ((status = limn_cli_check_apart ("output", output, inputs)) != 0)
      return status;
  }
  return limn_cli_check_apart ("save-latents", options->save_latents, inputs);
}

/* Of the folder that --image is, where it is one: nothing of it is written over. */
static int
list_images (const Options *options, Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = options->image != NULL ? g_canonicalize_filename (options->image, NULL) : NULL;
  const char *output = options->output;
  int status;

  if (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return 0;
  if (options->noise != NULL || options->save_latents != NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--noise and --save-latents are of one picture, --image of several"));
  if (output != NULL && g_file_test (output, G_FILE_TEST_EXISTS) && !g_file_test (output, G_FILE_TEST_IS_DIR))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--output is a folder where --image is one, and %s is a file"), output);
  if ((status = limn_cli_check_apart ("output", output, (const char *const[]){ folder, NULL })) != 0)
    return status;
  inputs->images = limn_photo_list (folder, &error);
  return inputs->images != NULL ? 0 : limn_cli_fail_error (error);
}

/* The first that can be opened stands for the others, until it is their turn. */
static gboolean
open_photo (const Options *options, Inputs *inputs, GError **error)
{
  guint n = inputs->images != NULL ? inputs->images->len : 0;

  if (options->image == NULL)
    return TRUE;
  for (guint i = 0; i + 1 < n && inputs->photo == NULL; i++)
    inputs->photo = limn_photo_load (inputs->images->pdata[i], NULL, NULL);
  if (inputs->photo == NULL)
    inputs->photo = limn_cli_load_photo (n > 0 ? inputs->images->pdata[n - 1] : options->image, error);
  return inputs->photo != NULL;
}

static int
open_inputs (Options *options, Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  LimnRequest *request = &inputs->request;
  LimnLatentShape shape = { 0 };
  int status;

  if ((status = list_images (options, inputs)) != 0 || (status = check_outputs (options, inputs, shape, 1)) != 0)
    return status;
  if ((inputs->model = limn_cli_open_model (options->model, options->parts, &error)) == NULL
      || (options->refiner != NULL && (inputs->refiner = limn_model_open (options->refiner, &error)) == NULL)
      || (options->upscaler != NULL
          && (inputs->upscaler = limn_model_open_upscaler (options->upscaler, &error)) == NULL)
      || (options->hires_upscaler != NULL
          && (inputs->hires_upscaler = limn_model_open_upscaler (options->hires_upscaler, &error)) == NULL)
      || !open_photo (options, inputs, &error))
    return limn_cli_fail_error (error);
  limn_request_init (request, inputs->model);
  inputs->width = request->width;
  inputs->height = request->height;
  if (inputs->photo != NULL)
    limn_size_fit (inputs->photo->width, inputs->photo->height, &request->width, &request->height);
  if ((status = read_options (options, inputs)) != 0)
    return status;
  gsize words = strlen (request->prompt);
  if ((status = limn_cli_take_loras (&options->loras, request)) != 0)
    return status;
  inputs->suffix = request->prompt + words;
  request->refiner = inputs->refiner;
  request->upscaler = inputs->upscaler;
  request->hires_upscaler = inputs->hires_upscaler;
  if (inputs->hires_upscaler != NULL)
    request->hires_method = "upscaler";
  request->image = inputs->photo != NULL ? inputs->photo->image : NULL;
  if ((status = limn_cli_take_controls (&options->controls, request)) != 0
      || (status = open_mask (options, inputs)) != 0)
    return status;
  request->mask = inputs->mask;
  if (!limn_request_check (request, &error))
    return limn_cli_fail_error (error);
  shape = limn_model_latent_shape (inputs->model, request->width, request->height);
  if (options->noise != NULL && (inputs->noise = limn_noise_load (options->noise, &shape, &error)) == NULL)
    return limn_cli_fail_error (error);
  request->noise = inputs->noise;
  return check_outputs (options, inputs, shape, inputs->count);
}

static LimnResult *
paint_cb (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error)
{
  Inputs *inputs = (Inputs *) data; /* paint ()'s */

  limn_cli_say_device (engine);
  return limn_cli_paint_found (inputs->regions, engine, &inputs->request, monitor, error);
}

static int
save (const Options *options, const LimnRequest *request, const LimnResult *result)
{
  g_autoptr (GError) error = NULL;
  double seconds = 0;
  int status = 0;

  limn_cli_print_notes (result);
  gboolean saved = limn_cli_save_picture (result, request, NULL, options->output, &options->pictures, &error);
  if (!saved)
    status = limn_cli_fail_error (error);
  g_clear_error (&error);
  if (options->save_latents != NULL && !limn_latents_save (result, options->save_latents, &error))
    status = limn_cli_fail_error (error);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    if (result->seconds[stage] > 0) {
      g_printerr ("%s %.2f s, ", limn_stage_name (stage), result->seconds[stage]);
      seconds += result->seconds[stage];
    }
  g_printerr (_ ("together %.2f s\n"), seconds);
  if (saved)
    g_print ("%s: %d x %d, seed %" G_GUINT64_FORMAT "\n", options->output, result->image->width, result->image->height,
             request->seed);
  return status;
}

static int
estimate (const Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnEngine) engine = limn_engine_new (inputs->device, &error);

  if (engine == NULL)
    return limn_cli_fail_error (error);
  limn_cli_load_speeds (engine);

  int all = inputs->count * (inputs->images != NULL ? (int) inputs->images->len : 1);
  int together = inputs->together > 0 ? MIN (inputs->together, all) : all;
  g_autoptr (LimnEstimate) estimate = limn_engine_estimate_several (engine, &inputs->request, &together, &error);
  if (estimate == NULL)
    return limn_cli_fail_error (error);
  if (together > 1)
    g_print (_ ("%d pictures a step; the time is that of each:\n"), together);
  limn_cli_print_estimate (estimate);
  return estimate->fits ? 0 : LIMN_EXIT_ERROR;
}

static int
paint_several (const Options *options, const Inputs *inputs)
{
  const LimnCliSeveral how = {
    .request = &inputs->request,
    .texts = { options->prompt, options->negative, options->prompt_2, options->negative_2, options->regions.text,
               options->regions.details },
    .suffix = inputs->suffix,
    .count = inputs->count,
    .together = inputs->together,
    .output = options->output,
    .pictures = &options->pictures,
    .images = inputs->images,
    .width = options->size == NULL ? inputs->width : 0,
    .height = inputs->height,
    .mask = options->mask,
    .mask_from_alpha = options->mask_from_alpha,
  };

  if (options->regions.detector != NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--detector is for one picture at a time"));
  return limn_cli_paint_several (inputs->device, &how);
}

static int
paint (Options *options, Inputs *inputs)
{
  g_autoptr (GError) error = NULL;
  inputs->regions = &options->regions;
  g_autoptr (LimnResult) result = limn_cli_work (inputs->device, paint_cb, inputs, &error);

  return result != NULL ? save (options, &inputs->request, result) : limn_cli_fail_error (error);
}

int
limn_cli_generate (int argc, char **argv)
{
  Options options;
  Inputs inputs = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0 && (status = open_inputs (&options, &inputs)) == 0)
    status = options.dry_run                             ? estimate (&inputs)
             : inputs.count > 1 || inputs.images != NULL ? paint_several (&options, &inputs)
                                                         : paint (&options, &inputs);
  inputs_clear (&inputs);
  options_clear (&options);
  return status;
}
