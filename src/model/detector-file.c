/* detector-file.c - a detector's file: its sizes, and its convolutions with their norms folded in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/detector-modules.h"
#include "model/detector.h"
#include "model/network-file.h"

#define MOST_CHANNELS 2048
#define MOST_BLOCKS 64
#define EPSILON 1e-3 /* of its norms */

struct _LimnDetectorFile {
  LimnNetworkFile file;
  LimnTensorSource plain; /* of what is as the file has it */
  const char *prefix;     /* before "model." */
  LimnDetectorConfig config;
  GPtrArray *folded; /* values that were handed out */
};

/* By which a detector is told from all else, by its end; and YOLOv8 from others of its kin. */
#define TELLING ".dfl.conv.weight"
#define TELLING_HERE "model.22" TELLING
static const char *const telling[] = { TELLING_HERE, "model.2.m.0.cv1.conv.weight", "model.22.cv3.0.0.conv.weight",
                                       "model.9.cv2.conv.weight" };
static const char *const prefixes[] = { "", "model." };

/* What stands for "conv" in the name of a norm beside it: "x.conv.bias" -> "x.bn.running_mean".  (transfer full), or
 * NULL where name is of no such convolution. */
static char *
norm_name (const char *name, const char *what)
{
  const char *dot = strrchr (name, '.');

  if (dot == NULL || dot - name < 5 || strncmp (dot - 5, ".conv", 5) != 0)
    return NULL;
  return g_strdup_printf ("%.*s.bn.%s", (int) (dot - 5 - name), name, what);
}

static const LimnTensor *
find (const LimnDetectorFile *file, const char *name)
{
  g_autofree char *full = g_strconcat (file->prefix, name, NULL);

  return limn_tensors_find (file->file.tensors, full);
}

/* Of the convolution that name is a tensor of, or NULL. */
static const LimnTensor *
find_norm (const LimnDetectorFile *file, const char *name, const char *what)
{
  g_autofree char *norm = norm_name (name, what);

  return norm != NULL ? find (file, norm) : NULL;
}

static char *
stored_name (gconstpointer data, const char *name)
{
  const LimnDetectorFile *file = data;

  if (g_str_has_suffix (name, ".bias") && find_norm (file, name, "weight") != NULL)
    return NULL; /* it is made of the norm */
  return g_strconcat (file->prefix, name, NULL);
}

gboolean
limn_detector_file_is (LimnTensors *file)
{
  for (guint i = 0; i < limn_tensors_count (file); i++)
    if (g_str_has_suffix (limn_tensors_nth (file, i)->name, TELLING))
      return TRUE;
  return FALSE;
}

static gboolean
find_prefix (LimnDetectorFile *file, GError **error)
{
  const char *path = limn_tensors_path (file->file.tensors);

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    guint found = 0;

    file->prefix = prefixes[i];
    while (found < G_N_ELEMENTS (telling) && find (file, telling[found]) != NULL)
      found++;
    if (found == G_N_ELEMENTS (telling))
      return TRUE;
  }
  if (limn_detector_file_is (file->file.tensors))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is a detector of a kind that Limn does not know: of the YOLO family it has YOLOv8"), path);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is no detector that Limn knows: it lacks the tensors of YOLOv8 (%s)"), path, telling[0]);
  return FALSE;
}

/* ---- Sizes ---- */

/* Of a tensor along an axis, or 0. */
static int size (const LimnDetectorFile *file, int axis, const char *format, ...) G_GNUC_PRINTF (3, 4);

static int
size (const LimnDetectorFile *file, int axis, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *name = g_strdup_vprintf (format, args);
  va_end (args);
  const LimnTensor *tensor = find (file, name);
  return tensor != NULL && tensor->rank > axis && tensor->shape[axis] <= 4 * MOST_CHANNELS ? (int) tensor->shape[axis]
                                                                                           : 0;
}

static gboolean
is_width (int channels)
{
  return channels >= 8 && channels % 8 == 0 && channels <= MOST_CHANNELS;
}

static gboolean
read_module (LimnDetectorFile *file, int index)
{
  LimnDetectorConfig *config = &file->config;
  LimnDetectorModuleKind kind = limn_detector_module (index)->kind;

  if (kind == LIMN_MODULE_HALVE) {
    config->channels[index] = size (file, 0, "model.%d.conv.weight", index);
  } else if (kind == LIMN_MODULE_C2F || kind == LIMN_MODULE_SPPF) {
    config->channels[index] = size (file, 0, "model.%d.cv2.conv.weight", index);
    config->hidden[index] = size (file, 0, "model.%d.cv1.conv.weight", index) / (kind == LIMN_MODULE_C2F ? 2 : 1);
    while (kind == LIMN_MODULE_C2F && config->blocks[index] <= MOST_BLOCKS
           && size (file, 0, "model.%d.m.%d.cv1.conv.weight", index, config->blocks[index]) > 0)
      config->blocks[index]++;
    if (!is_width (config->hidden[index]) || config->blocks[index] > MOST_BLOCKS)
      return FALSE;
  } else {
    return TRUE;
  }
  return is_width (config->channels[index]);
}

