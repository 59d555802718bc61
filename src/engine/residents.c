/* residents.c - see residents.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residents.h"

#include "engine/model.h"

#include <string.h>

/* Prompts a person goes back and forth between; 64 chunks of SDXL's encoders are 60 MB. */
#define MOST_ENCODINGS 64

typedef struct {
  LimnPrecision built; /* LIMN_PRECISION_FP16 or _FP32 */
  gboolean raised;     /* fp16 overflowed */
  int height, width;   /* VAE */
  LimnClip *clip;
  LimnUnet *unet;
  LimnVae *vae;
} Slot;

struct _LimnResidents {
  LimnGpu *gpu;
  LimnModel *models[2]; /* of the present run: base and refiner */
  LimnResidency residency;
  Slot slots[LIMN_N_NETWORKS][2]; /* the second index is the text encoder, 0 elsewhere */
  GHashTable *encodings;          /* GBytes of an EncodingKey -> LimnEncoding */
};

typedef struct {
  gint32 role, which, precision;
  gint32 ids[77];
} EncodingKey;

static void
slot_empty (Slot *slot)
{
  g_clear_pointer (&slot->clip, limn_clip_free);
  g_clear_pointer (&slot->unet, limn_unet_free);
  g_clear_pointer (&slot->vae, limn_vae_free);
}

static gboolean
slot_is_empty (const Slot *slot)
{
  return slot->clip == NULL && slot->unet == NULL && slot->vae == NULL;
}

static void
encoding_free (LimnEncoding *encoding)
{
  g_free (encoding->hidden);
  g_free (encoding->pooled);
  g_free (encoding);
}

LimnResidents *
limn_residents_new (LimnGpu *gpu)
{
  LimnResidents *residents = g_new0 (LimnResidents, 1);

  residents->gpu = gpu;
  residents->encodings = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                                (GDestroyNotify) encoding_free);
  return residents;
}

void
limn_residents_clear (LimnResidents *residents)
{
  for (int role = 0; role < LIMN_N_NETWORKS; role++)
    for (int k = 0; k < 2; k++) {
      slot_empty (&residents->slots[role][k]);
      residents->slots[role][k] = (Slot){ 0 };
    }
  g_hash_table_remove_all (residents->encodings);
  for (int k = 0; k < 2; k++)
    g_clear_pointer (&residents->models[k], limn_model_unref);
}

void
limn_residents_free (LimnResidents *residents)
{
  if (residents == NULL)
    return;
  limn_residents_clear (residents);
  g_hash_table_unref (residents->encodings);
  g_free (residents);
}

static void
empty_refiner (LimnResidents *residents)
{
  for (int k = 0; k < 2; k++) {
    slot_empty (&residents->slots[LIMN_NETWORK_REFINER][k]);
    slot_empty (&residents->slots[LIMN_NETWORK_REFINER_ENCODERS][k]);
  }
}

void
limn_residents_begin (LimnResidents *residents, LimnModel *model, LimnModel *refiner, LimnResidency residency)
{
  LimnModel *last = residents->models[1];

  if (residents->models[0] != model || (refiner != NULL && last != NULL && last != refiner))
    limn_residents_clear (residents);
  if (residents->models[0] == NULL)
    residents->models[0] = limn_model_ref (model);
  /* The plan of a run without a refiner does not count one, so it leaves; what its encoders said stays. */
  if (refiner == NULL)
    empty_refiner (residents);
  else if (residents->models[1] == NULL)
    residents->models[1] = limn_model_ref (refiner);
  residents->residency = residency;
}

gboolean
limn_residents_serves (LimnResidents *residents, LimnModel *model, gboolean refines)
{
  return residents->models[refines ? 1 : 0] == model;
}

static void
make_room (LimnResidents *residents, LimnNetwork role, LimnResidency residency)
{
  for (int other = 0; other < LIMN_N_NETWORKS; other++)
    if (other != (int) role && !limn_residency_together (residency, role, other))
      for (int k = 0; k < 2; k++)
        slot_empty (&residents->slots[other][k]);
  /* One at a time goes for the two text encoders as well. */
  if (residency == LIMN_RESIDENCY_ONE)
    for (int k = 0; k < 2; k++)
      slot_empty (&residents->slots[role][k]);
}

static LimnPrecision
effective (const Slot *slot, LimnPrecision precision)
{
  return slot->raised || precision == LIMN_PRECISION_FP32 ? LIMN_PRECISION_FP32 : LIMN_PRECISION_FP16;
}

