/* upscaler-run.c - an upscaler on a device, tile by tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/upscaler.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

struct _LimnUpscaler {
  LimnGpu *gpu;
  LimnNet *net;
  LimnUpscalerConfig config;
};

/* A picture on its way through the passes. */
typedef struct {
  LimnUpscaler *upscaler;
  const float *planes;
  int width, height;  /* of the picture, in pixels */
  int columns, rows;  /* the same in cells */
  guint8 *now, *next; /* [rows * columns, features] in the store: what the last pass left, what this one leaves */
  LimnUpscalerPass pass;
  LimnUpscalerPlan written;
  LimnUpscalerPut put;
  gpointer data;
} Run;

/* The share of the work that is done, and of the piece that is being done. */
typedef struct {
  const LimnTick *outer;
  double done, piece;
} Progress;

static gboolean
tick_cb (double fraction, gpointer data)
{
  const Progress *progress = data;

  return limn_tick (progress->outer, progress->done + progress->piece * fraction, NULL);
}

/* ---- Its life ---- */

static gboolean
place_features (LimnUpscaler *upscaler, const LimnUpscalerPlan *written, LimnBuffer **features, GError **error)
{
  guint64 bytes = limn_array_bytes (written->features);

  g_clear_pointer (features, limn_buffer_free);
  *features = limn_buffer_new (upscaler->gpu, LIMN_BUFFER_DEVICE, bytes, error);
  if (*features == NULL)
    return FALSE;
  limn_plan_place (written->plan, written->features, (LimnSlice){ *features, 0, bytes });
  return TRUE;
}

/* Every pass at the size of a cell, for the sake of the weights that it has. */
static gboolean
load (LimnUpscaler *upscaler, LimnUpscalerFile *file, const LimnTick *tick, GError **error)
{
  const LimnTensorSource source = limn_upscaler_file_source (file);
  g_autoptr (LimnBuffer) features = NULL;
  g_autoptr (GPtrArray) plans = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_plan_free);
  LimnUpscalerPass pass;

  for (int i = 0; i < limn_upscaler_passes (&upscaler->config, 1, 1, i, &pass); i++) {
    LimnUpscalerPlan written;

    limn_upscaler_write (upscaler->net, &upscaler->config, &pass, 1, 1, &written);
    g_ptr_array_add (plans, written.plan);
    if (written.features.id != 0 && !place_features (upscaler, &written, &features, error))
      return FALSE;
  }
  for (guint i = 0; i < plans->len; i++)
    if (!limn_net_finish (upscaler->net, plans->pdata[i], upscaler->gpu, &source, tick, error))
      return FALSE;
  return TRUE;
}

LimnUpscaler *
limn_upscaler_new (LimnGpu *gpu, LimnUpscalerFile *file, LimnPrecision precision, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnUpscaler) upscaler = g_new0 (LimnUpscaler, 1);

  upscaler->gpu = gpu;
  upscaler->config = *limn_upscaler_file_config (file);
  upscaler->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  return load (upscaler, file, tick, error) ? g_steal_pointer (&upscaler) : NULL;
}

void
limn_upscaler_free (LimnUpscaler *upscaler)
{
  if (upscaler == NULL)
    return;
  limn_net_free (upscaler->net);
  g_free (upscaler);
}

void
limn_upscaler_set_tile (LimnUpscaler *upscaler, int cells)
{
  upscaler->config.tile = cells;
}

/* ---- Into a tile ---- */

/* A pixel beside the picture is the one that lies as far on its other side. */
static int
reflect (int at, int length)
{
  return at < length ? at : MAX (2 * (length - 1) - at, 0);
}

/* A tile's cells: their pixels one after the other, as torch.pixel_unshuffle () has them. */
static void
write_picture (Run *run, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across)
{
  const LimnArray picture = run->written.picture;
  int side = run->upscaler->config.unshuffle;
  gsize plane = (gsize) run->width * run->height, channels = 3 * side * side;
  g_autofree float *cells = g_new (float, limn_array_rows (picture) * channels);

  for (int i = 0; i < picture.h * picture.w; i++)
    for (gsize k = 0; k < channels; k++) {
      int y = reflect ((down->begin + i / picture.w) * side + (int) k / side % side, run->height);
      int x = reflect ((across->begin + i % picture.w) * side + (int) k % side, run->width);

      cells[i * channels + k] = run->planes[k / (side * side) * plane + (gsize) y * run->width + x];
    }
  limn_plan_write_rows (run->written.plan, picture, cells);
}