static gboolean
read_config (LimnDetectorFile *file, GError **error)
{
  LimnDetectorConfig *config = &file->config;
  gboolean known = TRUE;

  for (int i = 0; i < LIMN_DETECTOR_MODULES; i++)
    known = read_module (file, i) && known;
  config->box_width = size (file, 0, "model.%d.cv2.0.0.conv.weight", LIMN_DETECTOR_MODULES);
  config->class_width = size (file, 0, "model.%d.cv3.0.0.conv.weight", LIMN_DETECTOR_MODULES);
  config->classes = size (file, 0, "model.%d.cv3.0.2.weight", LIMN_DETECTOR_MODULES);
  if (known && config->box_width >= 1 && config->box_width <= MOST_CHANNELS && config->class_width >= 1
      && config->class_width <= MOST_CHANNELS && config->classes >= 1 && config->classes <= MOST_CHANNELS)
    return TRUE;
  /* translators: a file, then numbers of channels and of kinds of things that it finds */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is a YOLOv8 of sizes that Limn does not know: its first layer has %d channels, its head %d and "
                  "%d for %d kinds; expected are channels by eights"),
               limn_tensors_path (file->file.tensors), config->channels[0], config->box_width, config->class_width,
               config->classes);
  return FALSE;
}

/* That a norm has a number for each of rows. */
static gboolean
check_norm (const LimnDetectorFile *file, const char *name, guint64 rows, GError **error)
{
  static const char *const parts[] = { "weight", "bias", "running_mean", "running_var" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    const LimnTensor *tensor = find_norm (file, name, parts[i]);
    g_autofree char *wanted = norm_name (name, parts[i]);

    if (tensor == NULL || tensor->count != rows || !limn_is_weight_type (tensor->type)
        || limn_type_block (tensor->type) > 1) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                   _ ("%s: tensor %s%s is missing or not one number for each of %u channels"),
                   limn_tensors_path (file->file.tensors), file->prefix, wanted, (guint) rows);
      return FALSE;
    }
  }
  return TRUE;
}

/* Every tensor that the network declares, and the norms of its convolutions. */
static gboolean
check_tensors (const LimnDetectorFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  g_autoptr (LimnArchList) list = limn_arch_list_new ();
  LimnDetectorPlan written;

  limn_detector_write (net, &file->config, 32, 32, &written);
  limn_plan_free (written.plan);
  if (!limn_network_file_check (&file->file, net, _ ("%s is no YOLOv8: tensor %s has shape %s; expected %s"), error))
    return FALSE;
  limn_arch_list_add_net (list, net);
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *want = limn_arch_list_nth (list, i);

    if (find_norm (file, want->name, "weight") != NULL && !check_norm (file, want->name, want->shape[0], error))
      return FALSE;
  }
  return TRUE;
}

/* ---- Norms folded ---- */

/* (transfer full) */
static float *
values_of (const LimnTensor *tensor)
{
  float *values = g_new (float, tensor->count);

  limn_tensor_to_float (tensor, values);
  return values;
}

/* view, of a convolution's weight, or named as its bias, becomes what the norm behind it makes of it: see Ioffe and
 * Szegedy 2015, section 3.1. */
static void
fold (LimnDetectorFile *file, const char *name, LimnTensorView *view)
{
  gboolean is_bias = g_str_has_suffix (name, ".bias");
  g_autofree float *gamma = values_of (find_norm (file, name, "weight"));
  g_autofree float *beta = values_of (find_norm (file, name, "bias"));
  g_autofree float *mean = values_of (find_norm (file, name, "running_mean"));
  g_autofree float *variance = values_of (find_norm (file, name, "running_var"));
  const LimnTensor *weight = is_bias ? NULL : find (file, name);
  guint64 rows = find_norm (file, name, "weight")->count, columns = is_bias ? 1 : weight->count / rows;
  float *values = is_bias ? g_new (float, rows) : values_of (weight);

  for (guint64 row = 0; row < rows; row++) {
    double scale = gamma[row] / sqrt (variance[row] + EPSILON);

    if (is_bias)
      values[row] = (float) (beta[row] - mean[row] * scale);
    for (guint64 i = 0; !is_bias && i < columns; i++)
      values[row * columns + i] = (float) (values[row * columns + i] * scale);
  }
  g_ptr_array_add (file->folded, values);
  view->type = LIMN_TYPE_F32;
  view->data = (const guint8 *) values;
  view->tensors = NULL;
}

static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  LimnDetectorFile *file = data;
  const LimnTensor *norm = find_norm (file, name, "weight");

  if (norm == NULL)
    return file->plain.find (file->plain.data, name, view, error);
  if (g_str_has_suffix (name, ".bias"))
    *view = (LimnTensorView){
      .rank = 1, .shape = { norm->count }, .file = limn_tensors_path (file->file.tensors), .stored_name = norm->name
    };
  else if (!file->plain.find (file->plain.data, name, view, error))
    return FALSE;
  fold (file, name, view);
  return TRUE;
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  LimnDetectorFile *file = data;

  return file->plain.check_whole (file->plain.data, error);
}

/* At most some hundred megabytes, which leave with the file. */
static void
release_pages_cb (gpointer data)
{
}

/* ---- The file ---- */

LimnDetectorFile *
limn_detector_file_open (const char *path, GError **error)
{
  g_autoptr (LimnDetectorFile) file = g_new0 (LimnDetectorFile, 1);

  file->folded = g_ptr_array_new_with_free_func (g_free);
  file->file = (LimnNetworkFile){ limn_tensors_open (path, error), stored_name, file };
  if (file->file.tensors == NULL || !find_prefix (file, error) || !read_config (file, error)
      || !check_tensors (file, error))
    return NULL;
  file->plain = limn_network_file_source (&file->file);
  return g_steal_pointer (&file);
}

void
limn_detector_file_free (LimnDetectorFile *file)
{
  if (file == NULL)
    return;
  limn_tensors_unref (file->file.tensors);
  g_ptr_array_unref (file->folded);
  g_free (file);
}

const LimnDetectorConfig *
limn_detector_file_config (LimnDetectorFile *file)
{
  return &file->config;
}

LimnTensorSource
limn_detector_file_source (LimnDetectorFile *file)
{
  return (LimnTensorSource){ find_cb, check_whole_cb, release_pages_cb, file };
}