/* Whether role's network can serve as it is. */
static gboolean
is_ready (const LimnResidents *residents, LimnNetwork role, LimnPrecision precision, int height, int width)
{
  gboolean ready = FALSE;

  for (int k = 0; k < 2; k++) {
    const Slot *slot = &residents->slots[role][k];
    gboolean sized = slot->vae == NULL || (slot->height == height && slot->width == width);

    if (!slot_is_empty (slot))
      ready = sized && slot->built == effective (slot, precision);
  }
  return ready;
}

guint64
limn_residents_missing (LimnResidents *residents, LimnModel *model, LimnModel *refiner, LimnResidency residency,
                        LimnPrecision precision, int height, int width, const LimnNeeds *weights)
{
  LimnModel *last = residents->models[1];
  gboolean there[LIMN_N_NETWORKS],
      kept = residents->models[0] == model && (refiner == NULL || last == NULL || last == refiner);
  guint64 missing = 0;

  for (int role = 0; role < LIMN_N_NETWORKS; role++)
    there[role] = kept && is_ready (residents, role, precision, height, width);
  for (int role = 0; role < LIMN_N_NETWORKS; role++) {
    guint64 bytes = weights->bytes[role][0] + weights->bytes[role][1];

    if (bytes == 0 || there[role])
      continue;
    missing += bytes;
    there[role] = TRUE;
    for (int other = 0; other < LIMN_N_NETWORKS; other++)
      there[other] &= limn_residency_together (residency, role, other);
  }
  return missing;
}

LimnPrecision
limn_residents_precision (LimnResidents *residents, LimnNetwork role, LimnModel *model, int encoder,
                          LimnPrecision precision)
{
  gboolean refines = role == LIMN_NETWORK_REFINER || role == LIMN_NETWORK_REFINER_ENCODERS;

  return residents->models[refines ? 1 : 0] == model ? effective (&residents->slots[role][encoder], precision)
                                                     : precision;
}

static int
encoder_index (LimnPartId which)
{
  return which == LIMN_PART_TEXT_ENCODER_2 ? 1 : 0;
}

/* Builds the slot's network with build, which fills exactly one of its pointers. */
typedef gboolean (*Build) (LimnResidents *residents, Slot *slot, gconstpointer what, const LimnTick *tick,
                           GError **error);