/* Bytes of a cell's features on the host. */
static gsize
cell_bytes (const Run *run)
{
  return (gsize) run->upscaler->config.features * (limn_net_store (run->upscaler->net) == LIMN_STORE_F16 ? 2 : 4);
}

typedef struct {
  const Run *run;
  const LimnUpscalerSpan *down, *across;
  gsize row_bytes; /* of a cell on the device, which begins with its features */
} Upload;

static void
fill_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  const Upload *upload = data;
  const Run *run = upload->run;
  gsize bytes = cell_bytes (run);
  guint64 first = offset / upload->row_bytes, width = run->written.features.w;

  for (guint64 i = 0; i < size / upload->row_bytes; i++) {
    guint64 y = upload->down->begin + (first + i) / width, x = upload->across->begin + (first + i) % width;

    memcpy (out + i * upload->row_bytes, run->now + (y * run->columns + x) * bytes, bytes);
    memset (out + i * upload->row_bytes + bytes, 0, upload->row_bytes - bytes);
  }
}

static gboolean
upload_features (Run *run, LimnBuffer *features, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across,
                 GError **error)
{
  guint64 bytes = limn_array_bytes (run->written.features);
  Upload upload = { run, down, across, bytes / limn_array_rows (run->written.features) };

  return limn_buffer_upload ((LimnSlice){ features, 0, bytes }, upload.row_bytes, fill_cb, &upload, error);
}

/* ---- Out of a tile ---- */

static void
keep_features (Run *run, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across)
{
  const LimnArray out = run->written.out;
  const guint8 *from = limn_plan_map (run->written.plan, out);
  gsize bytes = cell_bytes (run);

  for (int y = down->first; y < down->end; y++)
    memcpy (run->next + ((gsize) y * run->columns + across->first) * bytes,
            from + ((gsize) (y - down->begin) * out.w + across->first - across->begin) * bytes,
            bytes * (across->end - across->first));
}

/* The value of the result at x, y of the tile: out's own, or, of Compact, that of a channel beside the pixel itself. */
static float
value_at (const Run *run, const float *rows, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across, int c, int y,
          int x)
{
  const LimnArray out = run->written.out;
  int scale = run->upscaler->config.scale, top = down->begin + y / scale, left = across->begin + x / scale;

  if (run->upscaler->config.kind == LIMN_UPSCALER_RRDB)
    return rows[((gsize) y * out.w + x) * 3 + c];
  return rows[((gsize) (y / scale) * out.w + x / scale) * out.c + (c * scale + y % scale) * scale + x % scale]
         + run->planes[((gsize) c * run->height + top) * run->width + left];
}

static void
put_result (Run *run, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across)
{
  const LimnUpscalerConfig *config = &run->upscaler->config;
  int up = config->scale * config->unshuffle; /* pixels of the result to a cell */
  int top = down->first * up, bottom = MIN (down->end * up, run->height * config->scale);
  int left = across->first * up, right = MIN (across->end * up, run->width * config->scale);
  int h = bottom - top, w = right - left;
  g_autofree float *rows = g_new (float, limn_array_rows (run->written.out) * run->written.out.c);
  g_autofree float *planes = g_new (float, (gsize) 3 * h * w);

  limn_plan_read_rows (run->written.plan, run->written.out, rows);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++)
        planes[((gsize) c * h + y) * w + x] =
            value_at (run, rows, down, across, c, top - down->begin * up + y, left - across->begin * up + x);
  run->put (left, top, w, h, planes, run->data);
}

/* ---- All of it ---- */

static gboolean
run_tile (Run *run, LimnBuffer *features, const LimnUpscalerSpan *down, const LimnUpscalerSpan *across,
          const LimnTick *tick, GError **error)
{
  if (run->written.picture.id != 0)
    write_picture (run, down, across);
  if (features != NULL && !upload_features (run, features, down, across, error))
    return FALSE;
  if (!limn_plan_run (run->written.plan, tick, error))
    return FALSE;
  if (run->pass.ends)
    put_result (run, down, across);
  else
    keep_features (run, down, across);
  return TRUE;
}

