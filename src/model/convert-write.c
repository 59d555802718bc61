/* convert-write.c - tensor by tensor, a mebivalue at a time; see convert.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/convert-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/atomic-file.h"
#include "file/tensors-write.h"

#define CHUNK ((guint64) 1 << 20) /* values; whole blocks of any type */
#define RELEASE_BYTES (G_GUINT64_CONSTANT (256) << 20)

typedef struct {
  LimnConvert *convert;
  LimnAtomicFile *file;
  guint64 done, all;      /* bytes */
  guint64 unreleased;     /* bytes read since the mapped pages were last given back */
  float *values, *back;   /* [CHUNK] */
  guint8 *bytes;          /* of as many values */
  double squares, errors; /* of the tensor at hand */
  double all_squares, all_errors;
} Writer;

static gboolean
put (Writer *writer, const void *data, gsize size, GError **error)
{
  writer->done += size;
  return limn_atomic_file_write (writer->file, data, size, error)
         && limn_tick (writer->convert->tick, (double) writer->done / (double) writer->all, error);
}

static gboolean
pad (Writer *writer, GError **error)
{
  static const guint8 zeros[LIMN_GGUF_ALIGNMENT];
  gsize beyond = writer->done % LIMN_GGUF_ALIGNMENT;

  return !writer->convert->gguf || beyond == 0 || put (writer, zeros, LIMN_GGUF_ALIGNMENT - beyond, error);
}

/* Values first to first + n of what is stored of view, as target has them. */
static void
read_values (const LimnConvertTarget *target, const LimnTensorView *view, guint64 first, guint64 n, float *out)
{
  if (target->transposed == view->transposed)
    limn_type_to_float (view->type, view->data, first, n, out);
  for (guint64 i = 0; target->transposed != view->transposed && i < n; i++) {
    guint64 columns = target->shape[1], rows = target->shape[0];
    guint64 row = (first + i) / columns, column = (first + i) % columns;

    limn_type_to_float (view->type, view->data, column * rows + row, 1, &out[i]);
  }
  limn_tensor_view_scale_values (view, first, n, out);
}

static float
most_of (Writer *writer, const LimnConvertTarget *target, const LimnTensorView *view, guint64 count)
{
  float most = 0;

  for (guint64 first = 0; first < count; first += CHUNK) {
    guint64 n = MIN (CHUNK, count - first);

    read_values (target, view, first, n, writer->values);
    for (guint64 i = 0; i < n; i++)
      most = fmaxf (most, fabsf (writer->values[i]));
  }
  return most;
}

/* Of what is written, whose values are times scale: how far it is from values. */
static void
compare (Writer *writer, LimnType type, guint64 n, float scale)
{
  limn_type_to_float (type, writer->bytes, 0, n, writer->back);
  for (guint64 i = 0; i < n; i++) {
    double value = writer->values[i], off = (double) writer->back[i] * (double) scale - value;

    writer->squares += value * value;
    writer->errors += off * off;
  }
}

static gboolean
write_values (Writer *writer, const LimnConvertTarget *target, const LimnTensorView *view, guint64 count, float scale,
              GError **error)
{
  for (guint64 first = 0; first < count; first += CHUNK) {
    guint64 n = MIN (CHUNK, count - first), bytes = 0;

    read_values (target, view, first, n, writer->values);
    for (guint64 i = 0; i < n; i++)
      writer->back[i] = writer->values[i] / scale;
    limn_type_from_float (target->type, writer->back, n, writer->bytes);
    limn_type_bytes (target->type, n, &bytes);
    compare (writer, target->type, n, scale);
    if (!put (writer, writer->bytes, bytes, error))
      return FALSE;
  }
  if (isfinite (writer->errors))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s: tensor %s holds NaN, infinity or values beyond what %s holds"), view->file, view->stored_name,
               limn_type_name (target->type));
  return FALSE;
}

/* The largest value becomes the largest of fp8's. */
static float
scale_of (Writer *writer, const LimnConvertTarget *target, const LimnTensorView *view, guint64 count)
{
  const float largest = target->type == LIMN_TYPE_F8_E4M3 ? 448 : 57344;
  float most = target->scaled_by > 0 ? most_of (writer, target, view, count) : 0;
  float scale = most / largest;

  if (target->scaled_by == 0)
    return 1;
  scale = isnormal (scale) ? scale : 1;
  g_array_index (writer->convert->targets, LimnConvertTarget, target->scaled_by).values[0] = scale;
  return scale;
}

static gboolean
write_slice (Writer *writer, const LimnConvertTarget *target, const LimnTensorView *view, GError **error)
{
  guint64 count = 1, bytes = 0;

  for (int i = 0; i < view->rank; i++)
    count *= view->shape[i];
  limn_type_bytes (view->type, count, &bytes);
  writer->unreleased += bytes;
  writer->convert->conversion->bytes_before += bytes;
  if (view->type == target->type && view->scales == NULL && target->scaled_by == 0
      && view->transposed == target->transposed)
    return put (writer, view->data, bytes, error);
  return write_values (writer, target, view, count, scale_of (writer, target, view, count), error);
}

