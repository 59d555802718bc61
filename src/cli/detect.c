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
  const LimnMonitor quiet = { .cancelled = monitor->cancelled, .data = monitor->data }; /* it is done in a moment */
  Search *search = (Search *) data;

  search->found =
      limn_engine_detect (engine, search->options->model, search->photo->image, &search->rule, &quiet, error);
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

/* ---- While painting ---- */

/* Those of request, then those that were found in a picture of that size.  (transfer full) */
static char *
join_boxes (const LimnRequest *request, GArray *found, const LimnImage *image)
{
  GString *text = g_string_new (request->details);

  for (guint i = 0; i < found->len; i++) {
    g_autofree char *box =
        limn_detection_to_text (&g_array_index (found, LimnDetection, i), image->width, image->height);

    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", box);
  }
  return g_string_free (text, FALSE);
}

/* result is the end of a run that began with first. */
static void
add_beginning (LimnResult *result, LimnResult *first)
{
  g_autoptr (GStrvBuilder) notes = g_strv_builder_new ();
  GStrv both[] = { first->notes, result->notes };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    if (both[i] != NULL)
      g_strv_builder_addv (notes, (const char **) both[i]);
  g_strfreev (result->notes);
  result->notes = g_strv_builder_end (notes);
  result->latents = g_steal_pointer (&first->latents);
  result->latent_planes = first->latent_planes;
  result->latent_width = first->latent_width;
  result->latent_height = first->latent_height;
  result->cache.asked += first->cache.asked;
  result->cache.left_out += first->cache.left_out;
  result->cache.most_changed = MAX (result->cache.most_changed, first->cache.most_changed);
  for (int stage = 0; stage < LIMN_N_STAGES; stage++)
    result->seconds[stage] += first->seconds[stage];
}

LimnResult *
limn_cli_paint_found (LimnCliRegions *regions, LimnEngine *engine, LimnRequest *request, const LimnMonitor *monitor,
                      GError **error)
{
  const LimnMonitor quiet = { .cancelled = monitor->cancelled, .data = monitor->data };
  g_autoptr (GPtrArray) given = limn_details_read (request->details, error);
  LimnRequest plain = *request;

  if (given == NULL)
    return NULL;
  const LimnDetectionRule rule = { regions->confidence, LIMN_DETECTION_OVERLAP, MOST - (int) given->len };
  if (regions->detector == NULL || rule.most <= 0)
    return limn_engine_generate (engine, request, monitor, error);
  plain.details = "0,0,1,1"; /* what no box could be painted with is said before anything is */
  if (!limn_request_check (&plain, error))
    return NULL;
  plain.details = "";
  plain.upscaler = NULL;
  g_autoptr (LimnResult) first = limn_engine_generate (engine, &plain, monitor, error);
  if (first == NULL)
    return NULL;
  g_autoptr (GArray) found = limn_engine_detect (engine, regions->detector, first->image, &rule, &quiet, error);
  if (found == NULL)
    return NULL;
  g_printerr (_ ("The detector finds: %u\n"), found->len);
  g_free (regions->all);
  request->details = regions->all = join_boxes (request, found, first->image);
  if (request->details[0] == '\0' && request->upscaler == NULL)
    return g_steal_pointer (&first);
  LimnResult *result = limn_engine_detail (engine, request, first->image, monitor, error);
  if (result != NULL)
    add_beginning (result, first);
  return result;
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