static gboolean
build_slot (LimnResidents *residents, LimnNetwork role, Slot *slot, LimnPrecision precision, Build build,
            gconstpointer what, const LimnTick *tick, GError **error)
{
  g_autoptr (GError) first = NULL;

  make_room (residents, role, residents->residency);
  slot_empty (slot);
  slot->built = effective (slot, precision);
  if (build (residents, slot, what, tick, &first))
    return TRUE;
  slot_empty (slot);
  if (g_error_matches (first, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
    make_room (residents, role, LIMN_RESIDENCY_ONE);
    if (build (residents, slot, what, tick, error))
      return TRUE;
    slot_empty (slot);
    return FALSE;
  }
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

typedef struct {
  LimnModel *model;
  LimnPartId part;
} ClipWhat;

static gboolean
build_clip (LimnResidents *residents, Slot *slot, gconstpointer what, const LimnTick *tick, GError **error)
{
  const ClipWhat *clip = what;
  LimnCheckpoint *checkpoint = limn_model_checkpoint (clip->model);

  /* A chunk at a time: with the encodings kept by chunk, mostly one is new. */
  slot->clip = limn_clip_new (residents->gpu, checkpoint, clip->part, slot->built, 1, tick, error);
  limn_checkpoint_release_pages (checkpoint, clip->part);
  return slot->clip != NULL;
}

LimnClip *
limn_residents_clip (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPartId which,
                     LimnPrecision precision, const LimnTick *tick, GError **error)
{
  Slot *slot = &residents->slots[role][encoder_index (which)];
  ClipWhat what = { model, which };

  if (slot->clip != NULL && slot->built == effective (slot, precision))
    return slot->clip;
  return build_slot (residents, role, slot, precision, build_clip, &what, tick, error) ? slot->clip : NULL;
}

typedef struct {
  LimnModel *model;
  const LimnNetworkShape *shape;
} UnetWhat;

static gboolean
build_unet (LimnResidents *residents, Slot *slot, gconstpointer what, const LimnTick *tick, GError **error)
{
  const UnetWhat *unet = what;
  LimnCheckpoint *checkpoint = limn_model_checkpoint (unet->model);

  slot->unet = limn_unet_new (residents->gpu, checkpoint, slot->built, unet->shape, tick, error);
  limn_checkpoint_release_pages (checkpoint, LIMN_PART_UNET);
  return slot->unet != NULL;
}

static gboolean
shape_serves (const LimnNetworkShape *have, const LimnNetworkShape *want)
{
  return have->batch == want->batch && have->height == want->height && have->width == want->width
         && have->tokens == want->tokens && have->steps >= want->steps;
}

LimnUnet *
limn_residents_unet (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPrecision precision,
                     const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  Slot *slot = &residents->slots[role][0];
  UnetWhat what = { model, shape };

  if (slot->unet != NULL && slot->built == effective (slot, precision)) {
    g_autoptr (GError) local = NULL;

    if (shape_serves (limn_unet_shape (slot->unet), shape) || limn_unet_reshape (slot->unet, shape, tick, &local))
      return slot->unet;
    if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_MEMORY)) {
      slot_empty (slot);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  }
  return build_slot (residents, role, slot, precision, build_unet, &what, tick, error) ? slot->unet : NULL;
}

typedef struct {
  LimnModel *model;
  LimnVaeDirection direction;
  int height, width;
} VaeWhat;

static gboolean
build_vae (LimnResidents *residents, Slot *slot, gconstpointer what, const LimnTick *tick, GError **error)
{
  const VaeWhat *vae = what;
  LimnCheckpoint *checkpoint = limn_model_checkpoint (vae->model);

  slot->height = vae->height;
  slot->width = vae->width;
  slot->vae =
      limn_vae_new (residents->gpu, checkpoint, vae->direction, slot->built, 1, vae->height, vae->width, tick, error);
  limn_checkpoint_release_pages (checkpoint, LIMN_PART_VAE);
  return slot->vae != NULL;
}

LimnVae *
limn_residents_vae (LimnResidents *residents, LimnNetwork role, LimnModel *model, LimnPrecision precision, int height,
                    int width, const LimnTick *tick, GError **error)
{
  Slot *slot = &residents->slots[role][0];
  VaeWhat what = { model, role == LIMN_NETWORK_VAE_ENCODER ? LIMN_VAE_ENCODE : LIMN_VAE_DECODE, height, width };

  if (slot->vae != NULL && slot->built == effective (slot, precision) && slot->height == height && slot->width == width)
    return slot->vae;
  return build_slot (residents, role, slot, precision, build_vae, &what, tick, error) ? slot->vae : NULL;
}

gboolean
limn_residents_raise (LimnResidents *residents, LimnNetwork role, LimnPartId which)
{
  gboolean is_text = role == LIMN_NETWORK_ENCODERS || role == LIMN_NETWORK_REFINER_ENCODERS;
  Slot *slot = &residents->slots[role][is_text ? encoder_index (which) : 0];

  if (slot_is_empty (slot) || slot->built == LIMN_PRECISION_FP32)
    return FALSE;
  slot_empty (slot);
  slot->raised = TRUE;
  return TRUE;
}

static GBytes *
encoding_key (LimnResidents *residents, LimnNetwork role, LimnPartId which, LimnPrecision precision, const int *ids)
{
  EncodingKey key = { .role = role, .which = which };

  key.precision = effective (&residents->slots[role][encoder_index (which)], precision);
  for (gsize i = 0; i < G_N_ELEMENTS (key.ids); i++)
    key.ids[i] = ids[i];
  return g_bytes_new (&key, sizeof key);
}

const LimnEncoding *
limn_residents_find_encoding (LimnResidents *residents, LimnNetwork role, LimnPartId which, LimnPrecision precision,
                              const int *ids)
{
  g_autoptr (GBytes) key = encoding_key (residents, role, which, precision, ids);

  return g_hash_table_lookup (residents->encodings, key);
}

void
limn_residents_add_encoding (LimnResidents *residents, LimnNetwork role, LimnPartId which, LimnPrecision precision,
                             const int *ids, const float *hidden, gsize n_hidden, const float *pooled, gsize n_pooled)
{
  LimnEncoding *encoding = g_new0 (LimnEncoding, 1);

  encoding->n_hidden = n_hidden;
  encoding->hidden = g_memdup2 (hidden, n_hidden * sizeof (float));
  if (pooled != NULL) {
    encoding->n_pooled = n_pooled;
    encoding->pooled = g_memdup2 (pooled, n_pooled * sizeof (float));
  }
  if (g_hash_table_size (residents->encodings) >= MOST_ENCODINGS)
    g_hash_table_remove_all (residents->encodings);
  g_hash_table_insert (residents->encodings, encoding_key (residents, role, which, precision, ids), encoding);
}
