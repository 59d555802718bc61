/* upscaler-file.c - an upscaler's file, by whatever names it has.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/network-file.h"
#include "model/upscaler.h"

#define MOST_CHANNELS 1024
#define MOST_BLOCKS 256
#define MOST_STAGES 4
#define MOST_SCALE 16

struct _LimnUpscalerFile {
  LimnNetworkFile file;
  const char *prefix;
  const struct Layout *layout;
  LimnUpscalerConfig config;
};

/* How files call what is named here as in BasicSR.  (transfer full) */
typedef char *(*NameFunc) (const LimnUpscalerConfig *config, const char *name);

typedef struct Layout {
  LimnUpscalerKind kind;
  NameFunc name;
  const char *first; /* by which it is told from the others */
} Layout;

static char *
name_basicsr (const LimnUpscalerConfig *config, const char *name)
{
  return g_strdup (name);
}

/* ESRGAN as it was published: modules of one sequence, by number, among them those without weights. */
static char *
name_sequence (const LimnUpscalerConfig *config, const char *name)
{
  int block, dense, conv, stage, end = 0, last = 3 * config->stages;

  if (sscanf (name, "body.%d.rdb%d.conv%d%n", &block, &dense, &conv, &end) == 3)
    return g_strdup_printf ("model.1.sub.%d.RDB%d.conv%d.0%s", block, dense, conv, name + end);
  if (sscanf (name, "conv_up%d%n", &stage, &end) == 1)
    return g_strdup_printf ("model.%d%s", 3 * stage, name + end);

  const char *rest = strchr (name, '.');
  if (g_str_has_prefix (name, "conv_body."))
    return g_strdup_printf ("model.1.sub.%d%s", config->blocks, rest);
  return g_strdup_printf ("model.%d%s",
                          g_str_has_prefix (name, "conv_hr.")     ? last + 2
                          : g_str_has_prefix (name, "conv_last.") ? last + 4
                                                                  : 0,
                          rest);
}

/* The same as it was published next. */
static char *
name_trunk (const LimnUpscalerConfig *config, const char *name)
{
  int block, dense, stage, end = 0;

  if (sscanf (name, "body.%d.rdb%d%n", &block, &dense, &end) == 2)
    return g_strdup_printf ("RRDB_trunk.%d.RDB%d%s", block, dense, name + end);
  if (sscanf (name, "conv_up%d%n", &stage, &end) == 1)
    return g_strdup_printf ("upconv%d%s", stage, name + end);
  if (g_str_has_prefix (name, "conv_body."))
    return g_strconcat ("trunk_", "conv", strchr (name, '.'), NULL);
  if (g_str_has_prefix (name, "conv_hr."))
    return g_strconcat ("HRconv", strchr (name, '.'), NULL);
  return g_strdup (name);
}

static const Layout layouts[] = {
  { LIMN_UPSCALER_RRDB, name_basicsr, "body.0.rdb1.conv1.weight" },
  { LIMN_UPSCALER_RRDB, name_sequence, "model.1.sub.0.RDB1.conv1.0.weight" },
  { LIMN_UPSCALER_RRDB, name_trunk, "RRDB_trunk.0.RDB1.conv1.weight" },
  { LIMN_UPSCALER_COMPACT, name_basicsr, "body.1.weight" },
};

static const char *const prefixes[] = { "", "params_ema.", "params.", "module." };

static const LimnTensor *
find_stored (const LimnUpscalerFile *file, const char *stored)
{
  g_autofree char *full = g_strconcat (file->prefix, stored, NULL);

  return limn_tensors_find (file->file.tensors, full);
}

static char *
stored_name (gconstpointer data, const char *name)
{
  const LimnUpscalerFile *file = data;
  g_autofree char *own = file->layout->name (&file->config, name);

  return g_strconcat (file->prefix, own, NULL);
}

static gboolean
has_layout (LimnUpscalerFile *file)
{
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (layouts); j++) {
      file->prefix = prefixes[i];
      file->layout = &layouts[j];
      file->config.kind = layouts[j].kind;
      if (find_stored (file, layouts[j].first) != NULL)
        return TRUE;
    }
  return FALSE;
}

gboolean
limn_upscaler_file_is (LimnTensors *file)
{
  LimnUpscalerFile look = { .file = { .tensors = file } };

  return has_layout (&look);
}

static gboolean
find_layout (LimnUpscalerFile *file, GError **error)
{
  if (has_layout (file))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is no upscaler that Limn knows: it has the tensors neither of ESRGAN (%s or %s) nor of "
                  "Real-ESRGAN’s compact network (%s)"),
               limn_tensors_path (file->file.tensors), layouts[0].first, layouts[1].first, layouts[3].first);
  return FALSE;
}

/* How many tensors there are of names with a number, from the first. */
static int
count (const LimnUpscalerFile *file, const char *format, int first, int step, int most)
{
  int n = 0;

  for (; n < most; n++) {
    g_autofree char *number = g_strdup_printf ("%d", first + n * step);
    g_auto (GStrv) parts = g_strsplit (format, "#", 2);
    g_autofree char *name = g_strconcat (parts[0], number, parts[1], NULL);

    if (limn_network_file_find (&file->file, name) == NULL)
      break;
  }
  return n;
}