/* progress: whose next pieces of work the tiles are, all of them share. */
static gboolean
run_tiles (Run *run, LimnBuffer *features, Progress *progress, double share, GError **error)
{
  const LimnUpscalerConfig *config = &run->upscaler->config;
  const LimnTick tick = { tick_cb, progress };
  int reach = limn_upscaler_reach (config, &run->pass);
  int height = limn_upscaler_tile (config, &run->pass, run->rows);
  int width = limn_upscaler_tile (config, &run->pass, run->columns);
  double begun = progress->done;

  for (LimnUpscalerSpan down = { 0 }; limn_upscaler_next (run->rows, height, reach, &down);)
    for (LimnUpscalerSpan across = { 0 }; limn_upscaler_next (run->columns, width, reach, &across);) {
      double rows = (double) (down.end - down.first) / run->rows;

      progress->piece = share * rows * (across.end - across.first) / run->columns;
      if (!run_tile (run, features, &down, &across, &tick, error))
        return FALSE;
      progress->done += progress->piece;
    }
  progress->done = begun + share;
  return TRUE;
}

static gboolean
run_pass (Run *run, Progress *progress, double share, GError **error)
{
  static const LimnTensorSource nothing; /* all weights are there */
  LimnUpscaler *upscaler = run->upscaler;
  int height = limn_upscaler_tile (&upscaler->config, &run->pass, run->rows);
  int width = limn_upscaler_tile (&upscaler->config, &run->pass, run->columns);
  g_autoptr (LimnBuffer) features = NULL;

  limn_upscaler_write (upscaler->net, &upscaler->config, &run->pass, height, width, &run->written);
  g_autoptr (LimnPlan) plan = run->written.plan;
  if ((run->written.features.id != 0 && !place_features (upscaler, &run->written, &features, error))
      || !limn_net_finish (upscaler->net, plan, upscaler->gpu, &nothing, progress->outer, error))
    return FALSE;
  return run_tiles (run, features, progress, share, error);
}

static gboolean
run_passes (Run *run, const LimnTick *tick, GError **error)
{
  const LimnUpscalerConfig *config = &run->upscaler->config;
  Progress progress = { .outer = tick };
  int n = limn_upscaler_passes (config, run->rows, run->columns, 0, &run->pass);

  for (int i = 0; i < n; i++) {
    limn_upscaler_passes (config, run->rows, run->columns, i, &run->pass);
    /* the end, with its many pixels, is about two blocks' work */
    double work = run->pass.ends ? 2 : run->pass.last - run->pass.first;
    guint8 *left = run->now;

    if (!run_pass (run, &progress, work / (config->blocks + 2), error))
      return FALSE;
    run->now = run->next;
    run->next = left;
  }
  return limn_tick (tick, 1, error);
}

gboolean
limn_upscaler_run (LimnUpscaler *upscaler, const float *planes, int width, int height, LimnUpscalerPut put,
                   gpointer data, const LimnTick *tick, GError **error)
{
  int side = upscaler->config.unshuffle;
  Run run = {
    .upscaler = upscaler,
    .planes = planes,
    .width = width,
    .height = height,
    .columns = (width + side - 1) / side,
    .rows = (height + side - 1) / side,
    .put = put,
    .data = data,
  };
  gboolean between = upscaler->config.kind == LIMN_UPSCALER_RRDB;
  gsize bytes = between ? (gsize) run.columns * run.rows * cell_bytes (&run) : 0;
  g_autofree guint8 *one = g_try_malloc (bytes), *other = g_try_malloc (bytes);

  run.now = one;
  run.next = other;
  if (!between || (one != NULL && other != NULL))
    return run_passes (&run, tick, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
               _ ("There is no memory for a picture of %d × %d pixels between the blocks of its upscaler"), width,
               height);
  return FALSE;
}

/* ---- Its row ---- */

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  LimnUpscalerFile *file = limn_checkpoint_upscaler (checkpoint);

  *bytes = sizeof (LimnUpscalerConfig);
  return file != NULL ? limn_upscaler_file_config (file) : NULL;
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_upscaler_survey (limits, config, precision, shape->height, shape->width);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return limn_upscaler_new (gpu, limn_checkpoint_upscaler (checkpoint), precision, tick, error);
}

/* It takes any picture. */
static gboolean
kind_reshape (gpointer network, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return TRUE;
}

const LimnNetworkKind limn_upscaler_kind = {
  .part = LIMN_PART_VAE, /* it ends where that does */
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .reshape = kind_reshape,
  .free = (GDestroyNotify) limn_upscaler_free,
};
