/* clip.c - the text encoders (Radford et al. 2021): a causal transformer over 77 tokens.
 *
 * The embedding is looked up on the CPU, straight in the mapped file: 77 rows of the 49,408.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/clip.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/net.h"
#include "model/traced.h"

#define LAYER_NORM_EPSILON 1e-5f
#define TOKENS 77

struct _LimnClip {
  LimnNet *net;
  LimnPlan *plan;
  LimnCheckpoint *checkpoint; /* net's */
  LimnPartId which;
  LimnClipConfig config;
  LimnTensorView tokens, positions;
  int batch;
  LimnArray input;  /* [batch, 77, width] */
  LimnArray hidden; /* [batch, 77, width] fp32: the state before the last layer */
  LimnArray pooled; /* [batch, 77, projection] fp32: of every token; none without a projection */
};

static LimnArray
attention (LimnNet *net, LimnArray x, int heads, LimnArray residual)
{
  static const char *const names[] = { "q_proj", "k_proj", "v_proj", NULL };
  int c = x.c;
  LimnArray packed = limn_linears (net, names, x, c, NULL);
  LimnArray y = limn_kernel_attention (limn_net_plan (net), &(LimnAttentionArgs){
                                                                .q = limn_array_channels (packed, 0, c),
                                                                .k = limn_array_channels (packed, c, c),
                                                                .v = limn_array_channels (packed, 2 * c, c),
                                                                .heads = heads,
                                                                .causal = TRUE,
                                                            });

  return limn_linear (net, "out_proj", y, c, &(LimnLayerOptions){ .residual = residual });
}

static LimnArray
layer (LimnClip *clip, LimnArray x)
{
  LimnNet *net = clip->net;
  LimnActivation activation = clip->config.quick_gelu ? LIMN_ACTIVATION_QUICK_GELU : LIMN_ACTIVATION_GELU;

  LimnArray h = limn_layer_norm (net, "layer_norm1", x, LAYER_NORM_EPSILON);
  limn_net_push (net, "self_attn");
  x = attention (net, h, clip->config.heads, x);
  limn_net_pop (net);

  h = limn_layer_norm (net, "layer_norm2", x, LAYER_NORM_EPSILON);
  h = limn_linear (net, "mlp.fc1", h, clip->config.intermediate, &(LimnLayerOptions){ .activation = activation });
  return limn_linear (net, "mlp.fc2", h, x.c, &(LimnLayerOptions){ .residual = x });
}

static LimnPlan *
build (LimnClip *clip, const LimnTick *tick, GError **error)
{
  LimnNet *net = clip->net;
  LimnPlan *plan = limn_net_begin (net, tick);
  int last = clip->config.layers - 1;

  clip->input = limn_plan_host_array (plan, limn_net_store (net), clip->batch, TOKENS, 1, clip->config.width);
  clip->hidden = LIMN_NO_ARRAY;
  clip->pooled = LIMN_NO_ARRAY;
  LimnArray x = clip->input;
  limn_net_push (net, "text_model");
  for (int i = 0; i < last + (clip->config.projection > 0); i++) {
    if (i == last)
      clip->hidden = x;
    limn_net_push (net, "encoder.layers.%d", i);
    x = limn_net_trace (net, layer (clip, x));
    limn_net_pop (net);
  }
  if (clip->config.projection > 0) {
    x = limn_layer_norm (net, "final_layer_norm", x, LAYER_NORM_EPSILON);
    limn_net_pop (net);
    clip->pooled = limn_plan_host_array (plan, LIMN_STORE_F32, clip->batch, TOKENS, 1, clip->config.projection);
    limn_linear (net, "text_projection", x, clip->config.projection,
                 &(LimnLayerOptions){ .no_bias = TRUE, .out_f32 = TRUE, .into = clip->pooled });
  } else {
    limn_net_pop (net);
    clip->hidden = x;
  }
  limn_plan_keep (plan, clip->hidden);
  return limn_net_end (net, error);
}

LimnClip *
limn_clip_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
                      const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnClip) clip = g_new0 (LimnClip, 1);

  g_return_val_if_fail (limn_checkpoint_clip (checkpoint, which) != NULL && batch > 0, NULL);

  clip->config = *limn_checkpoint_clip (checkpoint, which);
  clip->checkpoint = checkpoint;
  clip->which = which;
  clip->batch = batch;
  if (!limn_checkpoint_find (checkpoint, which, "text_model.embeddings.token_embedding.weight", &clip->tokens, error)
      || !limn_checkpoint_find (checkpoint, which, "text_model.embeddings.position_embedding.weight", &clip->positions,
                                error))
    return NULL;
  clip->net = limn_net_new (gpu, checkpoint, which, precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16);
  limn_net_set_trace (clip->net, trace);
  clip->plan = build (clip, tick, error);
  return clip->plan != NULL ? g_steal_pointer (&clip) : NULL;
}

LimnClip *
limn_clip_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
               const LimnTick *tick, GError **error)
{
  return limn_clip_new_traced (gpu, checkpoint, which, precision, batch, NULL, tick, error);
}

void
limn_clip_free (LimnClip *clip)
{
  if (clip == NULL)
    return;
  limn_plan_free (clip->plan);
  limn_net_free (clip->net);
  g_free (clip);
}

const LimnClipConfig *
limn_clip_config (LimnClip *clip)
{
  return &clip->config;
}

static void
add_row (const LimnTensorView *view, int row, int width, float *out)
{
  for (int i = 0; i < width; i++)
    out[i] += limn_tensor_view_value (view, (guint64) row * width + i);
}

/* The pooled vector is read at the first end token: the largest id there is. */
static int
end_of (const int *ids)
{
  int end = 0;

  for (int t = 1; t < TOKENS; t++) {
    if (ids[t] > ids[end])
      end = t;
  }
  return end;
}

gboolean
limn_clip_encode (LimnClip *clip, const int *ids, float *hidden, float *pooled, const LimnTick *tick, GError **error)
{
  int width = clip->config.width, rows = clip->batch * TOKENS;
  g_autofree float *embedded = g_new0 (float, (gsize) rows *width);

  g_return_val_if_fail (pooled == NULL || clip->pooled.id != 0, FALSE);

  for (int i = 0; i < rows; i++) {
    if (ids[i] < 0 || ids[i] >= clip->config.vocabulary) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                   _ ("%s: the tokenizer gives id %d, but the text encoder knows %d tokens"), clip->tokens.file, ids[i],
                   clip->config.vocabulary);
      return FALSE;
    }
    add_row (&clip->tokens, ids[i], width, embedded + (gsize) i * width);
    add_row (&clip->positions, i % TOKENS, width, embedded + (gsize) i * width);
  }
  if (!limn_checkpoint_check_whole (clip->checkpoint, clip->which, error))
    return FALSE;
  limn_plan_write_rows (clip->plan, clip->input, embedded);
  if (!limn_plan_run (clip->plan, tick, error) || !limn_plan_download (clip->plan, clip->hidden, hidden, error))
    return FALSE;
  if (pooled == NULL)
    return TRUE;
  int projection = clip->config.projection;
  g_autofree float *all = g_new (float, (gsize) rows *projection);
  limn_plan_read_rows (clip->plan, clip->pooled, all);
  for (int i = 0; i < clip->batch; i++)
    memcpy (pooled + (gsize) i * projection, all + ((gsize) i * TOKENS + end_of (ids + i * TOKENS)) * projection,
            sizeof (float) * projection);
  return TRUE;
}

LimnPlan *
limn_clip_plan (LimnClip *clip)
{
  return clip->plan;
}