/* Of a sequence, its number of doublings follows from that of its last module. */
static int
count_stages (const LimnUpscalerFile *file)
{
  if (file->layout->name != name_sequence)
    return count (file, "conv_up#.weight", 1, 1, MOST_STAGES + 1);
  for (int stages = MOST_STAGES; stages >= 0; stages--) {
    g_autofree char *last = g_strdup_printf ("model.%d.weight", 3 * stages + 4);

    if (find_stored (file, last) != NULL)
      return stages;
  }
  return 0;
}

/* The size of a tensor along an axis, or 0. */
static int
size (const LimnUpscalerFile *file, const char *name, int axis)
{
  const LimnTensor *tensor = limn_network_file_find (&file->file, name);

  return tensor != NULL && tensor->rank > axis && tensor->shape[axis] <= 3 * MOST_SCALE * MOST_SCALE + MOST_CHANNELS
             ? (int) tensor->shape[axis]
             : 0;
}

/* side, of 3 side * side channels; 0: they are not so many. */
static int
side_of (int channels)
{
  for (int side = 1; side <= MOST_SCALE; side++)
    if (channels == 3 * side * side)
      return side;
  return 0;
}

static void
read_rrdb (LimnUpscalerFile *file, LimnUpscalerConfig *config)
{
  config->features = size (file, "conv_first.weight", 0);
  config->growth = size (file, "body.0.rdb1.conv1.weight", 0);
  config->blocks = count (file, "body.#.rdb1.conv1.weight", 0, 1, MOST_BLOCKS + 1);
  config->stages = count_stages (file);
  config->unshuffle = side_of (size (file, "conv_first.weight", 1));
  if (config->unshuffle > 0)
    config->scale = (1 << config->stages) / config->unshuffle;
}

static void
read_compact (LimnUpscalerFile *file, LimnUpscalerConfig *config)
{
  int convolutions = count (file, "body.#.weight", 0, 2, MOST_BLOCKS + 3);
  g_autofree char *last = g_strdup_printf ("body.%d.weight", 2 * (convolutions - 1));

  config->features = size (file, "body.0.weight", 0);
  config->blocks = convolutions - 2;
  config->unshuffle = 1;
  config->scale = side_of (size (file, last, 0));
}

static gboolean
read_config (LimnUpscalerFile *file, GError **error)
{
  LimnUpscalerConfig *config = &file->config;

  if (config->kind == LIMN_UPSCALER_RRDB)
    read_rrdb (file, config);
  else
    read_compact (file, config);
  if (config->features >= 8 && config->features % 8 == 0 && config->features <= MOST_CHANNELS && config->growth % 8 == 0
      && config->growth <= MOST_CHANNELS && config->growth >= (config->kind == LIMN_UPSCALER_RRDB ? 8 : 0)
      && config->blocks >= 0 && config->blocks <= MOST_BLOCKS && config->stages <= MOST_STAGES && config->unshuffle >= 1
      && config->unshuffle <= 4 && config->unshuffle != 3 && config->scale >= 1)
    return TRUE;
  /* translators: features and growth are numbers of channels */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is an upscaler of a kind that Limn does not know: it has %d features, a growth of %d, %d blocks "
                  "and enlarges by %d; expected are colour pictures, channels by eights and whole scales"),
               limn_tensors_path (file->file.tensors), config->features, config->growth, config->blocks, config->scale);
  return FALSE;
}

/* Every tensor that the network declares. */
static gboolean
check_tensors (const LimnUpscalerFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnUpscalerPass pass;

  for (int i = 0; i < limn_upscaler_passes (&file->config, 1, 1, i, &pass); i++) {
    LimnUpscalerPlan written;

    limn_upscaler_write (net, &file->config, &pass, 1, 1, &written);
    limn_plan_free (written.plan);
  }
  return limn_network_file_check (&file->file, net,
                                  _ ("%s is no upscaler of this kind: tensor %s has shape %s; expected %s"), error);
}

LimnUpscalerFile *
limn_upscaler_file_open (const char *path, GError **error)
{
  g_autoptr (LimnUpscalerFile) file = g_new0 (LimnUpscalerFile, 1);

  file->file = (LimnNetworkFile){ limn_tensors_open (path, error), stored_name, file };
  if (file->file.tensors == NULL || !find_layout (file, error) || !read_config (file, error)
      || !check_tensors (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

void
limn_upscaler_file_free (LimnUpscalerFile *file)
{
  if (file == NULL)
    return;
  limn_tensors_unref (file->file.tensors);
  g_free (file);
}

const LimnUpscalerConfig *
limn_upscaler_file_config (LimnUpscalerFile *file)
{
  return &file->config;
}

LimnTensorSource
limn_upscaler_file_source (LimnUpscalerFile *file)
{
  return limn_network_file_source (&file->file);
}
