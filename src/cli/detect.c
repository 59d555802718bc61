/* detect.c - limn-cli detect: where a picture has faces, hands or whatever else a detector knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/details.h"
#include "base/i18n.h"
#include "engine/detect.h"

#define MOST LIMN_MOST_DETAILS

/* As given, the command line's bytes; NULL where absent. */
typedef struct {
  char *model, *confidence, *most, *device;
  char *input; /* borrowed */
} Options;

typedef struct {
  const Options *options;
  LimnPhoto *photo;
  LimnDetectionRule rule;
  GArray *found; /* NULL: not yet */
} Search;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->confidence);
  g_free (options->most);
  g_free (options->device);
}

static void
search_clear (Search *search)
{
  limn_photo_free (search->photo);
  g_clear_pointer (&search->found, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static int
parse (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model, N_ ("a detector: YOLOv8 as .safetensors"), N_ ("PATH") },
    { "confidence", 0, 0, G_OPTION_ARG_FILENAME, &options->confidence, N_ ("how sure it is at the least (0.3)"), "N" },
    { "most", 0, 0, G_OPTION_ARG_FILENAME, &options->most, N_ ("so many boxes at the most (64)"), "N" },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &options->device, N_ ("number from \"limn-cli devices\" (the best)"),
      "N" },
    { NULL },
  };
  int status = limn_cli_parse (
      argc, argv, entries, N_ ("PICTURE"),
      _ ("Finds faces, hands or what else a detector knows in a picture.  A line for each, the surest first: a box as\n"
         "\"limn-cli generate --detail\" takes it, how sure the detector is, and the number of what it is."),
      &options->input);

  if (status != 0)
    return status;
  return options->model != NULL ? 0 : limn_cli_fail (LIMN_EXIT_USAGE, _ ("--model is missing"));
}

static LimnResult *
find_cb (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error)
{
  Search *search = (Search *) data;

  search->found =
      limn_engine_detect (engine, search->options->model, search->photo->image, &search->rule, monitor, error);
  return search->found != NULL ? g_new0 (LimnResult, 1) : NULL;
}

static int
find (const Options *options)
{
  g_auto (Search) search = { .options = options, .rule = { .overlap = LIMN_DETECTION_OVERLAP } };
  double confidence = LIMN_DETECT_CONFIDENCE, most = MOST, device = -1;
  g_autoptr (GError) error = NULL;
  int status;

  if ((status = limn_cli_read_number ("confidence", options->confidence, FALSE, 0, 1, &confidence)) != 0
      || (status = limn_cli_read_number ("most", options->most, TRUE, 1, MOST, &most)) != 0
      || (status = limn_cli_read_number ("device", options->device, TRUE, 0, 255, &device)) != 0)
    return status;
  search.rule.confidence = confidence;
  search.rule.most = (int) most;
  search.photo = limn_cli_load_photo (options->input, &error);
  if (search.photo == NULL)
    return limn_cli_fail_error (error);
  g_autoptr (LimnResult) result = limn_cli_work ((int) device, find_cb, &search, &error);
  if (result == NULL)
    return limn_cli_fail_error (error);
  for (guint i = 0; i < search.found->len; i++) {
    const LimnDetection *box = &g_array_index (search.found, LimnDetection, i);
    g_autofree char *place = limn_detection_to_text (box, search.photo->image->width, search.photo->image->height);

    g_print ("%s\t%.3f\t%d\n", place, box->confidence, box->kind);
  }
  return 0;
}

int
limn_cli_detect (int argc, char **argv)
{
  Options options = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0)
    status = find (&options);
  options_clear (&options);
  return status;
}