/* from: type of what it was.  NULL: it is no tensor of the model. */
static void
report (Writer *writer, const LimnConvertTarget *target, const char *from, guint64 bytes)
{
  LimnConversion *conversion = writer->convert->conversion;
  LimnConvertedLayer *layer;

  writer->all_squares += writer->squares;
  writer->all_errors += writer->errors;
  conversion->bytes += bytes;
  if (from == NULL)
    return;
  layer = g_new0 (LimnConvertedLayer, 1);
  layer->name = g_strdup (target->name);
  layer->shape = limn_arch_shape_text (target->rank, target->shape);
  layer->from = from;
  layer->to = limn_type_name (target->type);
  layer->values = 1;
  for (int i = 0; i < target->rank; i++)
    layer->values *= target->shape[i];
  layer->bytes = bytes;
  layer->error = writer->squares > 0 ? sqrt (writer->errors / writer->squares) : 0;
  g_ptr_array_add (conversion->layers, layer);
}

static gboolean
write_own (Writer *writer, const LimnConvertTarget *target, GError **error)
{
  guint64 bytes = 0;

  limn_type_from_float (target->type, target->values, target->shape[0], writer->bytes);
  limn_type_bytes (target->type, target->shape[0], &bytes);
  report (writer, target, NULL, bytes);
  return put (writer, writer->bytes, bytes, error);
}

static gboolean
write_target (Writer *writer, const LimnConvertTarget *target, GError **error)
{
  LimnCheckpoint *checkpoint = writer->convert->checkpoint;
  const char *from = NULL;

  if (!pad (writer, error))
    return FALSE;
  guint64 before = writer->done;
  writer->squares = writer->errors = 0;
  if (target->slices == 0)
    return write_own (writer, target, error);
  for (int i = 0; i < target->slices; i++) {
    LimnTensorView view;

    if (!limn_checkpoint_find (checkpoint, target->part, target->names[i], &view, error)
        || !write_slice (writer, target, &view, error)
        || !limn_checkpoint_check_whole (checkpoint, target->part, error))
      return FALSE;
    from = limn_type_name (view.type);
  }
  report (writer, target, from, writer->done - before);
  if (writer->unreleased >= RELEASE_BYTES) {
    limn_checkpoint_release_pages (checkpoint, target->part);
    writer->unreleased = 0;
  }
  return TRUE;
}

static const char *
type_text (LimnFamily family)
{
  return family == LIMN_FAMILY_SD15 || family == LIMN_FAMILY_SD21 ? "sd1" : "sdxl";
}

/* What stands before the tensors, and how long the file will be. */
static GByteArray *
header (const LimnConvert *convert, guint64 *all, GError **error)
{
  const char *title = convert->checkpoint->info->title;
  const char *const of_gguf[] = { "general.architecture", type_text (convert->checkpoint->family),
                                  title != NULL ? "general.name" : NULL, title, NULL };
  const char *const of_safetensors[] = { "format", "pt", title != NULL ? "modelspec.title" : NULL, title, NULL };
  guint n = convert->targets->len;
  guint64 alignment = convert->gguf ? LIMN_GGUF_ALIGNMENT : LIMN_SAFETENSORS_ALIGNMENT, bytes;
  g_autofree LimnTensorOut *outs = g_new0 (LimnTensorOut, n);
  GByteArray *head;

  for (guint i = 0; i < n; i++) {
    const LimnConvertTarget *target = &g_array_index (convert->targets, LimnConvertTarget, i);

    outs[i] = (LimnTensorOut){ .name = target->name, .type = target->type, .rank = target->rank };
    memcpy (outs[i].shape, target->shape, sizeof target->shape);
  }
  head = convert->gguf ? limn_gguf_header (convert->path, outs, n, of_gguf, convert->type, error)
                       : limn_safetensors_header (convert->path, outs, n, of_safetensors, error);
  *all = head != NULL ? head->len : 0;
  for (guint i = 0; head != NULL && i < n; i++) {
    limn_tensor_out_bytes (convert->path, &outs[i], &bytes, NULL);
    *all = (*all + alignment - 1) / alignment * alignment + bytes;
  }
  return head;
}

static gboolean
write_all (Writer *writer, const GByteArray *head, GError **error)
{
  LimnConvert *convert = writer->convert;

  if (!limn_atomic_file_check (convert->path, writer->all, error)
      || (writer->file = limn_atomic_file_new (convert->path, error)) == NULL
      || !put (writer, head->data, head->len, error))
    return FALSE;
  for (guint i = 0; i < convert->targets->len; i++)
    if (!write_target (writer, &g_array_index (convert->targets, LimnConvertTarget, i), error))
      return FALSE;
  return limn_atomic_file_commit (writer->file, error);
}

gboolean
limn_convert_write (LimnConvert *convert, GError **error)
{
  g_autofree float *values = g_new (float, CHUNK), *back = g_new (float, CHUNK);
  g_autofree guint8 *bytes = g_malloc (CHUNK * sizeof (float));
  Writer writer = { .convert = convert, .values = values, .back = back, .bytes = bytes };
  g_autoptr (GByteArray) head = header (convert, &writer.all, error);
  gboolean done = head != NULL && write_all (&writer, head, error);

  limn_atomic_file_free (writer.file);
  convert->conversion->error = writer.all_squares > 0 ? sqrt (writer.all_errors / writer.all_squares) : 0;
  return done;
}
